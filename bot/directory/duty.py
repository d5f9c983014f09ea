"""Who is on duty. Until the duty roster (值班表) is kept here, that is every active duty officer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.console.records import Staff
from bot.directory.records import Person
from bot.messages import ChannelName

DUTY_ROLE = "duty"


@dataclass(frozen=True, slots=True)
class OnDuty:
    """A duty officer who can be reached, and on which channel."""

    staff_id: str
    person_id: str
    channel: ChannelName


def on_duty(session: Session) -> list[OnDuty]:
    """Duty officers with a channel to reach them on."""
    rows = session.execute(
        select(Staff.id, Person.id, Person.channel)
        .join(Person, Person.id == Staff.person_id)
        .where(Staff.role == DUTY_ROLE, Staff.active)
        .order_by(Staff.id)
    )
    return [OnDuty(staff_id, person_id, cast(ChannelName, channel)) for staff_id, person_id, channel in rows]


def duty_officer(session: Session, person_id: str) -> Staff | None:
    """The active duty officer who writes as this person."""
    return session.scalar(select(Staff).where(Staff.person_id == person_id, Staff.active, Staff.role == DUTY_ROLE))
