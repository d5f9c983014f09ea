"""紧急事件: the console page on which duty officers see what is happening now and say who takes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from bot import outbox
from bot.clock import SHANGHAI
from bot.clock import words as moment_words
from bot.console.audit import name_actions
from bot.console.guard import audit, current_staff, page, services_here
from bot.console.home import HomeItem
from bot.console.records import Staff
from bot.masking import mask
from bot.services import Services
from handlers.emergency import incidents, paging
from handlers.emergency.records import (
    FALSE_ALARM,
    KNOWN,
    OPEN,
    OVER,
    PHOTO,
    STATE_WORDS,
    Incident,
    Report,
    Step,
)
from knowledge.emergency import load_wording

PER_PAGE = 50
LISTED_FOR = timedelta(days=7)
FIRST_CHARS = 40
PHOTO_WORDS = "［发来一张照片］"
MAP = "https://apis.map.qq.com/uri/v1/marker?marker=coord:{pin};title:{title}&referer=anquanshao"
DECISIONS = {KNOWN: "已知悉", FALSE_ALARM: "误报", OPEN: "重新打开"}
name_actions(
    {
        "emergency.known": "认领紧急事件",
        "emergency.false_alarm": "标为误报",
        "emergency.open": "重新打开紧急事件",
    }
)


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of an incident's history, in the order of time: what the reporter said or an officer decided."""

    at: datetime
    words: str
    by: str = ""
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """An incident as officers see it: no person, only what is happening and where."""

    id: str
    kind: str
    also: str
    state: str
    state_words: str
    place: str
    pin: str
    map_url: str
    reports: int
    first_at: datetime
    waited: str
    taken_by: str
    taken_at: datetime | None
    first_words: str
    said_over: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of incidents and where it stands among all."""

    incidents: tuple[Shown, ...]
    total: int
    number: int
    last: int


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
    return render_template("emergency/index.html", listing=_listed())


@page("emergency.incidents", quiet=True)
def rows() -> str:
    """The list alone, for its refresh."""
    return render_template("emergency/_rows.html", listing=_listed())


@page("emergency.incidents")
def incident(incident_id: str) -> str:
    with services_here().database.reading() as session:
        row = session.get(Incident, incident_id) or _missing()
        return render_template(
            "emergency/incident.html",
            incident=_shown(session, row),
            lines=_lines(session, row),
            told=paging.told(session, row),
            confirm=request.args.get("confirm", ""),
        )


@page("emergency.incidents")
def take(incident_id: str) -> Response:
    """已知悉, 误报 or 重新打开. It is refused when a colleague decided meanwhile, and asked back when it would overrule
    one; the history keeps both names."""
    verdict, seen = request.form.get("verdict", ""), request.form.get("seen", "")
    if verdict not in DECISIONS:
        raise NotFound
    services, me = services_here(), current_staff().id
    back = url_for(".incident", incident_id=incident_id)
    with services.database.begin() as session:
        row = incidents.known(session, incident_id) or _missing()
        holder = _name(session, row.taken_by or "")
        if (seen and seen != row.state) or verdict == row.state:
            flash(f"已有人处理：{holder}{STATE_WORDS[row.state]}。您的没有记，看清楚再点。", "danger")
        elif (row.state, verdict) == (FALSE_ALARM, KNOWN):
            flash("这件已标为误报，要接手请先点“重新打开”。", "danger")
        elif row.taken_by not in {None, me} and request.form.get("sure") != "yes":
            return redirect(url_for(".incident", incident_id=incident_id, confirm=verdict))
        else:
            incidents.decide(session, services, row, verdict, me)
            audit(session, f"emergency.{verdict}", incident_id)
            flash("已记下：" + DECISIONS[verdict], "success")
    if verdict == OPEN:
        outbox.wake(services)
    return redirect(back)


def _missing() -> Incident:
    raise NotFound


def _name(session: Session, staff_id: str) -> str:
    staff = session.get(Staff, staff_id) if staff_id else None
    return staff.name if staff else ""


def _listed() -> Listing:
    """What nobody took first, the longest waiting at the top; then the rest, the newest first."""
    services = services_here()
    wanted = (Incident.state == OPEN) | (Incident.last_at >= services.clock.now() - LISTED_FOR)
    waiting: ColumnElement[datetime] = case((Incident.state == OPEN, Incident.first_at))
    with services.database.reading() as session:
        total = session.scalar(select(func.count()).select_from(Incident).where(wanted)) or 0
        last = max(1, -(-total // PER_PAGE))
        asked = request.args.get("page", "1")
        number = min(int(asked), last) if asked.isascii() and asked.isdigit() and int(asked) else 1
        found = session.scalars(
            select(Incident)
            .where(wanted)
            .order_by((Incident.state == OPEN).desc(), waiting, Incident.first_at.desc(), Incident.id)
            .offset((number - 1) * PER_PAGE)
            .limit(PER_PAGE)
        )
        return Listing(tuple(_shown(session, row) for row in found), total, number, last)


def _reports(session: Session, row: Incident) -> list[Report]:
    return list(session.scalars(select(Report).where(Report.incident_id == row.id).order_by(Report.at, Report.id)))


def _words(report: Report) -> str:
    if report.what == PHOTO:
        return PHOTO_WORDS
    sealed = services_here().content.decrypt(
        report.words_sealed, incidents.REPORT_TABLE, report.id, incidents.WORDS_COLUMN
    )
    return mask(sealed)[0]


def _lines(session: Session, row: Incident) -> list[Line]:
    """What was said and decided, in the order of time; people are told apart by numbers that mean nothing elsewhere."""
    people: dict[str, int] = {}
    lines: list[Line] = []
    for report in _reports(session, row):
        number = people.setdefault(report.person_id, len(people) + 1)
        lines.append(Line(report.at, _words(report), f"报告人{number}"))
    for step in session.scalars(select(Step).where(Step.incident_id == row.id)):
        words = "重新打开" if step.state == OPEN else STATE_WORDS[step.state]
        by = _name(session, step.staff_id) or "对方又报告，系统"
        lines.append(Line(step.at, words, by, quiet=True))
    return sorted(lines, key=lambda line: line.at)


def _shown(session: Session, row: Incident) -> Shown:
    services, wording = services_here(), load_wording()
    sealed = row.latitude_longitude_sealed
    pin = services.content.decrypt(sealed, incidents.TABLE, row.id, incidents.PIN_COLUMN) if sealed else ""
    reports = _reports(session, row)
    kinds = dict.fromkeys(report.kind for report in reports if report.kind not in {"", row.kind, incidents.VAGUE_KIND})
    return Shown(
        id=row.id,
        kind=wording.name(row.kind),
        also="、".join(wording.name(kind) for kind in kinds),
        state=row.state,
        state_words=STATE_WORDS[row.state],
        place=incidents.place_of(services, row),
        pin=pin,
        map_url=MAP.format(pin=pin, title="报告的位置") if pin else "",
        reports=row.reports,
        first_at=row.first_at,
        waited=_waited(services.clock.now() - row.first_at) if row.state == OPEN else "",
        taken_by=_name(session, row.taken_by or ""),
        taken_at=row.taken_at,
        first_words=_words(reports[0])[:FIRST_CHARS] if reports else "",
        said_over=bool(reports) and reports[-1].what == OVER,
    )


def _waited(time_: timedelta) -> str:
    minutes = int(time_.total_seconds() // 60)
    if minutes < 1:
        return "刚报的"
    if minutes < 60:
        return f"已等{minutes}分钟"
    return f"已等{minutes // 60}小时" if minutes < 24 * 60 else f"已等{minutes // 1440}天"
