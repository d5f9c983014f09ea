"""The expert's own page on the phone: what waits, what was answered, and one question with its form.

A page is opened by a link from chat and the cookie of the expert's phone, see ``links``. No name, no question and no
words of anybody stand in an address. Marked questions are not found here, whoever asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from flask import Blueprint, current_app, make_response, redirect, render_template, request, url_for
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.wrappers import Response

from bot import switches
from bot.console.audit import append as write_audit
from bot.console.audit import name_actions
from bot.ids import new_id
from handlers.consult.experts import acting
from handlers.consult.experts.links import (
    Closed,
    form_is_ours,
    form_token,
    is_phone_of,
    new_secret,
    open_link,
    take_phone,
)
from handlers.consult.experts.records import ANSWERED, HELD, OPEN, Assignment, Expert
from handlers.consult.experts.rules import SWITCH, rules
from handlers.consult.experts.showing import listed, shown
from handlers.consult.records import ConsultQuestion

if TYPE_CHECKING:
    from bot.services import Services

log = structlog.get_logger(__name__)

COOKIE = "expert_phone"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
STATUS = {
    Closed.UNKNOWN: 404,
    Closed.EXPIRED: 410,
    Closed.SUSPENDED: 403,
    Closed.OTHER_PHONE: 403,
    Closed.OFF: 503,
}
name_actions(
    {
        "consult.expert_phone": "专家的手机打开了链接",
        "consult.expert_reply": "专家答复",
        "consult.expert_correct": "专家更正答复",
        "consult.expert_pass": "专家转给别人",
        "consult.expert_decline": "专家说不归他答",
    }
)


@dataclass(frozen=True, slots=True)
class Visit:
    """A request to an expert's page: its link, the phone's cookie, and whose page it is."""

    token: str
    cookie: str
    expert: Expert


class Shut(Exception):
    """The link does not open here; ``closed`` says why. ``saved``: what was written waits for the next link."""

    def __init__(self, closed: Closed, *, saved: bool = False) -> None:
        super().__init__(closed.value)
        self.closed, self.saved = closed, saved


def pages(services: Services) -> Blueprint:
    """``/h5/expert/<token>`` and what is below it."""
    blueprint = Blueprint("consult_expert", __name__, template_folder="../templates", url_prefix="/h5/expert")
    blueprint.add_url_rule("/<token>", "mine", mine)
    blueprint.add_url_rule("/<token>/open", "first", first, methods=["POST"])
    blueprint.add_url_rule("/<token>/q/<assignment_id>", "question", question)
    blueprint.add_url_rule("/<token>/q/<assignment_id>", "answer", answer, methods=["POST"])
    blueprint.register_error_handler(Shut, _shut)
    blueprint.register_error_handler(NotFound, _missing)
    blueprint.register_error_handler(SQLAlchemyError, _lost)
    blueprint.register_error_handler(TimeoutError, _lost)
    blueprint.after_request(_add_headers)
    return blueprint


def mine(token: str) -> Response | str:
    """What waits for the expert and what they answered; one that waits alone is opened at once."""
    _refuse_when_off()
    with _services().database.reading() as session:
        visit = _visit(session, token)
        rows = listed(session, _services(), visit.expert)
    waiting = [row for row in rows if row.state == OPEN]
    if len(waiting) == 1 and "all" not in request.args:
        return redirect(url_for(".question", token=token, assignment_id=waiting[0].id))
    done = [row for row in rows if row.state in {HELD, ANSWERED}]
    return render_template("consult/expert/mine.html", token=token, waiting=waiting, done=done)


def first(token: str) -> Response:
    """This phone becomes the expert's. By a form, not by opening: who previews links must not become an expert."""
    _refuse_when_off()
    services, cookie = _services(), request.cookies.get(COOKIE, "")
    with services.database.begin() as session:
        opened = open_link(session, services, token, cookie)
        if opened.closed is Closed.NEW_PHONE and opened.expert is not None:
            ours = form_is_ours(services, cookie, token, request.form.get("csrf_token", ""))
            if not ours or not take_phone(session, opened.expert, cookie):
                raise Shut(Closed.NEW_PHONE if not ours else Closed.OTHER_PHONE)
            write_audit(session, actor=opened.expert.id, action="consult.expert_phone", subject=opened.expert.id)
        elif opened.closed is not None:
            raise Shut(opened.closed)
    return redirect(url_for(".mine", token=token), 303)


def question(token: str, assignment_id: str) -> str:
    _refuse_when_off()
    services = _services()
    with services.database.reading() as session:
        visit = _visit(session, token)
        owned, row = _find(session, visit.expert, assignment_id)
        return _page(session, visit, owned, row)


