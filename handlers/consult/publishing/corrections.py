"""Telling the people who got a wrong answer: who they are, what they are told, and how far that got.

Staff see how many and when, never who. The words are prepared, looked at once more and confirmed; then the worker plans
one message a person, in pieces, and a message that exists is not planned again, however often it begins anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import ColumnElement, Select, func, or_, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from bot import outbox
from bot.clock import to_local
from bot.features import Job, OutboxKind
from bot.ids import new_id
from bot.jobs import stopping
from bot.masking import mask
from bot.messages import ChannelName, Text
from bot.outbox.records import ACCEPTED, DELIVERED, OutboxMessage
from handlers.consult.publishing.events import Refused, note
from handlers.consult.publishing.records import (
    CONFIRMED,
    PLANNED,
    PREPARED,
    STOPPED,
    Correction,
    ServedAnswer,
    Withdrawal,
)
from handlers.consult.records import ConsultQuestion

if TYPE_CHECKING:
    from bot.services import Services

KIND, STEP = "consult.correction", "correction"
WORDS_CHARS = 300
DAYS = (7, 30, 90)
PIECE = 200
PLANNING = "consult.plan_corrections"


@dataclass(frozen=True, slots=True)
class Reach:
    """Who got an answer: how often it was given, how many people can still be told, and on which days."""

    answers: int
    people: int
    days: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a correction got, in people."""

    planned: int = 0
    sent: int = 0
    shown: int = 0
    waiting: int = 0
    failed: int = 0


def reach(session: Session, entry_id: str, since: datetime, until: datetime) -> Reach:
    """Who got the entry's answer between the two moments, in chat, as a choice or as one part of several."""
    rows = session.execute(
        select(ConsultQuestion.id, ConsultQuestion.asked_at, ConsultQuestion.person_id).where(
            _got(entry_id, since, until)
        )
    ).all()
    days = Counter(to_local(row.asked_at).date() for row in rows)
    people = {row.person_id for row in rows if row.person_id}
    shown = tuple((f"{day.month}月{day.day}日", days[day]) for day in sorted(days, reverse=True))
    return Reach(len(rows), len(people), shown)


def suggested(question: str) -> str:
    """What to say, for staff to complete."""
    return (
        f"更正：您问过“{question}”，当时的回答有不准的地方，请先不要照着做，对不住。"
        "正确的说法我们核对好就发给您。急的话打12350或12345。"
    )


def complaint(words: str) -> str:
    """What is wrong with the words; "" when they can go."""
    if not words.strip():
        return "还没有写要发的话。"
    if len(words.strip()) > WORDS_CHARS:
        return f"最多{WORDS_CHARS}字，现在{len(words.strip())}字。"
    return ""


def prepare(session: Session, services: Services, withdrawal: Withdrawal, by: str, words: str, days: int) -> Correction:
    """Keep the words and whom they go to, to be looked at once more; nothing is sent. Raises Refused."""
    problem = complaint(words) or ("" if days in DAYS else "请选要找回多少天的。")
    if problem:
        raise Refused(problem)
    session.execute(
        update(Correction)
        .where(Correction.withdrawal_id == withdrawal.id, Correction.state == PREPARED)
        .values(state=STOPPED)
    )
    row = Correction(
        id=new_id(),
        withdrawal_id=withdrawal.id,
        entry_id=withdrawal.entry_id,
        words=mask(words.strip(), landlines=False)[0],
        since=withdrawal.at - timedelta(days=days),
        until=withdrawal.at + timedelta(minutes=1),  # what was answered while processes had not looked yet
        prepared_by=by,
        prepared_at=services.clock.now(),
    )
    session.add(row)
    session.flush()
    return row


def confirm(session: Session, services: Services, correction_id: str, by: str) -> Correction:
    """Send it. The worker plans the messages; ask it to with ``jobs.enqueue(services, PLANNING)`` after the commit.

    Raises Refused where it was confirmed or stopped before.
    """
    row = _move(session, correction_id, PREPARED, CONFIRMED, confirmed_by=by, confirmed_at=services.clock.now())
    note(session, services, row.entry_id, "correct", by, words=row.words)
    return row


def stop(session: Session, services: Services, correction_id: str, by: str) -> int:
    """Send no more of it; how many messages were taken back. Raises Refused where nothing is under way."""
    row = session.get(Correction, correction_id)
    if row is None or row.state not in (CONFIRMED, PLANNED):
        raise Refused("这条更正没有在发。")
    row = _move(session, correction_id, row.state, STOPPED)
    note(session, services, row.entry_id, "stop_correction", by)
    return outbox.cancel(session, services, KIND, correction_id, "stopped by staff")


