"""评测: the figures of the development set, of what is served and of a version before it is published."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from bot.console.guard import current_staff, page, services_here
from handlers.consult.publishing import evaluating
from handlers.consult.publishing.records import EntryVersion

READ, WRITE = "consult.entries", "consult.entries.write"


def add_to(blueprint: Blueprint) -> None:
    """Mount the pages."""
    blueprint.add_url_rule("/evaluation", "evaluation", evaluation)
    blueprint.add_url_rule("/evaluation/run", "evaluate", evaluate, methods=["POST"])
    blueprint.add_url_rule("/v/<version_id>/figures", "figures", figures)
    blueprint.add_url_rule("/v/<version_id>/measure", "measure", measure, methods=["POST"])


@page(READ)
def evaluation() -> str:
    today = services_here().clock.today()
    with services_here().database.reading() as session:
        last, run = evaluating.latest(session, ""), evaluating.latest_done(session, "")
        measured = evaluating.compared(session, run, today)
    return render_template("knowledge/evaluation.html", last=last, measured=measured, at=run.done_at if run else None)


@page(WRITE)
def evaluate() -> Response:
    evaluating.ask(services_here(), "", current_staff().id)
    flash("已交给后台去算。")
    return redirect(url_for(".evaluation"))


@page(WRITE, quiet=True)
def figures(version_id: str) -> str:
    """The figures alone, for the page that waits for them."""
    with services_here().database.reading() as session:
        run = evaluating.latest(session, version_id)
        measured = evaluating.compared(session, run, services_here().clock.today())
    return render_template("knowledge/_figures.html", measured=measured, version_id=version_id)


@page(WRITE)
def measure(version_id: str) -> Response:
    with services_here().database.reading() as session:
        if session.get(EntryVersion, version_id) is None:
            raise NotFound
    evaluating.ask(services_here(), version_id, current_staff().id)
    return redirect(url_for(".version", version_id=version_id))
