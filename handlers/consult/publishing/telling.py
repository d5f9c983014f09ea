"""The worker's part of a correction: one message a person, planned in pieces, in order of the people's ids.

A message that exists is not planned again, however often it begins anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from bot import outbox
from bot.features import Job, OutboxKind
from bot.jobs import stopping
from bot.messages import ChannelName, Text
from handlers.consult.publishing.reach import got
from handlers.consult.publishing.records import CONFIRMED, PLANNED, STOPPED, Correction
from handlers.consult.records import ConsultQuestion

if TYPE_CHECKING:
    from bot.services import Services

KIND, STEP = "consult.correction", "correction"
PIECE = 200
PLANNING = "consult.plan_corrections"


def plan_confirmed(services: Services) -> int:
    """Plan the messages of what was confirmed; how many were planned."""
    with services.database.reading() as session:
        ids = session.scalars(select(Correction.id).where(Correction.state == CONFIRMED)).all()
    planned = 0
    for correction_id in ids:
        while not stopping() and (done := plan_piece(services, correction_id)) is not None:
            planned += done
            outbox.wake(services)
    return planned


def plan_piece(services: Services, correction_id: str) -> int | None:
    """The next people, in order of their ids; None when there are no more."""
    with services.database.begin() as session:
        row = session.get(Correction, correction_id, with_for_update=True)
        if row is None or row.state != CONFIRMED:
            return None
        people = session.execute(_next_people(session, row)).all()
        for person in people:
            outbox.plan(session, services, _message(row, person.person_id, person.channel))
        if len(people) < PIECE:
            row.state, row.reached = PLANNED, ""
            return len(people) or None
        row.reached = people[-1].person_id
        return len(people)


def _next_people(session: Session, row: Correction) -> Select[str | None, str]:
    numbers = {int(number) for number in row.numbers.split(",")}
    return (
        select(ConsultQuestion.person_id, func.max(ConsultQuestion.channel).label("channel"))
        .where(got(session, row.entry_id, numbers, row.since, row.until), ConsultQuestion.person_id > row.reached)
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


JOBS = (Job(PLANNING, plan_confirmed, every_s=10),)
OUTBOX_KINDS = (OutboxKind(KIND, _still_wanted),)
