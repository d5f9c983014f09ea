"""待放行: what experts wrote about firms, causes, penalties and compensation, read by the office before it goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from bot import outbox
from bot.console.audit import name_actions
from bot.console.guard import audit, current_staff, page, request_id, services_here
from bot.console.home import HomeItem
from handlers.consult import replies
from handlers.consult.asked import open_question
from handlers.consult.experts import answers, beside, merging
from handlers.consult.experts.records import HELD, Answer, AnswerFor
from handlers.consult.experts.release import REASON_WORDS, reason_words
from handlers.consult.records import ConsultQuestion

if TYPE_CHECKING:
    from bot.services import Services

PAGE = "consult.release"
NOTE_CHARS = 200
SHOWN = 100
name_actions({"consult.released": "放行专家意见", "consult.returned": "退回专家意见"})


@dataclass(frozen=True, slots=True)
class Held:
    """An answer that waits, with its question."""

    id: str
    question_id: str
    asked: str
    text: str
    by: str
    at: datetime
    holds: str
    people: int
    correction: bool


def pages(_services: Services) -> Blueprint:
    """The blueprint that the console mounts."""
    blueprint = Blueprint("release_desk", __name__, template_folder="../templates", url_prefix="/release")
    blueprint.add_url_rule("/", "index", index)
    blueprint.add_url_rule("/<answer_id>", "one", one)
    blueprint.add_url_rule("/<answer_id>", "decide", decide, methods=["POST"])
    return blueprint


NOTE_BESIDE = "您写了退回的理由。要退回请点“退回”；要放行，先把理由清掉。没有发出。"
"""Enter in the field for the reason would press the first button."""


def home(services: Services) -> list[HomeItem]:
    """Answers that wait for release, and questions that are past their time."""
    now = services.clock.now()
    with services.database.reading() as session:
        held = session.scalar(select(func.count()).where(Answer.state == HELD)) or 0
        late, _first = beside.overdue(session, now)
    return [
        HomeItem("专家意见等放行", held, url_for("release_desk.index"), "soon", "放行了才发给对方", PAGE),
        HomeItem("到时间还没答的咨询", late, url_for("consult_desk.queue"), "urgent", "", "consult.queue"),
    ]


@page(PAGE)
def index() -> str:
    with services_here().database.reading() as session:
        found = session.scalars(select(Answer).where(Answer.state == HELD).order_by(Answer.created_at).limit(SHOWN))
        return render_template("consult/release.html", held=[_held(session, row) for row in found])


@page(PAGE)
def one(answer_id: str) -> str:
    with services_here().database.reading() as session:
        return _render(session, answer_id)


@page(PAGE)
def decide(answer_id: str) -> Response | str | tuple[str, int]:
    """放行, 改了再放行, 退回."""
    services, words, note = services_here(), request.form.get("words", ""), request.form.get("note", "").strip()
    returns = request.form.get("do") == "return"
    problem = _complaint(note) if returns else NOTE_BESIDE if note else replies.complaint(words)
    status = 400
    if not problem:
        try:
            with services.database.begin() as session:
                if returns:
                    row = answers.send_back(session, services, answer_id, current_staff().id, note)
                    audit(session, "consult.returned", row.question_id)
                    said = "已退回，理由马上告诉专家。"
                else:
                    said = _release(session, services, answer_id, words)
        except replies.Taken:
            problem, status = "这一条刚刚已经有人处理了，或者问题已经由别人答复。您的没有发出。", 409
        else:
            outbox.wake(services)
            flash(said)
            return redirect(url_for(".index"))
    with services.database.reading() as session:
        return _render(session, answer_id, problem=problem, words=words, note=note), status


def _release(session: Session, services: Services, answer_id: str, words: str) -> str:
    row = session.get(Answer, answer_id)
    if row is None:
        raise NotFound
    edited = replies.masked(words)[0] != answers.text_of(services, row)
    same = None
    if not row.correction:
        shown, ticked = set(request.form.getlist("shown")), set(request.form.getlist("same"))
        members = {one.id for one in merging.waiting_with(session, services, row.question_id)} & shown
        merging.set_apart(session, row.question_id, members - ticked)
        same = sorted(members & ticked)
    told = answers.approve(session, services, answer_id, current_staff().id, words, same, request_id())
    audit(session, "consult.released", row.question_id, detail={"told": told, "edited": edited})
    return f"已放行，马上发给{told}个人。"


def _complaint(note: str) -> str:
    if not note:
        return "请写一句退回的理由，专家会看到。"
    return f"理由最多{NOTE_CHARS}字。" if len(note) > NOTE_CHARS else ""


def _render(session: Session, answer_id: str, *, problem: str = "", words: str = "", note: str = "") -> str:
    services = services_here()
    row = session.get(Answer, answer_id)
    if row is None:
        raise NotFound
    still = row.state == HELD
    return render_template(
        "consult/release_one.html",
        held=_held(session, row),
        still=still,
        words=words or answers.text_of(services, row),
        note=note,
        problem=problem or ("" if still else "这一条已经处理过了。"),
        same=merging.waiting_with(session, services, row.question_id) if not row.correction else [],
        others=merging.others(session, row.question_id),
        ticked=request.form.getlist("same") if request.method == "POST" else None,
        versions=beside.beside(session, services, session.get_one(ConsultQuestion, row.question_id)).versions,
        most=replies.REPLY_CHARS,
        reasons=REASON_WORDS,
    )


def _held(session: Session, row: Answer) -> Held:
    services = services_here()
    question = session.get_one(ConsultQuestion, row.question_id)
    people = session.scalar(select(func.count()).where(AnswerFor.answer_id == row.id)) or 0
    return Held(
        id=row.id,
        question_id=row.question_id,
        asked=open_question(services.content, question).text or "（这条打不开，请告诉系统管理员）",
        text=answers.text_of(services, row),
        by=beside.author_name(session, row.author),
        at=row.created_at,
        holds=reason_words(row.holds.split(",")),
        people=people,
        correction=row.correction,
    )
