"""Cards that tell an expert's phone that questions wait. They say how many and until when, and lead to the page."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, cast

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot import outbox
from bot.clock import words as moment_words
from bot.messages import Card, ChannelName
from bot.outbox.records import FAILED, OutboxMessage
from handlers.consult import replies
from handlers.consult.experts.hours import Hours
from handlers.consult.experts.links import is_able, issue
from handlers.consult.experts.records import OPEN, Answer, Assignment, Expert

if TYPE_CHECKING:
    from bot.services import Services

KIND, RETURNED_KIND = "consult.expert-card", "consult.expert-returned"
NEW, REMIND, WELCOME = "new", "remind", "welcome"
FIRST = "请在您常用的这部手机上点开认一下。有问题等您，会发到这里；回“我的问题”随时看。链接是您个人的，请别转发。"
UNREACHED_FOR = timedelta(hours=24)
"""How long an expert whose last card could not be sent gets no questions, unless they write before."""


def push(session: Session, services: Services, expert: Expert, step: str, title: str, text: str) -> None:
    """Plan a card with a link to the expert's page, in the caller's transaction."""
    if expert.person_id is None:
        return
    expert.cards += 1
    if step != WELCOME:
        expert.carded_at = services.clock.now()
    outbox.plan(
        session,
        services,
        outbox.Draft(
            kind=KIND,
            subject=expert.id,
            step=step,
            version=expert.cards,
            person_id=expert.person_id,
            channel=cast(ChannelName, expert.channel),
            push=Card(title=title, text=text, url=issue(session, services, expert)),
        ),
    )


def welcome(session: Session, services: Services, expert: Expert) -> None:
    """The first card: the office says that they are the expert, and they choose their phone."""
    push(session, services, expert, WELCOME, f"{expert.name}专家，您好", FIRST)


def returned(session: Session, services: Services, expert: Expert, answer_id: str, note: str) -> bool:
    """Plan a message that the office sent an answer back and why, for when the expert works; False where they are no
    expert any more."""
    if expert.person_id is None or not is_able(services, expert):
        return False
    reason = replies.masked(note)[0]
    outbox.plan(
        session,
        services,
        outbox.Draft(
            kind=RETURNED_KIND,
            subject=answer_id,
            step="returned",
            person_id=expert.person_id,
            channel=cast(ChannelName, expert.channel),
            push=Card(
                title="办公室退回了您的一条答复",
                text=f"理由：{reason}\n您写的还在，点开改一改再发。",
                url=issue(session, services, expert),
            ),
            not_before=Hours.load(expert.hours).opens(services.clock.now()),
        ),
    )
    return True


def told_new(count: int, due: datetime) -> tuple[str, str]:
    """Title and text of a card about new questions."""
    return f"有{count}个问题等您答", f"最早的请在{moment_words(due)}前答。点开就能看、能答；不归您的也点开转走。"


def told_again(count: int, due: datetime) -> tuple[str, str]:
    """Title and text of a reminder."""
    return f"提醒：还有{count}个问题没答", f"最早的{moment_words(due)}到时间，到时没答会转给别人。没空的话点开转走。"


def open_ones(session: Session, expert: Expert) -> tuple[int, datetime | None]:
    """How many questions are open with the expert, and when the first is due."""
    count, due = session.execute(
        select(func.count(), func.min(Assignment.due_at)).where(
            Assignment.expert_id == expert.id, Assignment.state == OPEN
        )
    ).one()
    return int(count), due


def note_told(session: Session, services: Services, expert: Expert) -> None:
    """The expert's open questions have been told of, by a card or because they looked."""
    session.execute(
        update(Assignment)
        .where(Assignment.expert_id == expert.id, Assignment.state == OPEN, Assignment.told_at.is_(None))
        .values(told_at=services.clock.now())
    )


def unreachable(session: Session, services: Services, expert: Expert) -> bool:
    """Whether the last card failed lately and has not been seen since."""
    last = session.scalar(
        select(OutboxMessage)
        .where(OutboxMessage.kind == KIND, OutboxMessage.subject == expert.id)
        .order_by(OutboxMessage.planned_at.desc(), OutboxMessage.id.desc())
        .limit(1)
    )
    if last is None or last.state != FAILED or last.shown_at is not None:
        return False
    return last.person_id == expert.person_id and last.planned_at > services.clock.now() - UNREACHED_FOR


def still_returned(services: Services, answer_id: str) -> str:
    """Why who wrote an answer need not hear any more that it was sent back."""
    with services.database.reading() as session:
        answer = session.get(Answer, answer_id)
        expert = session.get(Expert, answer.author) if answer else None
        if answer is None or expert is None or not is_able(services, expert):
            return "not_expert"
        later = select(Answer.id).where(Answer.question_id == answer.question_id, Answer.number > answer.number)
        return "answered_since" if session.scalar(later.limit(1)) else ""


def still_wanted(services: Services, expert_id: str) -> str:
    """Why a card need not leave any more: the expert is no longer one, or has their phone and nothing waits."""
    with services.database.reading() as session:
        expert = session.get(Expert, expert_id)
        if expert is None or not is_able(services, expert):
            return "not_expert"
        return "" if not expert.device_hash or open_ones(session, expert)[0] else "nothing_waits"
