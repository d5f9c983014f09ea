"""Feature switches: the administrator's page, audited."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from bot import switches
from bot.console.audit import name_actions
from bot.console.guard import audit, current_staff, page, services_here

name_actions({f"switch.{state}": f"开关：{words}" for state, words in switches.STATES.items()})
blueprint = Blueprint("switches", __name__, url_prefix="/switches")


@blueprint.get("/")
@page("switches")
def index() -> str:
    services = services_here()
    with services.database.reading() as session:
        states = {row.name: row.state for row in session.scalars(select(switches.FeatureSwitch))}
    rows = [(f, states.get(f.name, switches.ON)) for f in services.features if f.can_switch_off]
    return render_template("console/switches.html", rows=rows, states=switches.STATES, words=switches.words)


@blueprint.post("/<name>")
@page("switches")
def change(name: str) -> Response:
    services, state = services_here(), request.form.get("state", "")
    known = {feature.name: feature for feature in services.features if feature.can_switch_off}
    if name not in known or state not in switches.STATES:
        raise NotFound
    with services.database.begin() as session:
        switches.change(session, name, state, current_staff().id, services.clock.now())
        audit(session, f"switch.{state}", name)
    flash(f"「{known[name].title}」已改为：{switches.words(known[name], state)}。2秒内各处生效。", "success")
    return redirect(url_for(".index"))
