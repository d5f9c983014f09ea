"""撤回以后: who got the answer, what they are told, and how far that got. No page shows who they are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from bot import jobs
from bot.console.guard import audit, current_staff, page, services_here
from bot.console.roles import may_open
from handlers.consult.answering import answering
from handlers.consult.experts.release import reason_words
from handlers.consult.publishing import corrections, listing
from handlers.consult.publishing.corrections import STILL_ANSWERED, Worded
from handlers.consult.publishing.events import Refused
from handlers.consult.publishing.forms import bounded
from handlers.consult.publishing.live import live
from handlers.consult.publishing.reach import Reach, reach
from handlers.consult.publishing.records import Correction, Withdrawal
from handlers.consult.publishing.telling import PLANNING

if TYPE_CHECKING:
    from bot.services import Services

WRITE, RELEASE = "consult.entries.write", "consult.release"
USUAL_DAYS = 30


def add_to(blueprint: Blueprint) -> None:
    """Mount the pages."""
    blueprint.add_url_rule("/w/<withdrawal_id>", "withdrawal", withdrawal)
    blueprint.add_url_rule("/w/<withdrawal_id>/prepare", "prepare", prepare, methods=["POST"])
    blueprint.add_url_rule("/w/<withdrawal_id>/drop", "drop_correction", drop, methods=["POST"])
    blueprint.add_url_rule("/w/<withdrawal_id>/confirm", "confirm", confirm, methods=["POST"])
    blueprint.add_url_rule("/w/<withdrawal_id>/stop", "stop", stop, methods=["POST"])


@page(WRITE)
def withdrawal(withdrawal_id: str) -> str:
    return _render(withdrawal_id)


@page(WRITE)
def prepare(withdrawal_id: str) -> Response | tuple[str, int]:
    worded = Worded(
        request.form.get("words", ""),
        request.form.get("days", USUAL_DAYS, type=bounded),
        tuple(request.form.getlist("number", type=bounded)),
        request.form.get("over", ""),
    )

    def write(session: Session, services: Services, row: Withdrawal) -> str:
        corrections.prepare(session, services, row, current_staff().id, worded)
        audit(session, "knowledge.word_correction", row.entry_id)
        return "写好了。请另一个人打开这一页确认，确认后才发。"

    return _change(withdrawal_id, write, worded)


@page(WRITE)
def drop(withdrawal_id: str) -> Response | tuple[str, int]:
    def put_away(session: Session, services: Services, row: Withdrawal) -> str:
        asked = _asked(session, row)
        corrections.drop(session, services, asked.id, current_staff().id)
        audit(session, "knowledge.drop_correction", asked.entry_id)
        return "已放弃，没有发给任何人。"

    return _change(withdrawal_id, put_away)


@page(WRITE)
def confirm(withdrawal_id: str) -> Response | tuple[str, int]:
    def send(session: Session, services: Services, row: Withdrawal) -> str:
        me, asked = current_staff(), _asked(session, row)
        releases, question = may_open(me.role, RELEASE), _question(asked)
        corrections.confirm(session, services, asked.id, me.id, question=question, releases=releases)
        audit(session, "knowledge.correct", asked.entry_id)
        return "更正已交出去，正在一个一个地发。发到多少人，下面会显示。"

    answer = _change(withdrawal_id, send)
    jobs.enqueue(services_here(), PLANNING)
    return answer


@page(WRITE)
def stop(withdrawal_id: str) -> Response | tuple[str, int]:
    def end(session: Session, services: Services, row: Withdrawal) -> str:
        asked = _asked(session, row)
        back = corrections.stop(session, services, asked.id, current_staff().id)
        audit(session, "knowledge.stop_correction", asked.entry_id)
        return f"已停发，收回了还没发出的{back}条。已经发出的收不回来。"

    return _change(withdrawal_id, end)


def _change(
    withdrawal_id: str, act: Callable[[Session, Services, Withdrawal], str], worded: Worded | None = None
) -> Response | tuple[str, int]:
    """Do it in one transaction and say so; what was refused leaves the words in the form."""
    services = services_here()
    try:
        with services.database.begin() as session:
            said = act(session, services, _find(session, withdrawal_id))
    except Refused as refused:
        status = 400 if worded is not None and not isinstance(refused, corrections.Overtaken) else 409
        return _render(withdrawal_id, worded=worded, problem=str(refused)), status
    flash(said)
    return redirect(url_for(".withdrawal", withdrawal_id=withdrawal_id) + "#correction")


def _render(withdrawal_id: str, *, worded: Worded | None = None, problem: str = "") -> str:
    with services_here().database.reading() as session:
        row = _find(session, withdrawal_id)
        question = _question(row)
        numbers, wrong = corrections.choices(session, row)
        rows = [(number, [_reach(session, row, number, days) for days in corrections.DAYS]) for number in numbers]
        waits = corrections.prepared(session, row.id)
        to = reach(session, row.entry_id, corrections.numbers_of(waits), waits.since, waits.until) if waits else None
        gone = [(one, corrections.progress(session, one.id)) for one in corrections.sent(session, row.id)]
        names = listing.staff_names(session)
        wrote = corrections.writers(session, waits) if waits else frozenset()
    holds = corrections.holds(question, waits.words) if waits else ()
    return render_template(
        "knowledge/withdrawal.html",
        row=row,
        question=question,
        withdrawn=row.open_for is not None and row.entry_id in live().serving().withdrawn,
        rows=rows,
        wrong=wrong,
        days_shown=next((spans[1].days for number, spans in rows if number == wrong), ()),
        all_days=corrections.DAYS,
        form=worded or _opened(waits, wrong, question, row),
        most=corrections.WORDS_CHARS,
        waits=waits,
        of=corrections.numbers_of,
        mine=current_staff().id in wrote,
        others=[names.get(one, "已离开的人") for one in sorted(wrote - {waits.prepared_by if waits else ""})],
        holds=reason_words(holds),
        may_release=may_open(current_staff().role, RELEASE),
        to=to,
        gone=gone,
        names=names,
        version_words=version_words,
        problem=problem,
    )


def version_words(number: int) -> str:
    """A version in words for staff."""
    return f"第{number}版" if number else "程序里的"


def _opened(waits: Correction | None, wrong: int, question: str, row: Withdrawal) -> Worded:
    """The form as it opens: with what is prepared, else with words to complete."""
    if waits is None:
        return Worded(corrections.suggested(question), USUAL_DAYS, (wrong,))
    return Worded(waits.words, (row.at - waits.since).days, corrections.numbers_of(waits), waits.id)


def _reach(session: Session, row: Withdrawal, number: int, days: int) -> Reach:
    return reach(session, row.entry_id, {number}, row.at - timedelta(days=days), row.at + STILL_ANSWERED)


def _question(row: Withdrawal | Correction) -> str:
    entry = answering().known(row.entry_id)
    return entry.question if entry else row.entry_id


def _asked(session: Session, withdrawal: Withdrawal) -> Correction:
    """The correction that the form names; NotFound for another withdrawal's, whose question is not looked at here."""
    row = session.get(Correction, request.form.get("correction", ""))
    if row is None or row.withdrawal_id != withdrawal.id:
        raise NotFound
    return row


def _find(session: Session, withdrawal_id: str) -> Withdrawal:
    row = session.get(Withdrawal, withdrawal_id)
    if row is None:
        raise NotFound
    return row
