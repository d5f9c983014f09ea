"""Waiting questions that are one question: they wait with the first, and one answer serves all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, exists, func, select, update
from sqlalchemy.orm import Session, aliased

from bot.storage.sealing import SealingError
from handlers.consult import replies
from handlers.consult.experts.records import OPEN, USELESS, Assignment, SameQuestion
from handlers.consult.experts.rules import rules
from handlers.consult.experts.sameness import Essence, essence, nearest, same
from handlers.consult.records import REPLIED, WAITING, ConsultQuestion

if TYPE_CHECKING:
    from bot.services import Services

MOST_LEADS, MOST_ANSWERED, MOST_SHOWN = 1000, 300, 200
WAITS = (SameQuestion.apart.is_(False), ConsultQuestion.queue == WAITING, ConsultQuestion.mark == "")
"""Of a question joined to what it is the same as: it waits, and nobody set it apart or marked it."""
_ASKER = aliased(ConsultQuestion)


@dataclass(frozen=True, slots=True)
class SameOne:
    """A question that waits with another, as who answers sees it."""

    id: str
    text: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Suggested:
    """What was answered to a same question lately."""

    question_id: str
    text: str
    reply: str
    replied_at: datetime


class Leads:
    """Questions that are somebody's and that a new one may turn out to be; read once a run of the job."""

    def __init__(self, services: Services) -> None:
        self._services = services
        with services.database.reading() as session:
            wanted = (
                select(ConsultQuestion)
                .join(Assignment, Assignment.question_id == ConsultQuestion.id)
                .where(Assignment.state == OPEN, ConsultQuestion.queue == WAITING, ConsultQuestion.mark == "")
                .order_by(ConsultQuestion.asked_at.desc())
                .limit(MOST_LEADS)
            )
            self._known = {row.id: held for row in session.scalars(wanted) if (held := essence_of(services, row))}

    def join(self, session: Session, question: ConsultQuestion) -> bool:
        """Let the question wait with one that is the same; False where there is none.

        What came back with 「没用」, and what somebody set apart, is a question of its own.
        """
        known = session.get(SameQuestion, question.id)
        if question.feedback == USELESS or (known is not None and known.apart):
            return False
        held = essence_of(self._services, question)
        lead_id = (
            nearest(held, ((id_, one) for id_, one in self._known.items() if id_ != question.id)) if held else None
        )
        if lead_id is None or not _still_leads(session, lead_id):
            return False
        session.merge(
            SameQuestion(question_id=question.id, lead_id=lead_id, joined_at=self._services.clock.now(), apart=False)
        )
        return True

    def add(self, question: ConsultQuestion) -> None:
        held = essence_of(self._services, question)
        if held is not None:
            self._known[question.id] = held


def essence_of(services: Services, question: ConsultQuestion) -> Essence | None:
    """What a question is about; None where its words do not open."""
    text = words_of(services, question)
    return essence(text) if text else None


def waits_with_another() -> ColumnElement[bool]:
    """Of a question: it waits with a lead that waits itself."""
    lead = aliased(ConsultQuestion)
    return exists().where(
        SameQuestion.question_id == ConsultQuestion.id,
        SameQuestion.apart.is_(False),
        SameQuestion.lead_id == lead.id,
        lead.queue == WAITING,
        lead.mark == "",
    )


def waiting_with(session: Session, services: Services, question_id: str) -> list[SameOne]:
    """The questions that wait with this one, the oldest first; none that is marked."""
    wanted = (
        select(ConsultQuestion)
        .join(SameQuestion, SameQuestion.question_id == ConsultQuestion.id)
        .where(SameQuestion.lead_id == question_id, *WAITS)
        .order_by(ConsultQuestion.asked_at)
        .limit(MOST_SHOWN)
    )
    opened = ((row, words_of(services, row)) for row in session.scalars(wanted))
    return [SameOne(row.id, text, row.asked_at) for row, text in opened if text]


def others(session: Session, question_id: str) -> int:
    """How many people besides the asker of this question wait with it."""
    counted = (
        select(func.count(ConsultQuestion.person_id.distinct()))
        .join(SameQuestion, SameQuestion.question_id == ConsultQuestion.id)
        .where(
            SameQuestion.lead_id == question_id,
            *WAITS,
            ConsultQuestion.person_id != select(_ASKER.person_id).where(_ASKER.id == question_id).scalar_subquery(),
        )
    )
    return session.scalar(counted) or 0


def lead_of(session: Session, question_id: str) -> str:
    """The question that this one waits with, "" where it waits by itself."""
    wanted = (
        select(SameQuestion.lead_id)
        .join(ConsultQuestion, ConsultQuestion.id == SameQuestion.lead_id)
        .where(SameQuestion.question_id == question_id, *WAITS)
    )
    return session.scalar(wanted) or ""


def set_apart(session: Session, lead_id: str, ids: Iterable[str]) -> None:
    """Somebody says that these are other questions: each is given to somebody by itself."""
    session.execute(
        update(SameQuestion)
        .where(SameQuestion.lead_id == lead_id, SameQuestion.question_id.in_(list(ids)))
        .values(apart=True)
    )


def suggested(session: Session, services: Services, question: ConsultQuestion) -> Suggested | None:
    """The answer that a same question got within the last day; offered to who answers, never sent by itself."""
    held = essence_of(services, question)
    if held is None:
        return None
    since = services.clock.now() - rules().suggest_within
    wanted = (
        select(ConsultQuestion)
        .where(
            ConsultQuestion.queue == REPLIED,
            ConsultQuestion.mark == "",
            ConsultQuestion.feedback != USELESS,
            ConsultQuestion.replied_at >= since,
            ConsultQuestion.id != question.id,
        )
        .order_by(ConsultQuestion.replied_at.desc())
        .limit(MOST_ANSWERED)
    )
    for row in session.scalars(wanted):
        other = essence_of(services, row)
        if other is not None and row.reply_sealed and row.replied_at and same(held, other):
            reply = services.content.decrypt(row.reply_sealed, replies.TABLE, row.id, replies.REPLY)
            return Suggested(row.id, words_of(services, row), reply, row.replied_at)
    return None


def _still_leads(session: Session, lead_id: str) -> bool:
    """Locks the lead, so that it is not answered between the look and the joining."""
    lead = session.get(ConsultQuestion, lead_id, with_for_update=True)
    owned = select(Assignment.id).where(Assignment.question_id == lead_id, Assignment.state == OPEN)
    return lead is not None and lead.queue == WAITING and not lead.mark and session.scalar(owned) is not None


def words_of(services: Services, question: ConsultQuestion) -> str:
    try:
        return services.content.decrypt(question.text_sealed, replies.TABLE, question.id, replies.TEXT)
    except SealingError:
        return ""
