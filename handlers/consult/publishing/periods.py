"""Which version of an entry was answered when, read from what is kept of its versions.

The database keeps when each version was published and rolled back, and its days. From these follow the periods; 0 is
the number of the tree's own wording, which holds where no version does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import SHANGHAI, to_local
from handlers.consult.publishing.records import (
    HIDE,
    PUBLISHED,
    REPLACED,
    ROLLED_BACK,
    EntryEvent,
    EntryVersion,
    Withdrawal,
)

TREE = 0
EVER_PUBLISHED = (PUBLISHED, REPLACED, ROLLED_BACK)


@dataclass(frozen=True, slots=True)
class Spell:
    """A version from the moment it was published until it was rolled back, on the days it holds. ``hides``: while it
    counts the entry is answered to nobody."""

    number: int
    since: datetime
    until: datetime | None = None
    first: date | None = None
    last: date | None = None
    hides: bool = False

    def counts_at(self, moment: datetime) -> bool:
        day = to_local(moment).date()
        on_its_days = (self.first is None or self.first <= day) and (self.last is None or day <= self.last)
        return on_its_days and self.since <= moment and (self.until is None or moment < self.until)

    @property
    def edges(self) -> tuple[datetime, ...]:
        """The moments at which it may begin or cease to count."""
        days = [*([self.first] if self.first else []), *([self.last + timedelta(days=1)] if self.last else [])]
        midnights = (datetime.combine(day, time(), SHANGHAI) for day in days)
        return (self.since, *([self.until] if self.until else []), *midnights)


@dataclass(frozen=True, slots=True)
class Period:
    """``number`` is answered from ``first`` on and before ``last``; None is without bound."""

    number: int
    first: datetime | None = None
    last: datetime | None = None


def number_at(spells: Iterable[Spell], moment: datetime) -> int:
    """The version that is answered at a moment: the highest of those that count."""
    return max((spell.number for spell in spells if spell.counts_at(moment)), default=TREE)


def periods(spells: Sequence[Spell]) -> tuple[Period, ...]:
    """All that was, is and will be answered, in order of time."""
    found = [Period(TREE)]
    for edge in sorted({edge for spell in spells for edge in spell.edges}):
        number = number_at(spells, edge)
        if number != found[-1].number:
            found[-1] = replace(found[-1], last=edge)
            found.append(Period(number, edge))
    return tuple(found)


def stopped(spells: Sequence[Spell], withdrawals: Iterable[tuple[datetime, datetime | None]]) -> frozenset[int]:
    """The versions that somebody stopped: withdrawn while they held, rolled back, hidden.

    ``withdrawals``: when each began and ended. One that ended under the same version found nothing wrong with it.
    """
    found = {spell.number for spell in spells if spell.until is not None}
    hiding = {spell.number for spell in spells if spell.hides}
    whole = periods(spells)
    found |= {before.number for before, after in pairwise(whole) if after.number in hiding}
    for begun, ended in withdrawals:
        number = number_at(spells, begun)
        if ended is None or number_at(spells, ended) != number:
            found.add(number)
    return frozenset(found)


def spells_of(session: Session, entry_id: str) -> tuple[Spell, ...]:
    """What is kept of the entry's versions."""
    rows = session.scalars(
        select(EntryVersion)
        .where(EntryVersion.entry_id == entry_id, EntryVersion.state.in_(EVER_PUBLISHED))
        .order_by(EntryVersion.number)
    ).all()
    back = session.scalars(
        select(EntryEvent.at)
        .where(EntryEvent.entry_id == entry_id, EntryEvent.action == "rollback")
        .order_by(EntryEvent.at)
    ).all()
    return tuple(_spell(row, row.read_at, back) for row in rows if row.read_at is not None)


def stopped_of(session: Session, entry_id: str) -> frozenset[int]:
    """The versions of an entry that somebody stopped."""
    rows = session.execute(select(Withdrawal.at, Withdrawal.restored_at).where(Withdrawal.entry_id == entry_id)).all()
    return stopped(spells_of(session, entry_id), [(row.at, row.restored_at) for row in rows])


def _spell(row: EntryVersion, since: datetime, back: Sequence[datetime]) -> Spell:
    until = None
    if row.state == ROLLED_BACK:
        until = next((at for at in back if at > since), since)
    return Spell(row.number, since, until, row.effective_from, row.effective_to, row.kind == HIDE)