def answer(token: str, assignment_id: str) -> Response | str | tuple[str, int]:
    """Every button of the form. Words that could not go stay on the page."""
    services = _services()
    done = acting.Done()
    with services.database.begin() as session:
        shut = _put_by(session, token, assignment_id)
    if shut is not None:
        raise shut
    with services.database.begin() as session:
        visit = _visit(session, token)
        owned, row = _find(session, visit.expert, assignment_id, lock=True)
        if not form_is_ours(services, visit.cookie, token, request.form.get("csrf_token", "")):
            problem = "页面放久了，没有发出。请再点一次，您写的还在。"
            done = acting.Done(words=request.form.get("words", ""), problem=problem, status=400)
        else:
            request_id = new_id()
            done = acting.act(session, services, visit.expert, owned, row, request.form, request_id)
            if done.action:
                write_audit(
                    session,
                    actor=visit.expert.id,
                    action=done.action,
                    subject=row.id,
                    detail=done.detail,
                    request_id=request_id,
                )
    done.wake(services)
    if done.over:
        return redirect(url_for(".question", token=token, assignment_id=assignment_id), 303)
    with services.database.reading() as session:
        owned, row = _find(session, visit.expert, assignment_id)
        return _page(session, visit, owned, row, done), done.status


def _put_by(session: Session, token: str, assignment_id: str) -> Shut | None:
    """Where no button does anything, because the link ended while its expert wrote or the service is off: what was
    written on their own phone is their draft. None where the buttons work."""
    services, cookie = _services(), request.cookies.get(COOKIE, "")
    opened = open_link(session, services, token, cookie)
    closed, expert = opened.closed or (Closed.OFF if _is_off() else None), opened.expert
    if closed not in {Closed.EXPIRED, Closed.OFF} or expert is None:
        return None
    ours = form_is_ours(services, cookie, token, request.form.get("csrf_token", "")) and is_phone_of(expert, cookie)
    owned, _row = _find(session, expert, assignment_id, lock=True)
    return Shut(closed, saved=ours and acting.save_only(services, owned, request.form.get("words", "")))


def _page(
    session: Session, visit: Visit, owned: Assignment, row: ConsultQuestion, done: acting.Done | None = None
) -> str:
    services = _services()
    return render_template(
        "consult/expert/question.html",
        token=visit.token,
        csrf=form_token(services, visit.cookie, visit.token),
        shown=shown(session, services, owned, row),
        done=done or acting.Done(),
        form=request.form,
        same=request.form.getlist("same") if request.method == "POST" else None,
        most=acting.REPLY_CHARS,
        reasons=acting.DECLINE_REASONS,
        topics=acting.topics(),
    )


def _services() -> Services:
    services: Services = current_app.extensions["services"]
    return services


def _is_off() -> bool:
    return switches.current(_services()).state(SWITCH) == switches.OFF


def _refuse_when_off() -> None:
    if _is_off():
        raise Shut(Closed.OFF)


def _visit(session: Session, token: str) -> Visit:
    cookie = request.cookies.get(COOKIE, "")
    opened = open_link(session, _services(), token, cookie)
    if opened.closed is not None or opened.expert is None:
        raise Shut(opened.closed or Closed.UNKNOWN)
    return Visit(token, cookie, opened.expert)


def _find(
    session: Session, expert: Expert, assignment_id: str, *, lock: bool = False
) -> tuple[Assignment, ConsultQuestion]:
    """A question that is or was this expert's; another's, or a marked one, is not found. ``lock``: a button pressed
    twice is looked at once after the other."""
    owned = session.get(Assignment, assignment_id, with_for_update=lock)
    row = session.get(ConsultQuestion, owned.question_id) if owned else None
    if owned is None or row is None or owned.expert_id != expert.id or row.mark:
        raise NotFound
    return owned, row


def _shut(error: Shut) -> Response:
    """The page that says what to do instead; what was written and not sent is shown, to be copied."""
    token = str((request.view_args or {}).get("token", ""))
    kept = request.form.get("words", "")
    if error.closed is not Closed.NEW_PHONE:
        page = render_template("consult/expert/closed.html", closed=error.closed.value, kept=kept, saved=error.saved)
        return make_response(page, STATUS[error.closed])
    cookie = request.cookies.get(COOKIE) or new_secret()
    csrf = form_token(_services(), cookie, token)
    page = render_template("consult/expert/first.html", token=token, csrf=csrf, kept=kept)
    response = make_response(page)
    response.set_cookie(
        COOKIE,
        cookie,
        max_age=rules().device,
        path="/h5/expert",
        httponly=True,
        samesite="Lax",
        secure=_services().settings.base_url.startswith("https://"),
    )
    return response


def _missing(_error: HTTPException) -> tuple[str, int]:
    return render_template("consult/expert/closed.html", closed="missing", kept=request.form.get("words", "")), 404


def _lost(error: Exception) -> tuple[str, int]:
    """The database is away: nothing was kept, and the words come back in a form that sends them again."""
    log.error("experts.page_failed", endpoint=request.endpoint, error=type(error).__name__)
    pairs = [(name, value) for name, values in request.form.lists() for value in values if name != "words"]
    page = render_template("consult/expert/lost.html", pairs=pairs, words=request.form.get("words"))
    return page, 503


def _add_headers(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Frame-Options"] = "DENY"
    return response
