"""Going back to an earlier version. To one that was read by two and never stopped, one person may; to answer again what
was stopped takes two, like publishing: it becomes a proposal.

Everything here happens in the caller's transaction; after the commit call ``live().look()``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.ids import new_id
from handlers.consult.publishing import editing, store
from handlers.consult.publishing.editing import Written
from handlers.consult.publishing.events import Refused, note
from handlers.consult.publishing.live import tree_entries
from handlers.consult.publishing.periods import EVER_PUBLISHED, TREE, stopped_of
from handlers.consult.publishing.records import HIDE, PUBLISHED, ROLLED_BACK, TEXT, EntryVersion
from handlers.consult.publishing.versions import body_of, holding
from handlers.consult.publishing.withdrawing import open_withdrawal

if TYPE_CHECKING:
    from bot.services import Services


@dataclass(frozen=True, slots=True)
class _Way:
    """What going back meets: the versions published now, and the one gone back to; None for the tree's."""

    current: tuple[EntryVersion, ...]
    earlier: EntryVersion | None
    serves_nothing: bool


def takes_two(session: Session, entry_id: str, number: int, today: date) -> bool:
    """Whether going back to ``number`` would answer again what somebody stopped."""
    return _restarts(session, entry_id, _way(session, entry_id, number), number, today)


def go_back(session: Session, services: Services, entry_id: str, number: int, by: str, why: str) -> EntryVersion | None:
    """Serve an earlier version again, or with ``number`` 0 what stands in the tree: at once and None, or the proposal
    for a second person where what was stopped would be answered again. Raises Refused without a reason, for a number
    that is none, and where nothing would change; Conflict where a draft is in the proposal's way."""
    if not why.strip():
        raise Refused("请写明为什么退回。")
    way, today = _way(session, entry_id, number), services.clock.today()
    if not way.current or (number != TREE and way.earlier is None):
        raise Refused("没有可以退回的那一版。")
    if way.earlier is not None and not _holds(way.earlier, today):
        raise Refused("那一版两个人看的不是今天的日子，请新写一版。")
    if _restarts(session, entry_id, way, number, today):
        return _propose(session, services, entry_id, way, by, why.strip())
    _at_once(session, services, entry_id, way, number, by, why.strip())
    return None


def _way(session: Session, entry_id: str, number: int) -> _Way:
    rows = session.scalars(
        select(EntryVersion).where(EntryVersion.entry_id == entry_id, EntryVersion.state.in_(EVER_PUBLISHED))
    ).all()
    earlier = next((row for row in rows if row.number == number), None)
    nothing = earlier.kind == HIDE if earlier is not None else entry_id not in tree_entries()
    return _Way(tuple(row for row in rows if row.state == PUBLISHED), earlier, nothing)


def _restarts(session: Session, entry_id: str, way: _Way, number: int, today: date) -> bool:
    if way.serves_nothing:
        return False
    held = holding(map(store.outline, way.current), today).get(entry_id)
    now = next((row for row in way.current if held and row.number == held.number), None)
    answered = now.kind != HIDE if now is not None else entry_id in tree_entries()
    return not answered or open_withdrawal(session, entry_id) is not None or number in stopped_of(session, entry_id)


def _propose(session: Session, services: Services, entry_id: str, way: _Way, by: str, why: str) -> EntryVersion:
    earlier = way.earlier
    if earlier is None:
        written = Written(body_of(tree_entries()[entry_id]), note=f"退回程序里的：{why}")
    else:
        said = f"退回到第{earlier.number}版：{why}"
        written = Written(earlier.body, earlier.effective_from, earlier.effective_to, said)
    question = earlier.question_id if earlier is not None else ""
    row = editing.start(session, services, entry_id, by, written, kind=TEXT, question=question)
    return editing.propose(session, services, row.id, row.edit, by)


def _at_once(session: Session, services: Services, entry_id: str, way: _Way, number: int, by: str, why: str) -> None:
    for row in way.current:
        row.state = ROLLED_BACK
    session.flush()
    now = services.clock.now()
    if way.earlier is not None:
        session.add(_copy(session, way.earlier, now))
    note(session, services, entry_id, "rollback", by, number, why, at=now)
    store.bump(session)


def _holds(row: EntryVersion, day: date) -> bool:
    return (row.effective_from or day) <= day <= (row.effective_to or day)


def _copy(session: Session, earlier: EntryVersion, now: datetime) -> EntryVersion:
    """An earlier version once more, as the newest: written and read by whom it was."""
    return EntryVersion(
        id=new_id(),
        entry_id=earlier.entry_id,
        open_for=None,
        number=editing.highest(session, earlier.entry_id) + 1,
        kind=earlier.kind,
        body=earlier.body,
        state=PUBLISHED,
        over=earlier.over,
        tree=earlier.tree,
        effective_from=earlier.effective_from,
        effective_to=earlier.effective_to,
        note=f"退回到第{earlier.number}版",
        question_id=earlier.question_id,
        written_by=earlier.written_by,
        written_at=earlier.written_at,
        read_by=earlier.read_by,
        read_at=now,
    )
