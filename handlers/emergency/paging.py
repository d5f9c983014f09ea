"""Cards to the officers on duty: one for each thing that they do not know yet."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import outbox
from bot.directory.duty import on_duty
from bot.messages import Button, Card
from bot.outbox import Draft
from bot.outbox.records import CANCELLED, FAILED, SKIPPED, OutboxMessage
from bot.services import Services
from handlers.emergency.records import FALSE_ALARM, Incident
from knowledge.emergency import load_wording

log = structlog.get_logger(__name__)

PAGE = "emergency.page"
TASK = "emergency:"
PAGE_LIFE = timedelta(hours=2)
QUIET = timedelta(minutes=2)
"""An equal card within this time is not sent again; what is said meanwhile is counted and kept."""
SHORT_VALUE = 26
"""WeCom shows about so many characters of a card's pair; a longer place stands in the card's text as well."""


class About(Enum):
    """What a card tells; the value is its step in the outbox."""

    HAPPENING = "page"
    MORE = "more"
    OVER = "over"
    AGAIN = "again"


_TITLES = {
    About.HAPPENING: "紧急：",
    About.MORE: "紧急（新情况）：",
    About.OVER: "对方说没事了：",
    About.AGAIN: "紧急（重新打开）：",
}
_TEXTS = {
    About.HAPPENING: "有人报告正在发生。请核实并通知市县，对方已被告知自己打119、120。",
    About.MORE: "报告的人又说了新情况，点开看原话。请核实并通知市县。",
    About.OVER: "报告的人说没事了或发错了，点开看原话。请核实后点“已知悉”或“误报”。",
    About.AGAIN: "这件事重新打开了，请接手。",
}


def page(
    session: Session,
    services: Services,
    incident: Incident,
    about: About,
    *,
    place: str,
    also: str = "",
    times: int = 1,
    request_id: str,
) -> int:
    """Tell everyone on duty as a new version, instead of what has not left yet; the number of officers told.

    ``also`` are further kinds of danger reported, ``times`` the number of reports.
    """
    officers = on_duty(session)
    incident.version += 1
    outbox.cancel(session, services, PAGE, incident.id, "superseded")
    title = "紧急（地点已知）：" if about is About.HAPPENING and incident.place_hash else _TITLES[about]
    pairs = [("地点", place or "还不知道，正在问"), ("报告", f"{max(incident.reports, 1)}人，共{max(times, 1)}次")]
    if also:
        pairs.append(("又报", also))
    long = f"地点：{place}。" if len(place) > SHORT_VALUE else ""
    for officer in officers:
        card = Card(
            title=title + load_wording().name(incident.kind),
            text=long + _TEXTS[about],
            task_id=f"{TASK}{incident.id}:v{incident.version}:{officer.staff_id[-6:]}",
            url=f"{services.settings.base_url}/console/emergency/{incident.id}",
            pairs=tuple(pairs),
            buttons=(Button("known", "已知悉"), Button("false_alarm", "误报", 3)),
        )
        draft = Draft(
            kind=PAGE,
            subject=incident.id,
            step=about.value,
            version=incident.version,
            person_id=officer.person_id,
            channel=officer.channel,
            push=card,
            expires_at=services.clock.now() + PAGE_LIFE,
            request_id=request_id,
            urgent=True,
        )
        outbox.plan(session, services, draft)
    log.warning("emergency.paged", incident=incident.id, kind=incident.kind, about=about.value, officers=len(officers))
    return len(officers)


def told(session: Session, incident: Incident) -> bool:
    """Whether a card about it has left or will; nobody is told that officers know when none could be."""
    lost = (CANCELLED, FAILED, SKIPPED)
    paged = select(OutboxMessage.id).where(
        OutboxMessage.kind == PAGE, OutboxMessage.subject == incident.id, OutboxMessage.state.not_in(lost)
    )
    return session.scalar(paged.limit(1)) is not None


def just_paged(session: Session, incident: Incident, now: datetime, about: About | None = None) -> bool:
    """Whether a card (of this step) was planned for it within the quiet minutes."""
    recent = select(OutboxMessage.id).where(
        OutboxMessage.kind == PAGE, OutboxMessage.subject == incident.id, OutboxMessage.planned_at > now - QUIET
    )
    if about is not None:
        recent = recent.where(OutboxMessage.step == about.value)
    return session.scalar(recent.limit(1)) is not None


def still_wanted(services: Services, subject: str) -> str:
    """A page is not sent for what was found to be a false alarm."""
    with services.database.reading() as session:
        incident = session.get(Incident, subject)
    return "误报" if incident is None or incident.state == FALSE_ALARM else ""
