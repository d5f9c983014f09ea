"""What the desk's question page can do besides answering and closing: correct what was sent, give it to an expert."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from bot import outbox
from bot.console.audit import name_actions
from bot.console.guard import audit, current_staff, page, request_id, services_here
from bot.console.roles import may_open
from handlers.consult import replies
from handlers.consult.experts import answers, merging
from handlers.consult.experts.answers import Author, Given, NotTheirs, Unchanged
from handlers.consult.experts.links import is_able
from handlers.consult.experts.owning import assign, end, live
from handlers.consult.experts.records import CHOSEN, HELD, STAFF, WITHDRAWN, Answer, Expert
from handlers.consult.experts.release import reason_words
from handlers.consult.records import WAITING, ConsultQuestion

if TYPE_CHECKING:
    from bot.services import Services

RELEASE = "consult.release"
name_actions({"consult.correct": "更正答复", "consult.hand": "指定专家答"})


def pages(_services: Services) -> Blueprint:
    """The blueprint that the console mounts."""
    blueprint = Blueprint("consult_hand", __name__, url_prefix="/consult")
    blueprint.add_url_rule("/q/<question_id>/correct", "correct", correct, methods=["POST"])
    blueprint.add_url_rule("/q/<question_id>/hand", "hand", hand, methods=["POST"])
    return blueprint


def answer(session: Session, services: Services, question_id: str, words: str) -> Given:
    """Answer from the desk, with the questions that stay ticked as the same. Who may not release waits for who may.

    Raises as ``answers.give`` does.
    """
    author = Author(current_staff().id, STAFF)
    shown, ticked = set(request.form.getlist("shown")), set(request.form.getlist("same"))
    members = {one.id for one in merging.waiting_with(session, services, question_id)} & shown
    merging.set_apart(session, question_id, members - ticked)
    given = answers.give(
        session, services, question_id, sorted(members & ticked), author, words, request_id(), waits=not may_release()
    )
    audit(session, "consult.reply", question_id, detail=_detail(given))
    return given


def may_release() -> bool:
    return may_open(current_staff().role, RELEASE)


@page("consult.queue")
def correct(question_id: str) -> Response:
    """「更正」 to everyone who got the answer."""
    services, words = services_here(), request.form.get("words", "")
    back = redirect(url_for("consult_desk.question", question_id=question_id))
    problem = replies.complaint(words)
    if problem:
        flash(problem, "danger")
        return back
    try:
        with services.database.begin() as session:
            _find(session, question_id)
            version = session.get(Answer, request.form.get("version", ""))
            if version is None or version.id not in {one.id for one in answers.versions(session, question_id)}:
                raise NotFound
            author = Author(current_staff().id, STAFF)
            given = answers.correct(session, services, version.id, author, words, request_id(), waits=not may_release())
            audit(session, "consult.correct", question_id, detail=_detail(given))
    except Unchanged:
        flash("和已经发出的一样，没有再发。", "danger")
    except NotTheirs:
        flash("这条答复是别人写的，由写的人或办公室更正。", "danger")
    except replies.Taken:
        flash("这条答复没有发出过，或者后来又发过别的，不能更正。请刷新再看。", "danger")
    else:
        outbox.wake(services)
        flash(sent_words(given, "更正"))
    return back


@page("consult.queue")
def hand(question_id: str) -> Response:
    """Give a waiting question to an expert of the office's choice."""
    services = services_here()
    back = redirect(url_for("consult_desk.question", question_id=question_id))
    with services.database.begin() as session:
        row = _find(session, question_id, lock=True)
        expert = session.get(Expert, request.form.get("expert", ""))
        owned = live(session, question_id)
        if row.mark:
            raise NotFound
        if expert is None or not is_able(services, expert) or row.queue != WAITING or row.person_id is None:
            flash("没有转：请选一位在聘的专家，问题也要还在等答复。", "danger")
            return back
        if owned is not None and owned.state == HELD:
            flash("已经有答复在等放行，先处理那一条。", "danger")
            return back
        if owned is not None:
            end(services, owned, WITHDRAWN)
            session.flush()
        assign(session, services, row, expert, CHOSEN)
        merging.set_apart(session, merging.lead_of(session, question_id), [question_id])
        audit(session, "consult.hand", question_id, detail={"expert": expert.id})
    flash(f"已转给{expert.name}，他在答题时间会收到卡片。")
    return back


def sent_words(given: Given, what: str = "答复") -> str:
    """What became of an answer, for the officer."""
    if given.holds:
        return f"{what}里{reason_words(given.holds)}，已交办公室放行，放行后才发给对方。"
    return f"{what}已交出去，马上发给对方。" if given.told <= 1 else f"{what}已交出去，马上发给{given.told}个人。"


def _detail(given: Given) -> dict[str, str | int | bool]:
    if given.holds:
        return {"held": ",".join(given.holds)}
    return {"told": given.told} if given.told > 1 else {}


def _find(session: Session, question_id: str, *, lock: bool = False) -> ConsultQuestion:
    row = session.get(ConsultQuestion, question_id, with_for_update=lock)
    if row is None or not row.queue or (row.mark and not may_open(current_staff().role, "consult.marked")):
        raise NotFound
    return row
