"""What publishing's tables say about what is served: the versions that count, what is withdrawn, the revision."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import structlog
from sqlalchemy import insert, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from handlers.consult.publishing.records import HIDE, PUBLISHED, THE_ROW, EntryVersion, Revision, Withdrawal
from handlers.consult.publishing.versions import Published, read_body

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Kept:
    """What the database says at one revision."""

    revision: int
    published: tuple[Published, ...]
    withdrawn: frozenset[str]


def revision(session: Session) -> int:
    """How often what is served has changed; 0 before the first time."""
    return session.scalar(select(Revision.number).where(Revision.id == THE_ROW)) or 0


def bump(session: Session) -> None:
    """Tell every process, with the caller's commit, that what is served has changed."""
    changed = session.execute(update(Revision).where(Revision.id == THE_ROW).values(number=Revision.number + 1))
    if isinstance(changed, CursorResult) and changed.rowcount == 0:
        session.execute(insert(Revision), {"id": THE_ROW, "number": 1})


def read_kept(session: Session) -> Kept:
    """All of it. The revision is read first: what changes meanwhile is read again at the next look."""
    number = revision(session)
    rows = session.scalars(select(EntryVersion).where(EntryVersion.state == PUBLISHED).order_by(EntryVersion.number))
    withdrawn = session.scalars(select(Withdrawal.open_for).where(Withdrawal.open_for.is_not(None)))
    return Kept(number, tuple(_published(rows)), frozenset(name for name in withdrawn if name))


def as_published(row: EntryVersion) -> Published:
    """Raises ValueError for a body that does not fit the schema any more."""
    entry = None if row.kind == HIDE else read_body(row.body)
    return Published(row.entry_id, row.number, entry, row.effective_from, row.effective_to)


def outline(row: EntryVersion) -> Published:
    """Its number and days alone."""
    return Published(row.entry_id, row.number, None, row.effective_from, row.effective_to)


def _published(rows: Iterable[EntryVersion]) -> Iterable[Published]:
    """One that fits no more is left out: what is below it is served, and an operator reads why."""
    for row in rows:
        try:
            yield as_published(row)
        except ValueError as error:
            log.error("knowledge.version_unreadable", entry=row.entry_id, number=row.number, error=str(error))
