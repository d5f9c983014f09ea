"""Which version was answered when, and which were stopped."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from handlers.consult.publishing.periods import Period, Spell, number_at, periods, stopped
from handlers.consult.publishing.reach import given

MAY = datetime(2027, 5, 1, 4, tzinfo=UTC)


def day(number: int) -> datetime:
    return MAY + timedelta(days=number)


def test_the_newest_that_counts_is_answered() -> None:
    spells = (Spell(1, day(1)), Spell(2, day(5)))
    assert periods(spells) == (Period(0, None, day(1)), Period(1, day(1), day(5)), Period(2, day(5)))
    assert [number_at(spells, day(n)) for n in (0, 1, 4, 5)] == [0, 1, 1, 2]


def test_days_and_rolling_back_end_a_version() -> None:
    spells = (Spell(1, day(1)), Spell(2, day(2), first=date(2027, 5, 6), last=date(2027, 5, 8)))
    midnights = datetime(2027, 5, 5, 16, tzinfo=UTC), datetime(2027, 5, 8, 16, tzinfo=UTC)
    assert [(one.number, one.first) for one in periods(spells)] == [
        (0, None), (1, day(1)), (2, midnights[0]), (1, midnights[1]),
    ]  # fmt: skip
    back = (Spell(1, day(1), until=day(4)), Spell(2, day(2), until=day(4)), Spell(3, day(4)))
    assert [one.number for one in periods(back)] == [0, 1, 2, 3]


def test_only_versions_of_the_time_are_given() -> None:
    spells = (Spell(1, day(1)), Spell(2, day(5)), Spell(3, day(9)))
    assert given(spells, day(2), day(6)) == (2, 1)
    assert given(spells, day(-9), day(0)) == (0,)


def test_what_was_withdrawn_hidden_or_rolled_back_was_stopped() -> None:
    spells = (Spell(1, day(1)), Spell(2, day(5)))
    assert stopped(spells, []) == frozenset()
    assert stopped(spells, [(day(2), None)]) == {1}
    assert stopped(spells, [(day(2), day(6))]) == {1}, "answered again with another version"
    assert stopped(spells, [(day(2), day(3))]) == frozenset(), "found right by two"
    assert stopped(spells, [(day(0), None)]) == {0}
    assert stopped((*spells, Spell(3, day(7), hides=True)), []) == {2}
    assert stopped((Spell(1, day(1)), Spell(2, day(5), until=day(6)), Spell(3, day(6))), []) == {2}
