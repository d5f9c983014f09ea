"""Feature switches: who is on duty sees them, the administrator turns them, after reading what people will see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from bot import switches
from bot.console.audit import COMMAND, name_actions
from bot.console.guard import audit, current_staff, page, services_here
from bot.console.records import Staff
from bot.dispatch import NOBODY
from bot.features import Feature

READ, CHANGE = "switches", "switches.change"
name_actions({f"switch.{state}": f"开关：{words}" for state, words in switches.STATES.items()})
blueprint = Blueprint("switches", __name__, url_prefix="/switches")


@dataclass(frozen=True, slots=True)
class Row:
    """A feature's switch as the page shows it; ``by`` and ``at`` are of its last change, "" and None for none."""

    feature: Feature
    state: str
    by: str = ""
    at: datetime | None = None


@blueprint.get("/")
@page(READ)
def index() -> str:
    with services_here().database.reading() as session:
        rows = [_row(session, feature) for feature in services_here().features if feature.can_switch_off]
        admins = session.scalars(select(Staff.name).where(Staff.role == "admin", Staff.active).order_by(Staff.name))
        names = list(admins)
    return render_template(
        "console/switches.html", rows=rows, states=switches.STATES, words=switches.words, heard=heard, admins=names
    )


@blueprint.post("/<name>")
@page(CHANGE)
def change(name: str) -> Response | str:
    """Turn a switch. What takes something away from people is shown first, and done when that was read."""
    services, state = services_here(), request.form.get("state", "")
    known = {feature.name: feature for feature in services.features if feature.can_switch_off}
    if name not in known or state not in switches.STATES:
        raise NotFound
    feature = known[name]
    if state != switches.ON and not request.form.get("sure"):
        with services.database.reading() as session:
            row = _row(session, feature)
        return render_template(
            "console/switch_sure.html", row=row, state=state, words=switches.words, heard=heard(feature, state)
        )
    with services.database.begin() as session:
        switches.change(session, name, state, current_staff().id, services.clock.now())
        audit(session, f"switch.{state}", name)
    flash(f"「{feature.title}」已改为：{switches.words(feature, state)}。2秒内各处生效。", "success")
    return redirect(url_for(".index"))


def heard(feature: Feature, state: str) -> str:
    """What people hear of a feature in a state, as staff read it."""
    if state == switches.OFF:
        return f"没有别的功能接得住时，对方看到：“{NOBODY.text}”说的话没有人看。"
    if state == switches.LIMITED and feature.limited is not None:
        return f"什么都不自动回答，只告诉电话：{switches.numbers()}。说的话照样转给人看，有答复再发给对方。"
    if state == switches.LIMITED:
        return f"对方看到：“{switches.closed_words(feature)}”说的话没有人看。"
    return "照常回答。"


def _row(session: Session, feature: Feature) -> Row:
    kept = session.get(switches.FeatureSwitch, feature.name)
    if kept is None:
        return Row(feature, switches.ON)
    name = session.scalar(select(Staff.name).where(Staff.id == kept.changed_by)) or ""
    return Row(feature, kept.state, "命令行" if kept.changed_by == COMMAND else name, kept.changed_at)
