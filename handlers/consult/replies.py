"""What staff do with a waiting question: answer it, close it, keep the answer for the knowledge base.

Each is a compare-and-set on ``queue``: of two officers at one question the second learns that it is taken, and their
words stay on their screen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import func, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from bot import outbox
from bot.ids import new_id
from bot.masking import mask
from bot.messages import ChannelName, Text
from bot.outbox.records import OutboxMessage
from bot.visible import visible
from handlers.consult.addresses import address_problem
from handlers.consult.records import CLOSED, REPLIED, WAITING, ConsultQuestion, EntryDraft

if TYPE_CHECKING:
    from bot.services import Services

KIND, STEP = "consult.reply", "reply"
OPINION, OFFICER, CORRECTION = "专家意见，供参考", "值班员答复", "更正"
REPLY_CHARS = 500
QUOTED_CHARS = 20
TABLE, TEXT, REPLY = ConsultQuestion.__tablename__, "text", "reply"
CLOSE_REASONS: Mapping[str, str] = {
    "said": "已有的回答说清楚了",
    "unclear": "看不明白在问什么",
    "other_office": "不归住建部门管",
    "passed_on": "已核实，转给管这事的单位了",
    "off_topic": "和安全无关",
    "handed_on": "已转主管单位办理",
    "repeat": "重复或试发的",
}


class Taken(Exception):
    """The question is no longer waiting: somebody answered or closed it meanwhile."""


class NoPerson(Exception):
    """The question is cut from its person by age, so no answer can reach them."""


def masked(reply: str) -> tuple[str, bool]:
    """An expert's words as they are kept and sent: people's numbers hidden, offices' landlines left."""
    return mask(reply.strip(), landlines=False)


def message_text(question: str, reply: str, head: str = OPINION) -> str:
    """The answer exactly as the person will see it: numbers of people masked, what they asked quoted in a few words."""
    asked = " ".join(question.split())
    quoted = asked if len(asked) <= QUOTED_CHARS else f"{asked[:QUOTED_CHARS].rstrip('，。、；：？！,.;:?! ')}…"
    corrects = "更正：" if head == CORRECTION else ""
    return f"{corrects}您问的“{quoted}”，{OPINION if corrects else head}：\n{masked(reply)[0]}"


def head_of(row: ConsultQuestion) -> str:
    """Who speaks: what is marked is answered by the officer on duty, the rest is an expert's opinion."""
    return OFFICER if row.mark else OPINION


def complaint(reply: str) -> str:
    """What is wrong with an answer, in words for staff; "" when it can go."""
    said = visible(reply).strip()
    if not said:
        return "还没有写答复。"
    if len(said) > REPLY_CHARS:
        return f"答复最多{REPLY_CHARS}字，现在{len(said)}字。"
    return address_problem(said)


def send_reply(
    session: Session, services: Services, question_id: str, author: str, reply: str, request_id: str
) -> None:
    """Keep the answer and plan its message, in the caller's transaction. ``outbox.wake`` after the commit.

    Raises Taken or NoPerson, with nothing written.
    """
    row = mark_replied(session, services, question_id, author, reply)
    if row.person_id is None:
        raise NoPerson
    tell(session, services, row, reply, request_id)


def mark_replied(session: Session, services: Services, question_id: str, author: str, reply: str) -> ConsultQuestion:
    """Take the question off the queue with its answer. ``author`` is a staff or an expert's id. Raises Taken."""
    changed = session.execute(
        update(ConsultQuestion)
        .where(ConsultQuestion.id == question_id, ConsultQuestion.queue == WAITING)
        .values(
            queue=REPLIED,
            reply_sealed=services.content.encrypt(masked(reply)[0], TABLE, question_id, REPLY),
            replied_by=author,
            replied_at=services.clock.now(),
        )
    )
    if cast("CursorResult[Any]", changed).rowcount != 1:
        raise Taken
    return session.get_one(ConsultQuestion, question_id)


def tell(
    session: Session,
    services: Services,
    row: ConsultQuestion,
    reply: str,
    request_id: str,
    *,
    step: str = STEP,
    head: str = "",
) -> None:
    """Plan the message to who asked; nothing where the question is cut from its person."""
    if row.person_id is None:
        return
    asked = services.content.decrypt(row.text_sealed, TABLE, row.id, TEXT)
    outbox.plan(
        session,
        services,
        outbox.Draft(
            kind=KIND,
            subject=row.id,
            step=step,
            version=_replies_so_far(session, row.id) + 1,
            person_id=row.person_id,
            channel=cast(ChannelName, row.channel),
            push=Text(message_text(asked, reply, head or head_of(row))),
            request_id=request_id,
        ),
    )


def close(session: Session, services: Services, question_id: str, staff_id: str) -> None:
    """Take the question off the queue without an answer. Raises Taken."""
    changed = session.execute(
        update(ConsultQuestion)
        .where(ConsultQuestion.id == question_id, ConsultQuestion.queue == WAITING)
        .values(queue=CLOSED, replied_by=staff_id, replied_at=services.clock.now())
    )
    if cast("CursorResult[Any]", changed).rowcount != 1:
        raise Taken


def keep_as_draft(session: Session, services: Services, row: ConsultQuestion, staff_id: str) -> bool:
    """A draft entry from a question and its answer; False when there is one already or no answer yet."""
    if row.reply_sealed is None or session.scalar(select(EntryDraft.id).where(EntryDraft.question_id == row.id)):
        return False
    session.add(
        EntryDraft(
            id=new_id(),
            question_id=row.id,
            created_by=staff_id,
            created_at=services.clock.now(),
            question=services.content.decrypt(row.text_sealed, TABLE, row.id, TEXT),
            answer=services.content.decrypt(row.reply_sealed, TABLE, row.id, REPLY),
        )
    )
    return True


def _replies_so_far(session: Session, question_id: str) -> int:
    """A question comes back when its asker found the answer no use; each answer is a message of its own."""
    counted = select(func.count()).where(OutboxMessage.kind == KIND, OutboxMessage.subject == question_id)
    return session.scalar(counted) or 0
