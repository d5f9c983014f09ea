"""What publishing's parts share: a refusal in words for staff, and the history of an entry."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.console.audit import COMMAND
from bot.console.records import Staff
from bot.ids import new_id
from handlers.consult.publishing.records import EntryEvent

if TYPE_CHECKING:
    from bot.services import Services

ACTION_WORDS = {
    "draft": "起草",
    "save": "修改草稿",
    "propose": "请人复核",
    "send_back": "退回修改",
    "drop": "放弃草稿",
    "publish": "复核并发布",
    "rollback": "退回旧版",
    "withdraw": "撤回",
    "ask_restore": "申请恢复",
    "restore": "恢复回答",
    "word_correction": "写更正",
    "drop_correction": "放弃更正",
    "correct": "确认发更正",
    "stop_correction": "停发更正",
}


class Refused(Exception):
    """It cannot be done; the text says why, in words for staff."""


def note(
    session: Session,
    services: Services,
    entry_id: str,
    action: str,
    by: str,
    number: int = 0,
    words: str = "",
    at: datetime | None = None,
) -> None:
    """Add to the entry's history, in the caller's transaction; ``at`` None is now."""
    moment = at or services.clock.now()
    session.add(EntryEvent(id=new_id(), entry_id=entry_id, number=number, action=action, by=by, at=moment, note=words))
    session.flush()


def staff_name(session: Session, staff_id: str) -> str:
    """The name of a member of staff; 命令行 for an operator's command."""
    if staff_id == COMMAND:
        return "命令行"
    return session.scalar(select(Staff.name).where(Staff.id == staff_id)) or ""
