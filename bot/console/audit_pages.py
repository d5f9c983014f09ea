"""审计日志: who did what, for the auditor and the administrator."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template, request
from sqlalchemy import ColumnElement, func, or_, select

from bot.console import audit as chain
from bot.console.guard import page, services_here
from bot.console.records import AuditEvent, Staff

PER_PAGE = 50
MOST_PAGES = 100_000
blueprint = Blueprint("audit", __name__, url_prefix="/audit")


@dataclass(frozen=True, slots=True)
class Filter:
    """What the page is narrowed down to; empty means everything."""

    action: str = ""
    who: str = ""

    def conditions(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.action:
            found.append(AuditEvent.action == self.action)
        if self.who:
            found.append(or_(AuditEvent.actor == self.who, AuditEvent.subject == self.who))
        return found


@blueprint.get("/")
@page("audit")
def index() -> str:
    narrowed = Filter(request.args.get("action", "")[:40], request.args.get("who", "")[:80])
    number = min(max(1, request.args.get("page", 1, type=int)), MOST_PAGES)
    with services_here().database.reading() as session:
        where = narrowed.conditions()
        total = session.scalar(select(func.count()).select_from(AuditEvent).where(*where)) or 0
        events = session.scalars(
            select(AuditEvent)
            .where(*where)
            .order_by(AuditEvent.id.desc())
            .limit(PER_PAGE)
            .offset((number - 1) * PER_PAGE)
        ).all()
        staff = session.scalars(select(Staff).order_by(Staff.username)).all()
        others = chain.other_actors(session)
    return render_template(
        "console/audit.html",
        events=events,
        names={**others, **{row.id: row.name for row in staff}},
        others=sorted(others.items(), key=lambda pair: pair[1]),
        staff=staff,
        actions=chain.known_actions(),
        narrowed=narrowed,
        page_number=number,
        pages=max(1, -(-total // PER_PAGE)),
        total=total,
    )


@blueprint.get("/verify")
@page("audit")
def verify() -> str:
    """Check the whole chain now; shown as a piece of the page."""
    with services_here().database.reading() as session:
        report = chain.verify_chain(session)
    return render_template("console/_chain.html", report=report)
