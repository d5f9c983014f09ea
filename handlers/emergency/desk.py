"""紧急事件: the console page on which duty officers see what is happening now and say who takes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from bot.clock import SHANGHAI
from bot.clock import words as moment_words
from bot.console.audit import name_actions
from bot.console.guard import audit, current_staff, page, services_here
from bot.console.home import HomeItem
from bot.console.records import Staff
from bot.services import Services
from handlers.emergency import incidents
from handlers.emergency.records import FALSE_ALARM, KNOWN, OPEN, STATE_WORDS, Incident, Report
from knowledge.emergency import load_wording

SHOWN = 50
LISTED_FOR = timedelta(days=7)
name_actions({"emergency.known": "认领紧急事件", "emergency.false_alarm": "标为误报"})


@dataclass(frozen=True, slots=True)
class Shown:
    """An incident as officers see it: no person, only what is happening and where."""

    id: str
    kind: str
    state: str
    state_words: str
    place: str
    pin: str
    reports: int
    first_at: datetime
    taken_by: str
    taken_at: datetime | None
    words: tuple[str, ...] = ()


def pages(_services: Services) -> Blueprint:
    """The blueprint that the console mounts."""
    blueprint = Blueprint("emergency_desk", __name__, template_folder="templates", url_prefix="/emergency")
    blueprint.add_url_rule("/", "index", index)
    blueprint.add_url_rule("/list", "rows", rows)
    blueprint.add_url_rule("/<incident_id>", "incident", incident)
    blueprint.add_url_rule("/<incident_id>/take", "take", take, methods=["POST"])
    return blueprint


def home(services: Services) -> list[HomeItem]:
    """Open incidents, first of everything on the home page, and how many there were today."""
    midnight = datetime.combine(services.clock.today(), time(), SHANGHAI).astimezone(UTC)
    with services.database.reading() as session:
        count, latest = session.execute(
            select(func.count(), func.max(Incident.last_at)).where(Incident.state == OPEN)
        ).one()
        today = session.scalar(select(func.count()).where(Incident.first_at >= midnight)) or 0
    hint = f"最近一次 {moment_words(latest)}" if latest else ""
    url = url_for("emergency_desk.index")
    return [
        HomeItem("紧急事件没人接", count, url, "urgent", hint, "emergency.incidents"),
        HomeItem("今天紧急", today, url, page="emergency.incidents", number=True, unit="件"),
    ]


@page("emergency.incidents")
def index() -> str:
    return render_template("emergency/index.html", incidents=_listed())


@page("emergency.incidents", quiet=True)
def rows() -> str:
    """The list alone, for its refresh."""
    return render_template("emergency/_rows.html", incidents=_listed())


@page("emergency.incidents")
def incident(incident_id: str) -> str:
    with services_here().database.reading() as session:
        row = session.get(Incident, incident_id) or _missing()
        return render_template("emergency/incident.html", incident=_shown(session, row, with_words=True))


@page("emergency.incidents")
def take(incident_id: str) -> Response:
    """已知悉 or 误报, by the officer who presses first; a false alarm can be said afterwards too."""
    verdict = request.form.get("verdict", "")
    if verdict not in {KNOWN, FALSE_ALARM}:
        raise NotFound
    services = services_here()
    with services.database.begin() as session:
        row = session.get(Incident, incident_id, with_for_update=True) or _missing()
        if row.state == OPEN or verdict == FALSE_ALARM:
            row.state, row.taken_by, row.taken_at = verdict, current_staff().id, services.clock.now()
            audit(session, f"emergency.{verdict}", incident_id)
            flash("已记下：" + STATE_WORDS[verdict], "success")
        else:
            flash(f"已有人处理：{STATE_WORDS[row.state]}", "danger")
    return redirect(url_for(".incident", incident_id=incident_id))


def _missing() -> Incident:
    raise NotFound


def _listed() -> list[Shown]:
    services = services_here()
    with services.database.reading() as session:
        found = session.scalars(
            select(Incident)
            .where((Incident.state == OPEN) | (Incident.last_at >= services.clock.now() - LISTED_FOR))
            .order_by((Incident.state == OPEN).desc(), Incident.first_at.desc())
            .limit(SHOWN)
        )
        return [_shown(session, row) for row in found]


def _shown(session: Session, row: Incident, *, with_words: bool = False) -> Shown:
    services = services_here()
    content = services.content
    pin = row.latitude_longitude_sealed
    said: tuple[str, ...] = ()
    if with_words:
        reports = session.scalars(select(Report).where(Report.incident_id == row.id).order_by(Report.at))
        said = tuple(content.decrypt(r.words_sealed, "emergency_report", r.id, "words") for r in reports)
    taken_by = session.get(Staff, row.taken_by) if row.taken_by else None
    return Shown(
        id=row.id,
        kind=load_wording().name(row.kind),
        state=row.state,
        state_words=STATE_WORDS[row.state],
        place=incidents.place_of(services, row),
        pin=content.decrypt(pin, incidents.TABLE, row.id, incidents.PIN) if pin else "",
        reports=row.reports,
        first_at=row.first_at,
        taken_by=taken_by.name if taken_by else "",
        taken_at=row.taken_at,
        words=said,
    )
