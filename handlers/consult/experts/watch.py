"""The job that gives waiting questions to experts, reminds them, and passes on what is due.

Any number of workers may run it: each step takes its question in a transaction of its own and looks again inside it.
After a pause it does once what is due by then: what is late goes on, and each expert gets one card, not one a question.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session

from bot import outbox, switches
from bot.features import Job
from bot.jobs import stopping
from bot.retention import DAY_S, delete_old
from handlers.consult.experts import cards, merging
from handlers.consult.experts.assigning import present, route, split, topics_of, tried
from handlers.consult.experts.hours import Hours
from handlers.consult.experts.links import is_able
from handlers.consult.experts.owning import end, live
from handlers.consult.experts.records import (
    DROPPED,
    HELD,
    LATE,
    LIVE,
    NOBODY,
    OFFERED,
    OPEN,
    ROUTED,
    TAKEN,
    UNREACHABLE,
    WITHDRAWN,
    Answer,
    Assignment,
    Expert,
    SameQuestion,
)
from handlers.consult.experts.routing import choose
from handlers.consult.experts.rules import SWITCH, rules
from handlers.consult.records import WAITING, ConsultQuestion

if TYPE_CHECKING:
    from bot.services import Services

log = structlog.get_logger(__name__)

PIECE = 200


def look(services: Services) -> int:
    """Do what is to be done now; how many questions changed hands. While the service is off nobody can answer, so
    nothing is given to anybody, reminded or late."""
    _sweep(services)
    if switches.current(services).state(SWITCH) == switches.OFF:
        return 0
    moved = _take_in(services) + _pass_on(services) + _offer_again(services)
    told = _remind(services) + _tell(services)
    if moved or told:
        log.info("experts.looked", moved=moved, cards=told)
    if told:
        outbox.wake(services)
    return moved


def _sweep(services: Services) -> None:
    """What was answered or closed elsewhere, what an expert may not see, whom the office stopped."""
    ids = _ids(services, _misplaced())
    for id_ in ids:
        with services.database.begin() as session:
            owned = session.get_one(Assignment, id_, with_for_update=True)
            question = session.get(ConsultQuestion, owned.question_id)
            if owned.state not in LIVE:
                continue
            if question is None or question.queue != WAITING:
                end(services, owned, TAKEN)
                _drop_held(session, owned.question_id)
            elif question.mark:
                end(services, owned, WITHDRAWN)
                _drop_held(session, owned.question_id)
    with services.database.reading() as session:
        holders = select(Expert).where(exists().where(Assignment.expert_id == Expert.id, Assignment.state == OPEN))
        stopped = [expert.id for expert in session.scalars(holders) if not is_able(services, expert)]
    for expert_id in stopped:
        with services.database.begin() as session:
            mine = select(Assignment).where(Assignment.expert_id == expert_id, Assignment.state == OPEN)
            for owned in session.scalars(mine.with_for_update()):
                end(services, owned, WITHDRAWN)


def _misplaced() -> Select[Any]:
    wrong = or_(ConsultQuestion.id.is_(None), ConsultQuestion.queue != WAITING, ConsultQuestion.mark != "")
    return (
        select(Assignment.id)
        .outerjoin(ConsultQuestion, ConsultQuestion.id == Assignment.question_id)
        .where(Assignment.state.in_(LIVE), wrong)
    )


def _drop_held(session: Session, question_id: str) -> None:
    held = select(Answer).where(Answer.question_id == question_id, Answer.state == HELD, Answer.correction.is_(False))
    for answer in session.scalars(held):
        answer.state = DROPPED


def _take_in(services: Services) -> int:
    """Waiting questions that are nobody's: joined to one that is the same, else given to somebody."""
    moved = 0
    ids = _ids(services, _unowned())
    leads = merging.Leads(services) if ids else None
    for id_ in ids:
        with services.database.reading() as session:
            topics = topics_of(services, session.get_one(ConsultQuestion, id_))
        with services.database.begin() as session:
            question = session.get_one(ConsultQuestion, id_, with_for_update=True)
            if not _is_free(session, question) or leads is None or leads.join(session, question):
                continue
            route(session, services, question, ROUTED, topics=topics)
            moved += 1
        if leads is not None:
            leads.add(question)
        if stopping():
            break
    return moved


def _unowned() -> Select[Any]:
    return (
        select(ConsultQuestion.id)
        .where(
            ConsultQuestion.queue == WAITING,
            ConsultQuestion.mark == "",
            ConsultQuestion.person_id.is_not(None),
            ~exists().where(Assignment.question_id == ConsultQuestion.id, Assignment.state.in_(LIVE)),
            ~merging.waits_with_another(),
        )
        .order_by(ConsultQuestion.asked_at)
    )


def _is_free(session: Session, question: ConsultQuestion) -> bool:
    if question.queue != WAITING or question.mark or live(session, question.id) is not None:
        return False
    same = session.get(SameQuestion, question.id)
    lead = session.get(ConsultQuestion, same.lead_id) if same and not same.apart else None
    return lead is None or lead.queue != WAITING or bool(lead.mark)


