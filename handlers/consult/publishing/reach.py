"""Who got which version of an entry's answer: how many, on which days; never who."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from bot.clock import to_local
from handlers.consult.publishing.periods import Spell, periods, spells_of
from handlers.consult.publishing.records import ServedAnswer
from handlers.consult.records import ConsultQuestion

STILL_SERVED = timedelta(seconds=10)
"""After a new version was published some process may have answered with the one before."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Who got an answer: how often it was given, how many people can still be told, and on which days."""

    answers: int
    people: int
    days: tuple[tuple[str, int], ...]


def reach(session: Session, entry_id: str, numbers: Collection[int], since: datetime, until: datetime) -> Reach:
    """Who got one of the versions' answers between the two moments, in chat, as a choice or as one part of several."""
    rows = session.execute(
        select(ConsultQuestion.id, ConsultQuestion.asked_at, ConsultQuestion.person_id).where(
            got(session, entry_id, numbers, since, until)
        )
    ).all()
    days = Counter(to_local(row.asked_at).date() for row in rows)
    people = {row.person_id for row in rows if row.person_id}
    shown = tuple((f"{day.month}月{day.day}日", days[day]) for day in sorted(days, reverse=True))
    return Reach(len(rows), len(people), shown)


def given(spells: Sequence[Spell], since: datetime, until: datetime) -> tuple[int, ...]:
    """The versions that were answered at some time between the two moments, the newest first."""
    return tuple(
        sorted({one.number for one in periods(spells) if _within(one.first, one.last, since, until)}, reverse=True)
    )


def got(
    session: Session, entry_id: str, numbers: Collection[int], since: datetime, until: datetime
) -> ColumnElement[bool]:
    """Questions for which one of the versions was given: as the answer, beside it, or when it was chosen later."""
    windows = [
        (max(since, one.first or since), min(until, one.last + STILL_SERVED if one.last else until))
        for one in periods(spells_of(session, entry_id))
        if one.number in numbers and _within(one.first, one.last, since, until)
    ]
    noted = select(ServedAnswer.question_id).where(ServedAnswer.entry_id == entry_id)
    asked = and_(
        ConsultQuestion.entry_id == entry_id,
        ConsultQuestion.id.not_in(noted),
        _in(ConsultQuestion.asked_at, windows),
    )
    return or_(asked, ConsultQuestion.id.in_(noted.where(_in(ServedAnswer.at, windows))))


def _in(moment: InstrumentedAttribute[datetime], windows: Sequence[tuple[datetime, datetime]]) -> ColumnElement[bool]:
    return or_(false(), *(moment.between(first, last) for first, last in windows))


def _within(first: datetime | None, last: datetime | None, since: datetime, until: datetime) -> bool:
    return (first is None or first <= until) and (last is None or last >= since)
