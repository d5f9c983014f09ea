"""撤回以后: who got the answer, what they are told, and how far that got. No page shows who they are."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from bot import jobs
from bot.console.guard import audit, current_staff, page, services_here
from handlers.consult.answering import answering
from handlers.consult.publishing import corrections, listing
from handlers.consult.publishing.events import Refused
from handlers.consult.publishing.live import live
from handlers.consult.publishing.records import PREPARED, Withdrawal

WRITE = "consult.entries.write"
USUAL_DAYS = 30


def add_to(blueprint: Blueprint) -> None:
    """Mount the pages."""
    blueprint.add_url_rule("/w/<withdrawal_id>", "withdrawal", withdrawal)
    blueprint.add_url_rule("/w/<withdrawal_id>/prepare", "prepare", prepare, methods=["POST"])
    blueprint.add_url_rule("/w/<withdrawal_id>/confirm", "confirm", confirm, methods=["POST"])
    blueprint.add_url_rule("/w/<withdrawal_id>/stop", "stop", stop, methods=["POST"])


@page(WRITE)
def withdrawal(withdrawal_id: str) -> str:
    return _render(withdrawal_id)


@page(WRITE)
def prepare(withdrawal_id: str) -> Response | tuple[str, int]:
    services, words = services_here(), request.form.get("words", "")
    days = request.form.get("days", USUAL_DAYS, type=int)
    try:
        with services.database.begin() as session:
            row = _find(session, withdrawal_id)
            corrections.prepare(session, services, row, current_staff().id, words, days)
    except Refused as refused:
        return _render(withdrawal_id, words=words, problem=str(refused)), 400
    return redirect(url_for(".withdrawal", withdrawal_id=withdrawal_id) + "#check")


@page(WRITE)
def confirm(withdrawal_id: str) -> Response | tuple[str, int]:
    services = services_here()
    try:
        with services.database.begin() as session:
            row = _find(session, withdrawal_id)
            sent = corrections.confirm(session, services, request.form.get("correction", ""), current_staff().id)
            audit(session, "knowledge.correct", row.entry_id)
    except Refused as refused:
        return _render(withdrawal_id, problem=str(refused)), 409
    jobs.enqueue(services, corrections.PLANNING)
    flash("更正已交出去，正在一个一个地发。发到多少人，下面会显示。")
    return redirect(url_for(".withdrawal", withdrawal_id=sent.withdrawal_id))


@page(WRITE)
def stop(withdrawal_id: str) -> Response | tuple[str, int]:
    services = services_here()
    try:
        with services.database.begin() as session:
            row = _find(session, withdrawal_id)
            back = corrections.stop(session, services, request.form.get("correction", ""), current_staff().id)
            audit(session, "knowledge.stop_correction", row.entry_id)
    except Refused as refused:
        return _render(withdrawal_id, problem=str(refused)), 409
    flash(f"已停发，收回了还没发出的{back}条。已经发出的收不回来。")
    return redirect(url_for(".withdrawal", withdrawal_id=withdrawal_id))


def _render(withdrawal_id: str, *, words: str = "", problem: str = "") -> str:
    with services_here().database.reading() as session:
        row = _find(session, withdrawal_id)
        entry = answering().known(row.entry_id)
        question = entry.question if entry else row.entry_id
        reaches = [(days, _reach(session, row, days)) for days in corrections.DAYS]
        made = corrections.of_withdrawal(session, withdrawal_id)
        prepared = made[0] if made and made[0].state == PREPARED else None
        to = corrections.reach(session, row.entry_id, prepared.since, prepared.until) if prepared else None
        gone = [(one, corrections.progress(session, one.id)) for one in made if one.state != PREPARED]
        names = listing.staff_names(session)
    return render_template(
        "knowledge/withdrawal.html",
        row=row,
        question=question,
        withdrawn=row.open_for is not None and row.entry_id in live().serving().withdrawn,
        reaches=reaches,
        usual=USUAL_DAYS,
        words=words or (prepared.words if prepared else corrections.suggested(question)),
        most=corrections.WORDS_CHARS,
        prepared=prepared,
        to=to,
        gone=gone,
        names=names,
        problem=problem,
    )


def _reach(session: Session, row: Withdrawal, days: int) -> corrections.Reach:
    return corrections.reach(session, row.entry_id, row.at - timedelta(days=days), row.at + timedelta(minutes=1))


def _find(session: Session, withdrawal_id: str) -> Withdrawal:
    row = session.get(Withdrawal, withdrawal_id)
    if row is None:
        raise NotFound
    return row
