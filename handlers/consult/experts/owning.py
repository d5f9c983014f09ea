"""Whose a question is: given, held, given back, ended. In the caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.ids import new_id
from handlers.consult.experts.hours import Hours
from handlers.consult.experts.records import (
    ANSWERED,
    CHOSEN,
    HELD,
    LIVE,
    OPEN,
    RETURNED,
    TAKEN,
    USELESS,
    AnswerFor,
    Assignment,
    Expert,
)
from handlers.consult.experts.routing import Times, times
from handlers.consult.experts.rules import CAME_BACK, ORDINARY, rules
from handlers.consult.records import ConsultQuestion

if TYPE_CHECKING:
    from bot.services import Services

TABLE, NOTE, DRAFT = Assignment.__tablename__, "note", "draft"


def assign(
    session: Session,
    services: Services,
    question: ConsultQuestion,
    expert: Expert | None,
    why: str,
    *,
    topics: str = "",
    note: str = "",
    state: str = OPEN,
) -> Assignment:
    """Give a question that is nobody's to an expert, or with None to the office. ``note`` is for who gets it.

    That its last answer was of no use is noted with that answer.
    """
    id_ = new_id()
    when = _times(services, question, expert)
    owned = Assignment(
        id=id_,
        question_id=question.id,
        expert_id=expert.id if expert else None,
        state=state,
        why=why,
        topic=topics,
        reason="",
        note_sealed=services.content.encrypt(note, TABLE, id_, NOTE) if note else None,
        draft_sealed=None,
        assigned_at=services.clock.now(),
        remind_at=when.remind_at,
        due_at=when.due_at,
        told_at=None,
        reminded_at=None,
        ended_at=None,
    )
    session.add(owned)
    if question.feedback == USELESS:
        session.execute(
            update(AnswerFor)
            .where(AnswerFor.question_id == question.id, AnswerFor.sent, AnswerFor.found == "")
            .values(found=USELESS)
        )
    session.flush()
    return owned


def live(session: Session, question_id: str) -> Assignment | None:
    """Whose the question is now."""
    return session.scalar(
        select(Assignment).where(Assignment.question_id == question_id, Assignment.state.in_(LIVE)).with_for_update()
    )


def end(services: Services, owned: Assignment, state: str, reason: str = "") -> None:
    owned.state, owned.reason, owned.ended_at = state, reason, services.clock.now()


def hold(session: Session, services: Services, question_id: str, expert_id: str | None) -> None:
    """An answer waits for release, written by this expert or, with None, at the office."""
    owned = live(session, question_id)
    if owned is not None and owned.expert_id == expert_id:
        owned.state = HELD
    else:
        if owned is not None:
            end(services, owned, TAKEN)
            session.flush()
        assign(session, services, session.get_one(ConsultQuestion, question_id), None, CHOSEN, state=HELD)
    session.flush()


def reopen(session: Session, services: Services, question_id: str, words: str) -> Assignment | None:
    """An answer was sent back: the question is open again for who wrote it, with its words and new times."""
    owned = live(session, question_id)
    if owned is None:
        return None
    if owned.draft_sealed is None:
        keep_draft(services, owned, words)
    expert = session.get(Expert, owned.expert_id) if owned.expert_id else None
    when = _times(services, session.get_one(ConsultQuestion, question_id), expert)
    owned.state, owned.why = OPEN, RETURNED
    owned.told_at = owned.reminded_at = None
    owned.remind_at, owned.due_at = when.remind_at, when.due_at
    session.flush()
    return owned


def settle(session: Session, services: Services, question_id: str, owner: str) -> None:
    """The question has its answer, first written by ``owner``: whoever else had it need not look any more."""
    owned = live(session, question_id)
    if owned is not None:
        end(services, owned, ANSWERED if owned.expert_id in {owner, None} else TAKEN)


def note_of(services: Services, owned: Assignment) -> str:
    return services.content.decrypt(owned.note_sealed, TABLE, owned.id, NOTE) if owned.note_sealed else ""


def draft_of(services: Services, owned: Assignment) -> str:
    return services.content.decrypt(owned.draft_sealed, TABLE, owned.id, DRAFT) if owned.draft_sealed else ""


def keep_draft(services: Services, owned: Assignment, words: str) -> None:
    """The answer as far as it is written, so that a lost connection or another phone loses nothing."""
    owned.draft_sealed = services.content.encrypt(words, TABLE, owned.id, DRAFT) if words.strip() else None


def _times(services: Services, question: ConsultQuestion, expert: Expert | None) -> Times:
    held = rules()
    working = held.due[CAME_BACK if question.feedback == USELESS else ORDINARY]
    return times(services.clock.now(), working, Hours.load(expert.hours) if expert else None, held.office)
