"""Incidents: reports of one place within half an hour are one, with one page to the duty officers and a count."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import outbox
from bot.directory.duty import on_duty
from bot.ids import new_id
from bot.messages import Button, Card, Inbound
from bot.outbox import Draft
from bot.outbox.records import OutboxMessage
from bot.retention import delete_old
from bot.services import Services
from handlers.emergency.records import FALSE_ALARM, OPEN, Incident, Report
from knowledge.emergency import load_wording
from knowledge.text import normalise

log = structlog.get_logger(__name__)

ONE_INCIDENT = timedelta(minutes=30)
PAGE_LIFE = timedelta(hours=2)
PAGE = "emergency.page"
TASK = "emergency:"
TABLE, PLACE, PIN = "emergency_incident", "place", "pin"


def report(
    session: Session, services: Services, message: Inbound, *, person_id: str, kind: str, place: str, request_id: str
) -> Incident:
    """Note a report of something happening now: a new incident with a page to the duty officers, or one more report
    of a known one. The row is locked for the rest of the transaction."""
    now = services.clock.now()
    incident = _own(session, person_id, now) or (_at(session, services, place, now) if place else None)
    fresh = incident is None
    if incident is None:
        incident = Incident(
            id=new_id(),
            kind=kind,
            state=OPEN,
            place_sealed=None,
            latitude_longitude_sealed=None,
            reports=0,
            version=1,
            place_hash="",
            first_at=now,
            last_at=now,
        )
        session.add(incident)
        session.flush()
    incident.last_at = now
    _add_report(session, services, incident, message, person_id, now)
    placed = bool(place) and set_place(session, services, incident, place)
    if fresh or placed:
        page(session, services, incident, request_id)
    return incident


def set_place(session: Session, services: Services, incident: Incident, place: str) -> bool:
    """Note where it is; true when that is news."""
    hash_ = _hash(services, place)
    if incident.place_hash == hash_:
        return False
    if incident.place_hash:
        place = f"{place_of(services, incident)}；{place}"
    incident.place_sealed = services.content.encrypt(place[:200], TABLE, incident.id, PLACE)
    if not incident.place_hash:
        incident.place_hash = hash_
    incident.version += 1
    return True


def set_pin(services: Services, incident: Incident, latitude: float, longitude: float) -> None:
    pin = f"{latitude:.6f},{longitude:.6f}"
    incident.latitude_longitude_sealed = services.content.encrypt(pin, TABLE, incident.id, PIN)


def place_of(services: Services, incident: Incident) -> str:
    """What was said of the place, "" when nothing was."""
    if not incident.place_sealed:
        return ""
    return services.content.decrypt(incident.place_sealed, TABLE, incident.id, PLACE)


def page(session: Session, services: Services, incident: Incident, request_id: str) -> int:
    """Tell everyone on duty; the number of officers told. A known place is told again."""
    officers = on_duty(session)
    place = place_of(services, incident)
    name = load_wording().name(incident.kind)
    outbox.cancel(session, services, PAGE, incident.id, "superseded")
    for officer in officers:
        card = Card(
            title=f"紧急：{name}" if not place else f"紧急（地点已知）：{name}",
            text="有人报告正在发生。请核实并通知市县，对方已被告知自己打119、120。",
            task_id=f"{TASK}{incident.id}:v{incident.version}:{officer.staff_id[-6:]}",
            url=f"{services.settings.base_url}/console/emergency/{incident.id}",
            pairs=(("地点", place[:60] or "还不知道，正在问"), ("报告", f"{max(incident.reports, 1)}人")),
            buttons=(Button("known", "已知悉"), Button("false_alarm", "误报", 3)),
        )
        draft = Draft(
            kind=PAGE,
            subject=incident.id,
            step="page",
            version=incident.version,
            person_id=officer.person_id,
            channel=officer.channel,
            push=card,
            expires_at=services.clock.now() + PAGE_LIFE,
            request_id=request_id,
        )
        outbox.plan(session, services, draft)
    log.warning("emergency.paged", incident=incident.id, kind=incident.kind, officers=len(officers))
    return len(officers)


def told(session: Session, incident: Incident) -> bool:
    """Whether an officer is paged for it; nobody is told that officers know when none could be."""
    paged = select(OutboxMessage.id).where(OutboxMessage.kind == PAGE, OutboxMessage.subject == incident.id)
    return session.scalar(paged.limit(1)) is not None


def still_wanted(services: Services, subject: str) -> str:
    """A page is not sent for what was found to be a false alarm."""
    with services.database.reading() as session:
        incident = session.get(Incident, subject)
    return "误报" if incident is None or incident.state == FALSE_ALARM else ""


def current(session: Session, person_id: str, now: datetime) -> Incident | None:
    """The incident this person reported within the half hour."""
    return _own(session, person_id, now)


def forget_reports(services: Services) -> int:
    """Delete what reporters wrote after its time, and incidents after a longer one."""
    gone = delete_old(services, Report, Report.at, "emergency_report")
    return gone + delete_old(services, Incident, Incident.last_at, "emergency_incident")


def _own(session: Session, person_id: str, now: datetime) -> Incident | None:
    return session.scalar(
        select(Incident)
        .join(Report, Report.incident_id == Incident.id)
        .where(Report.person_id == person_id, Report.at >= now - ONE_INCIDENT, Incident.state != FALSE_ALARM)
        .order_by(Incident.first_at.desc())
        .limit(1)
        .with_for_update()
    )


def _at(session: Session, services: Services, place: str, now: datetime) -> Incident | None:
    return session.scalar(
        select(Incident)
        .where(
            Incident.place_hash == _hash(services, place),
            Incident.last_at >= now - ONE_INCIDENT,
            Incident.state != FALSE_ALARM,
        )
        .order_by(Incident.first_at.desc())
        .limit(1)
        .with_for_update()
    )


def _add_report(
    session: Session, services: Services, incident: Incident, message: Inbound, person_id: str, now: datetime
) -> None:
    known = session.scalar(
        select(Report).where(Report.incident_id == incident.id, Report.person_id == person_id).limit(1)
    )
    if known is not None:
        return
    report_id = new_id()
    words = services.content.encrypt(message.text[:500], "emergency_report", report_id, "words")
    session.add(Report(id=report_id, incident_id=incident.id, person_id=person_id, at=now, words_sealed=words))
    incident.reports += 1


def _hash(services: Services, place: str) -> str:
    return services.hasher.hash("place", normalise(place))