def of_withdrawal(session: Session, withdrawal_id: str) -> Sequence[Correction]:
    """What was prepared for it and what went out, newest first; not what was prepared and written anew."""
    return session.scalars(
        select(Correction)
        .where(Correction.withdrawal_id == withdrawal_id)
        .where((Correction.state == PREPARED) | Correction.confirmed_at.is_not(None))
        .order_by(Correction.prepared_at.desc(), Correction.id.desc())
    ).all()


def progress(session: Session, correction_id: str) -> Progress:
    """How many people it reached, was shown to, waits for, and did not reach yet."""
    rows = session.execute(
        select(OutboxMessage.state, OutboxMessage.shown_at.is_not(None), func.count())
        .where(OutboxMessage.kind == KIND, OutboxMessage.subject == correction_id)
        .group_by(OutboxMessage.state, OutboxMessage.shown_at.is_not(None))
    ).all()
    planned = sum(count for _, _, count in rows)
    shown = sum(count for _, seen, count in rows if seen)
    sent = sum(count for state, seen, count in rows if state in {ACCEPTED, DELIVERED} and not seen)
    waiting = sum(count for state, _, count in rows if state in {"planned", "sending", "uncertain"})
    return Progress(planned, sent, shown, waiting, planned - shown - sent - waiting)


# -- the worker's part ------------------------------------------------------------------------------------------------


def plan_confirmed(services: Services) -> int:
    """Plan the messages of what was confirmed; how many were planned."""
    with services.database.reading() as session:
        ids = session.scalars(select(Correction.id).where(Correction.state == CONFIRMED)).all()
    planned = 0
    for correction_id in ids:
        while not stopping() and (done := _plan_piece(services, correction_id)) is not None:
            planned += done
            outbox.wake(services)
    return planned


def _plan_piece(services: Services, correction_id: str) -> int | None:
    """The next people, in order of their ids; None when there are no more."""
    with services.database.begin() as session:
        row = session.get(Correction, correction_id, with_for_update=True)
        if row is None or row.state != CONFIRMED:
            return None
        people = session.execute(_next_people(row)).all()
        for person in people:
            outbox.plan(session, services, _message(row, person.person_id, person.channel))
        if len(people) < PIECE:
            row.state, row.reached = PLANNED, ""
            return len(people) or None
        row.reached = people[-1].person_id
        return len(people)


def _next_people(row: Correction) -> Select[str | None, str]:
    return (
        select(ConsultQuestion.person_id, func.max(ConsultQuestion.channel).label("channel"))
        .where(_got(row.entry_id, row.since, row.until), ConsultQuestion.person_id > row.reached)
        .group_by(ConsultQuestion.person_id)
        .order_by(ConsultQuestion.person_id)
        .limit(PIECE)
    )


def _message(row: Correction, person_id: str, channel: str) -> outbox.Draft:
    return outbox.Draft(
        kind=KIND,
        subject=row.id,
        step=STEP,
        person_id=person_id,
        channel=cast(ChannelName, channel),
        push=Text(row.words),
    )


def _still_wanted(services: Services, correction_id: str) -> str:
    with services.database.reading() as session:
        state = session.scalar(select(Correction.state).where(Correction.id == correction_id))
    return "stopped by staff" if state == STOPPED else ""


def _got(entry_id: str, since: datetime, until: datetime) -> ColumnElement[bool]:
    """Questions for which the entry's answer was given: as the answer, or beside it."""
    beside = select(ServedAnswer.question_id).where(ServedAnswer.entry_id == entry_id)
    given = or_(ConsultQuestion.entry_id == entry_id, ConsultQuestion.id.in_(beside))
    return given & (ConsultQuestion.asked_at >= since) & (ConsultQuestion.asked_at <= until)


def _move(session: Session, correction_id: str, before: str, after: str, **values: Any) -> Correction:
    changed = session.execute(
        update(Correction)
        .where(Correction.id == correction_id, Correction.state == before)
        .values(state=after, edit=Correction.edit + 1, **values)
        .execution_options(synchronize_session=False)
    )
    row = session.get(Correction, correction_id, populate_existing=True)
    if row is None or (isinstance(changed, CursorResult) and changed.rowcount != 1):
        raise Refused("这条更正刚刚已经有人处理了。")
    return row


JOBS = (Job(PLANNING, plan_confirmed, every_s=10),)
OUTBOX_KINDS = (OutboxKind(KIND, _still_wanted),)