def _pass_on(services: Services) -> int:
    """What an expert did not answer in time goes to the next, and so does what no card reaches them for."""
    now = services.clock.now()
    with services.database.reading() as session:
        holders = select(Expert).where(exists().where(Assignment.expert_id == Expert.id, Assignment.state == OPEN))
        unreached = [one.id for one in session.scalars(holders) if cards.unreachable(session, services, one)]
    overdue = or_(Assignment.due_at <= now, Assignment.expert_id.in_(unreached))
    wanted = select(Assignment.id).where(Assignment.state == OPEN, Assignment.expert_id.is_not(None), overdue)
    moved = 0
    for id_ in _ids(services, wanted.order_by(Assignment.due_at)):
        with services.database.begin() as session:
            owned = session.get_one(Assignment, id_, with_for_update=True)
            late = owned.due_at <= services.clock.now()
            if owned.state != OPEN or not (late or owned.expert_id in unreached):
                continue
            how = LATE if late else UNREACHABLE
            end(services, owned, how)
            session.flush()
            route(session, services, session.get_one(ConsultQuestion, owned.question_id), how, topics=owned.topic)
            moved += 1
    return moved


def _offer_again(services: Services) -> int:
    """What came to the office because nobody was there goes to an expert once one is."""
    wanted = select(Assignment.id).where(
        Assignment.state == OPEN, Assignment.expert_id.is_(None), Assignment.why == NOBODY
    )
    ids = _ids(services, wanted.order_by(Assignment.assigned_at))
    if not ids:
        return 0
    with services.database.reading() as session:
        if not present(session, services):
            return 0
    moved = 0
    for id_ in ids:
        with services.database.begin() as session:
            owned = session.get_one(Assignment, id_, with_for_update=True)
            question = session.get_one(ConsultQuestion, owned.question_id)
            chosen = choose(present(session, services), split(owned.topic), tried(session, question))
            if owned.state != OPEN or chosen is None:
                continue
            end(services, owned, OFFERED)
            session.flush()
            route(session, services, question, ROUTED, topics=owned.topic)
            moved += 1
    return moved


def _remind(services: Services) -> int:
    """One reminder for all of an expert's questions whose time is half over, while they work."""
    now = services.clock.now()
    due = (
        Assignment.state == OPEN,
        Assignment.reminded_at.is_(None),
        Assignment.told_at.is_not(None),
        Assignment.remind_at <= now,
    )
    told = 0
    for expert_id in _ids(
        services, select(Assignment.expert_id).where(*due, Assignment.expert_id.is_not(None)).distinct()
    ):
        with services.database.begin() as session:
            expert = session.get_one(Expert, expert_id, with_for_update=True)
            if not Hours.load(expert.hours).covers(now):
                continue
            mine = session.scalars(select(Assignment).where(Assignment.expert_id == expert_id, *due)).all()
            count, first = cards.open_ones(session, expert)
            if not mine or first is None:
                continue
            for owned in mine:
                owned.reminded_at = now
            cards.push(session, services, expert, cards.REMIND, *cards.told_again(count, first))
            cards.note_told(session, services, expert)
            told += 1
    return told


def _tell(services: Services) -> int:
    """One card for all that is new to an expert, no oftener than the rules say, while they work."""
    now, every = services.clock.now(), rules().card_every
    wanted = select(Assignment.expert_id).where(
        Assignment.state == OPEN, Assignment.told_at.is_(None), Assignment.expert_id.is_not(None)
    )
    told = 0
    for expert_id in _ids(services, wanted.distinct()):
        with services.database.begin() as session:
            expert = session.get_one(Expert, expert_id, with_for_update=True)
            lately = expert.carded_at is not None and now - every < expert.carded_at <= now
            count, first = cards.open_ones(session, expert)
            untold = session.scalar(select(wanted.where(Assignment.expert_id == expert_id).exists()))
            if lately or first is None or not untold or not Hours.load(expert.hours).covers(now):
                continue
            cards.push(session, services, expert, cards.NEW, *cards.told_new(count, first))
            cards.note_told(session, services, expert)
            told += 1
    return told


def _ids(services: Services, wanted: Select[Any]) -> Sequence[str]:
    with services.database.reading() as session:
        return [id_ for id_ in session.scalars(wanted.limit(PIECE)) if id_]


def forget(services: Services) -> int:
    """Delete whose questions were long ago, and which were one."""
    ended = Assignment.state.not_in(LIVE)
    gone = delete_old(services, Assignment, Assignment.assigned_at, "consult_assignment", ended)
    return gone + delete_old(services, SameQuestion, SameQuestion.joined_at, "consult_assignment")


JOBS = (
    Job("consult.experts", look, every_s=5),
    Job("consult.forget_assignments", forget, every_s=DAY_S, deletes=True),
)
