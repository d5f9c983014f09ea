"""The first page: what needs me now, then the numbers, then what was done lately."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import structlog
from flask import Blueprint, Response, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.console.guard import current_staff, page, services_here
from bot.console.records import AuditEvent, Staff
from bot.console.roles import may_open

if TYPE_CHECKING:
    from bot.services import Services

log = structlog.get_logger(__name__)

RECENT = 8
Tone = Literal["urgent", "soon", "calm"]
ORDER: dict[str, int] = {"urgent": 0, "soon": 1, "calm": 2}


@dataclass(frozen=True, slots=True)
class HomeItem:
    """One line of the first page, as a feature reports it.

    ``page`` names who sees it (a page of ``roles.PAGES``); ``url`` is where it leads, "" for nowhere. A to-do is shown
    while ``count`` is above 0; ``tone`` says how pressing it is; ``hint`` is a short phrase (最早的已等2小时). With
    ``number`` it is one of the figures below (0 included), and ``unit`` follows it.
    """

    title: str
    count: int
    url: str
    tone: Tone = "soon"
    hint: str = ""
    page: str = "home"
    number: bool = False
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Today:
    """The first page's content for one role."""

    todo: tuple[HomeItem, ...]
    numbers: tuple[HomeItem, ...]
    unread: tuple[str, ...]

    @property
    def waiting(self) -> int:
        return sum(item.count for item in self.todo)

    @property
    def digest(self) -> str:
        return hashlib.sha256(repr((self.todo, self.numbers, self.unread)).encode()).hexdigest()[:16]


def today_for(services: Services, role: str) -> Today:
    """Ask every feature; one that fails is named in ``unread`` and does not take the page down."""
    items: list[HomeItem] = []
    unread: list[str] = []
    for feature in services.features:
        if feature.home is None:
            continue
        try:
            items += [item for item in feature.home(services) if may_open(role, item.page)]
        except Exception:
            log.exception("console.home_failed", feature=feature.name)
            unread.append(feature.title)
    todo = sorted((item for item in items if not item.number and item.count > 0), key=lambda item: ORDER[item.tone])
    numbers = [item for item in items if item.number]
    return Today(tuple(todo), tuple(numbers), tuple(unread))


def recent_events(session: Session, limit: int = RECENT) -> Sequence[tuple[AuditEvent, str]]:
    """The last events, newest first, each with the name of who did it."""
    rows = session.execute(
        select(AuditEvent, Staff.name)
        .outerjoin(Staff, Staff.id == AuditEvent.actor)
        .order_by(AuditEvent.id.desc())
        .limit(limit)
    ).all()
    return [(event, name or "") for event, name in rows]


blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@page("home")
def home() -> str:
    services = services_here()
    role = current_staff().role
    events: Sequence[tuple[AuditEvent, str]] = ()
    if may_open(role, "audit"):
        with services.database.reading() as session:
            events = recent_events(session)
    return render_template("console/home.html", today=today_for(services, role), events=events)


@blueprint.get("/now")
@page("home", quiet=True)
def now() -> Response | str:
    """The part that refreshes by itself; 204 while nothing has changed, so that the page does not flicker."""
    today = today_for(services_here(), current_staff().role)
    if request.args.get("seen") == today.digest:
        return Response(status=204)
    return render_template("console/_now.html", today=today)
