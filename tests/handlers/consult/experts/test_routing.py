from __future__ import annotations

from datetime import datetime, timedelta

from bot.clock import SHANGHAI
from handlers.consult.experts.hours import Hours
from handlers.consult.experts.routing import LAST_RESORT, There, choose, times

OFFICE = Hours.read(["8:00-12:00 14:30-17:30"] * 5 + ["", ""])
SATURDAY = Hours.read([""] * 5 + ["9:00-17:00", ""])
NEVER = Hours.read([""] * 7)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2021, 6, day, hour, minute, tzinfo=SHANGHAI)


def there(id_: str, *topics: str, open: int = 0, today: int = 0, cap: int = 5) -> There:
    return There(id_, frozenset(topics), open, today, cap)


def chosen(people: list[There], *topics: str, tried: frozenset[str] = frozenset()) -> str:
    found = choose(people, topics, tried)
    return found.id if found else ""


def test_who_knows_the_topic_has_it_and_of_these_who_has_fewest_open():
    people = [there("a", "fire"), there("b", "height", open=2), there("c", "height", "pit", open=1)]
    assert chosen(people, "height") == "c" and chosen(people, "fire") == "a"


def test_the_likeliest_topic_goes_first():
    people = [there("a", "gas"), there("b", "fire", open=4)]
    assert chosen(people, "fire", "gas") == "b"


def test_who_answers_on_all_comes_after_who_knows():
    people = [there("all"), there("a", "fire", open=9)]
    assert chosen(people, "fire") == "a" and chosen(people, "gas") == "all" and chosen(people) == "all"


def test_full_and_tried_experts_are_left_out():
    people = [there("full", "fire", today=5), there("tried", "fire"), there("b", "fire", open=8)]
    assert chosen(people, "fire", tried=frozenset({"tried"})) == "b"
    assert chosen(people[:2], "fire", tried=frozenset({"tried"})) == ""


def test_of_equals_who_had_fewest_today():
    assert chosen([there("a", "fire", today=2), there("b", "fire", today=1)], "fire") == "b"
    assert chosen([], "fire") == ""


def test_due_times_are_counted_in_the_hours_that_end_first():
    both = times(at(16, 9), timedelta(hours=4), OFFICE, OFFICE)
    assert (both.remind_at, both.due_at) == (at(16, 11), at(16, 15, 30))
    weekend = times(at(19, 10), timedelta(hours=4), SATURDAY, OFFICE)
    assert (weekend.remind_at, weekend.due_at) == (at(19, 12), at(19, 14))
    assert times(at(19, 16), timedelta(hours=4), SATURDAY, OFFICE).due_at == at(21, 12)


def test_where_nobody_has_hours_it_is_due_all_the_same():
    assert times(at(16, 9), timedelta(hours=4), None, NEVER).due_at == at(16, 9) + LAST_RESORT
