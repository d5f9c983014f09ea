"""A question from the queue as staff see it: its words opened, why it waits, how long, and how far its answer got."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.outbox.records import UNFOLLOWED, UNKNOWN, WINDOW_CLOSED, OutboxMessage
from bot.storage.sealing import ContentCipher, SealingError
from handlers.consult.records import ANSWERED, CLARIFIED, HAZARD, SENSITIVE, ConsultQuestion
from handlers.consult.replies import REPLY, TABLE, TEXT

SENT_WORDS = {
    "planned": "等着发出",
    "sending": "正在发",
    "accepted": "已发给对方",
    "delivered": "对方已收到",
    "uncertain": "已发出，平台还没有回音",
}
MARK_WORDS = {HAZARD: "隐患", SENSITIVE: "敏感"}
SHOWN_LATER = "没能主动发到，对方下次来说话时会看到"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as staff see it: no person, only the words; ``text`` is None when they do not open."""

    id: str
    text: str | None
    asked_at: datetime
    channel: str
    why: str
    queue: str
    reply: str
    replied_at: datetime | None
    entry_id: str
    reachable: bool
    mark: str = ""
    stopped_entry: str = ""


def open_question(content: ContentCipher, row: ConsultQuestion) -> Asked:
    """The question opened for staff."""
    text: str | None
    try:
        text = content.decrypt(row.text_sealed, TABLE, row.id, TEXT)
        answer = content.decrypt(row.reply_sealed, TABLE, row.id, REPLY) if row.reply_sealed else ""
    except SealingError:
        text, answer = None, ""
    return Asked(
        id=row.id,
        text=text,
        asked_at=row.asked_at,
        channel=row.channel,
        why=why(row),
        queue=row.queue,
        reply=answer,
        replied_at=row.replied_at,
        entry_id=row.entry_id,
        reachable=row.person_id is not None,
        mark=MARK_WORDS.get(row.mark, ""),
        stopped_entry=row.stopped_entry,
    )


def why(row: ConsultQuestion) -> str:
    """Why it waits for a person, in words for staff."""
    if row.mark == HAZARD:
        return _why_hazard(row)
    if row.mark:
        return "敏感话题"
    if row.feedback == "useless":
        return "对方说答复没用" if row.reply_sealed else "对方说回答没用"
    if row.stopped_entry:
        return "答案撤回了，在核对"
    if row.outcome == ANSWERED:
        return "对方要转人工"
    return "给的选项都不是" if row.outcome == CLARIFIED else "没有现成答案"


def _why_hazard(row: ConsultQuestion) -> str:
    if row.feedback == "useless":
        return "像是隐患，对方说回答没用"
    if row.outcome == ANSWERED:
        return "像是隐患，对方要转人工"
    return "像是隐患，问了没有回" if row.outcome == CLARIFIED else "反映隐患"


def how_long(asked_at: datetime, now: datetime) -> str:
    """How long it has waited, in round words."""
    minutes = max(0, int((now - asked_at).total_seconds() // 60))
    if minutes < 1:
        return "刚来"
    if minutes < 60:
        return f"已等{minutes}分钟"
    return f"已等{minutes // 60}小时" if minutes < 48 * 60 else f"已等{minutes // 1440}天"


def sent_words(message: OutboxMessage) -> str:
    """How far an answer got, in words for staff."""
    if message.shown_at is not None:
        return "对方来时已经看到"
    if message.state in SENT_WORDS:
        return SENT_WORDS[message.state]
    later = message.state == UNKNOWN or message.reason in {WINDOW_CLOSED, UNFOLLOWED}
    return SHOWN_LATER if later else "没有发出，请告诉系统管理员"
