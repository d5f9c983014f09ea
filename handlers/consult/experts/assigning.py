"""Whose a waiting question becomes: who is there now, what it is about, and who had it before."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.clock import SHANGHAI
from bot.storage.sealing import SealingError
from handlers.consult import replies
from handlers.consult.answering import search
from handlers.consult.experts import cards
from handlers.consult.experts.hours import Hours
from handlers.consult.experts.links import is_able
from handlers.consult.experts.owning import assign
from handlers.consult.experts.records import ACTIVE, LIVE, NOBODY, ROUTED, WITHDRAWN, Assignment, Expert
from handlers.consult.experts.routing import There, choose
from handlers.consult.experts.rules import topic_of
from handlers.consult.records import ConsultQuestion

if TYPE_CHECKING:
    from bot.services import Services

TOPICS = 2
NEAR = 3


def route(
    session: Session, services: Services, question: ConsultQuestion, why: str, *, topics: str, note: str = ""
) -> Assignment:
    """Give a question that is nobody's to who should have it now, else to the office. ``topics``: see ``topics_of``,
    which takes its time and so is asked before the transaction."""
    chosen = choose(present(session, services), split(topics), tried(session, question))
    expert = session.get(Expert, chosen.id) if chosen else None
    if expert is None and why in {ROUTED, WITHDRAWN}:
        why = NOBODY
    return assign(session, services, question, expert, why, topics=topics, note=note)


def split(topics: str) -> list[str]:
    return topics.split(",") if topics else []


def present(session: Session, services: Services) -> list[There]:
    """Experts who work now and can be reached, with what they have."""
    now = services.clock.now()
    midnight = datetime.combine(services.clock.today(), time(), SHANGHAI).astimezone(UTC)
    counted = select(Assignment.expert_id, func.count()).group_by(Assignment.expert_id)
    open_ = dict(session.execute(counted.where(Assignment.state.in_(LIVE))).all())
    today = dict(session.execute(counted.where(Assignment.assigned_at >= midnight)).all())
    found = []
    for expert in session.scalars(select(Expert).where(Expert.state == ACTIVE).order_by(Expert.id)):
        works = is_able(services, expert) and Hours.load(expert.hours).covers(now)
        if works and not cards.unreachable(session, services, expert):
            topics = frozenset(filter(None, expert.topics.split(",")))
            found.append(There(expert.id, topics, open_.get(expert.id, 0), today.get(expert.id, 0), expert.daily_cap))
    return found


def topics_of(services: Services, question: ConsultQuestion) -> str:
    """The likeliest topics: of the entry that was answered with, then of what is near in the knowledge base."""
    found = [topic_of(question.entry_id)] if question.entry_id else []
    try:
        asked = services.content.decrypt(question.text_sealed, replies.TABLE, question.id, replies.TEXT)
    except SealingError:
        asked = ""
    if asked:
        found += [topic_of(candidate.entry.id) for candidate in search(asked, NEAR)]
    return ",".join(list(dict.fromkeys(found))[:TOPICS])


def tried(session: Session, question: ConsultQuestion) -> set[str]:
    """Who does not get it: who had it before (they passed it on, were late, or their answer was of no use), and the
    expert who asked it."""
    had = select(Assignment.expert_id).where(Assignment.question_id == question.id, Assignment.expert_id.is_not(None))
    asker = select(Expert.id).where(Expert.person_id == question.person_id)
    return {id_ for wanted in (had, asker) for id_ in session.scalars(wanted) if id_}
