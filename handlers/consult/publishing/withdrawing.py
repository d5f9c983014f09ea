"""撤回: an entry is answered to nobody, from the next look of each process on; another person's word brings it back.

Everything here happens in the caller's transaction; after the commit call ``live().look()``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.ids import new_id
from handlers.consult.publishing import store
from handlers.consult.publishing.events import Refused, note
from handlers.consult.publishing.live import live
from handlers.consult.publishing.records import Withdrawal

if TYPE_CHECKING:
    from bot.services import Services

REASON_CHARS = 200


def withdraw(session: Session, services: Services, entry_id: str, by: str, reason: str) -> Withdrawal:
    """Take the entry out of every answer. Raises Refused for one that is not served, or withdrawn already, and without
    a reason."""
    said = reason.strip()
    if not said:
        raise Refused("请写明为什么撤回，一句话就行。")
    if len(said) > REASON_CHARS:
        raise Refused(f"原因最多{REASON_CHARS}字。")
    if entry_id not in live().serving().index.by_id:
        raise Refused(f"没有在用的条目 {entry_id}。")
    if open_withdrawal(session, entry_id) is not None:
        raise Refused("这一条已经撤回了。")
    row = Withdrawal(id=new_id(), entry_id=entry_id, open_for=entry_id, reason=said, by=by, at=services.clock.now())
    session.add(row)
    try:
        session.flush()
    except IntegrityError:
        raise Refused("这一条刚刚被别人撤回了。") from None
    note(session, services, entry_id, "withdraw", by, words=said)
    store.bump(session)
    return row


def open_withdrawal(session: Session, entry_id: str) -> Withdrawal | None:
    """The withdrawal that holds now, if the entry is withdrawn."""
    return session.scalar(select(Withdrawal).where(Withdrawal.open_for == entry_id))


def ask_restore(session: Session, services: Services, entry_id: str, by: str, why: str) -> Withdrawal:
    """The first half of answering it again. Raises Refused without a reason or where nothing is withdrawn."""
    row = _open(session, entry_id)
    if not why.strip():
        raise Refused("请写明为什么可以恢复，复核的人好判断。")
    if row.asked_by is not None:
        raise Refused("已经有人申请恢复了，等另一个人复核。")
    row.asked_by, row.asked_at, row.asked_why = by, services.clock.now(), why.strip()[:REASON_CHARS]
    note(session, services, entry_id, "ask_restore", by, words=row.asked_why)
    return row


def restore(session: Session, services: Services, entry_id: str, by: str) -> Withdrawal:
    """The second half, by another person. Raises Refused."""
    row = _open(session, entry_id)
    if row.asked_by is None:
        raise Refused("还没有人申请恢复。")
    if row.asked_by == by:
        raise Refused("恢复是您申请的，要请另一个人复核。")
    return _close(session, services, row, by)


def restore_for_new_version(session: Session, services: Services, entry_id: str, by: str) -> None:
    """A new version was read by a second person and holds now: the entry is answered with it."""
    row = open_withdrawal(session, entry_id)
    if row is not None:
        _close(session, services, row, by)


def _close(session: Session, services: Services, row: Withdrawal, by: str) -> Withdrawal:
    row.open_for, row.restored_by, row.restored_at = None, by, services.clock.now()
    note(session, services, row.entry_id, "restore", by)
    store.bump(session)
    return row


def _open(session: Session, entry_id: str) -> Withdrawal:
    row = open_withdrawal(session, entry_id)
    if row is None:
        raise Refused("这一条没有撤回。")
    return row


def how_many(session: Session) -> int:
    """How many entries are withdrawn."""
    return session.scalar(select(func.count()).where(Withdrawal.open_for.is_not(None))) or 0


def waiting_to_be_restored(session: Session) -> int:
    """For how many of them somebody has asked that they be answered again."""
    asked = select(func.count()).where(Withdrawal.open_for.is_not(None), Withdrawal.asked_by.is_not(None))
    return session.scalar(asked) or 0
