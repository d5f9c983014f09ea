"""Signing in and out: password or WeCom, then the one-time code where it is set up."""

from __future__ import annotations

from datetime import timedelta

import structlog
from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from bot import clock
from bot.channels.errors import ChannelError
from bot.console import audit as chain
from bot.console import brake, passwords, sessions, totp, wecom_signin
from bot.console.guard import COOKIE, PREFIX, audit, current_visitor, page, request_id, safe_next, services_here
from bot.console.records import Staff
from bot.console.roles import HALF_SIGNED_IN, PUBLIC

log = structlog.get_logger(__name__)
blueprint = Blueprint("signin", __name__)

WRONG = "用户名或密码不对。"
WRONG_CODE = "验证码不对，或已经用过。请等应用里换出下一个数字再输。"


@blueprint.get("/sign-in")
@page(PUBLIC)
def sign_in() -> Response | str:
    visitor = g.get("visitor")
    if visitor is not None and not visitor.owes_code:
        return redirect(safe_next(request.args.get("next")))
    return _form()


@blueprint.post("/sign-in")
@page(PUBLIC)
def check_password() -> Response | tuple[str, int]:
    username = request.form.get("username", "").strip().lower()[:32]
    password = request.form.get("password", "")
    wait = _take(username)
    if wait is not None:
        return _form(_wait_words(wait), username), 429
    services = services_here()
    with services.database.reading() as reading:
        staff = reading.scalar(select(Staff).where(Staff.username == username))
    right = passwords.verify(staff.password_hash if staff else None, password)
    if not right or staff is None or not staff.active or _too_late(staff):
        with services.database.begin() as unit:
            chain.append(unit, actor=staff.id if staff else "", action="sign_in.failed", request_id=request_id())
        return _form(WRONG, username), 401
    return _enter(staff, "password", request.form.get("next"))


@blueprint.get("/wecom/start")
@page(PUBLIC)
def wecom_start() -> Response:
    settings = services_here().settings
    if not settings.wecom_enabled:
        return redirect(url_for("console.signin.sign_in"))
    state = wecom_signin.new_state(session, safe_next(request.args.get("next")))
    inside = "wxwork" in request.headers.get("User-Agent", "").lower()
    base = settings.public_url or request.host_url.rstrip("/")
    back = base + url_for("console.signin.wecom_callback")
    return redirect(wecom_signin.authorize_url(settings, back, state, inside_wecom=inside))


@blueprint.get("/wecom/callback")
@page(PUBLIC)
def wecom_callback() -> Response | tuple[str, int]:
    target = wecom_signin.take_state(session, request.args.get("state", ""))
    code = request.args.get("code", "")
    if target is None or not code:
        return _form("这次扫码已经失效，请再扫一次。"), 400
    try:
        staff = wecom_signin.staff_of_code(services_here(), code)
    except ChannelError as error:
        log.warning("console.wecom_failed", error=type(error).__name__)
        return _form("企业微信暂时没有回应，请再试一次，或用密码登录。"), 502
    if staff is None:
        return _form("这个企业微信账号还没有开通，请找系统管理员开通。"), 403
    return _enter(staff, "wecom", target)


@blueprint.route("/code", methods=["GET", "POST"])
@page(HALF_SIGNED_IN)
def code() -> Response | str | tuple[str, int]:
    visitor = current_visitor()
    if not visitor.owes_code:
        return redirect(url_for("console.home.home"))
    if request.method == "GET":
        return render_template("console/code.html", next=request.args.get("next", ""))
    services, staff = services_here(), visitor.staff
    with services.database.begin() as unit:
        wait = brake.take(unit, services.hasher, brake.BY_CODE, staff.id)
    if wait is not None:
        return _code_again(_wait_words(wait)), 429
    with services.database.begin() as unit:
        right = totp.accept(unit, services.content, staff, request.form.get("code", ""))
        audit(unit, "sign_in.code" if right else "sign_in.code_failed")
        if right:
            brake.clear(unit, services.hasher, brake.BY_CODE, staff.id)
            sessions.end(unit, visitor.session.id)
            token = sessions.start(unit, staff, visitor.session.method, second_factor=True)
    if not right:
        return _code_again(WRONG_CODE), 401
    return _with_cookie(redirect(safe_next(request.form.get("next"))), token)


@blueprint.post("/sign-out")
@page(HALF_SIGNED_IN)
def sign_out() -> Response:
    visitor = current_visitor()
    with services_here().database.begin() as unit:
        audit(unit, "sign_out")
        sessions.end(unit, visitor.session.id)
    session.clear()
    flash("已安全退出。")
    response = redirect(url_for("console.signin.sign_in"))
    response.delete_cookie(COOKIE, path=PREFIX)
    return response


def _enter(staff: Staff, method: str, target: str | None) -> Response:
    """The first step went well: a fresh session under a fresh token, whatever the browser carried before."""
    services = services_here()
    with services.database.begin() as unit:
        if method == "password":
            brake.clear(unit, services.hasher, brake.BY_USER, staff.username)
            brake.give_back(unit, services.hasher, brake.BY_ADDRESS, request.remote_addr or "")
        brake.forget_old(unit)
        old = g.get("visitor")
        if old is not None:
            sessions.end(unit, old.session.id)
        token = sessions.start(unit, staff, method)
        chain.append(unit, actor=staff.id, action=f"sign_in.{method}", request_id=request_id())
    session.clear()
    goal = safe_next(target)
    owes_code = staff.totp_confirmed_at is not None
    return _with_cookie(redirect(url_for("console.signin.code", next=goal) if owes_code else goal), token)


def _with_cookie(response: Response, token: str) -> Response:
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(sessions.LIFETIME.total_seconds()),
        path=PREFIX,
        secure=services_here().settings.base_url.startswith("https://"),
        httponly=True,
        samesite="Lax",
    )
    return response


def _take(username: str) -> timedelta | None:
    services = services_here()
    with services.database.begin() as unit:
        by_address = brake.take(unit, services.hasher, brake.BY_ADDRESS, request.remote_addr or "")
        if by_address is not None:
            return by_address
        return brake.take(unit, services.hasher, brake.BY_USER, username)


def _too_late(staff: Staff) -> bool:
    return staff.password_expires_at is not None and staff.password_expires_at <= clock.system()


def _wait_words(wait: timedelta) -> str:
    return f"试的次数有点多，请过{max(1, -int(-wait.total_seconds() // 60))}分钟再试。"


def _form(complaint: str = "", username: str = "") -> str:
    settings = services_here().settings
    return render_template(
        "console/sign_in.html",
        complaint=complaint,
        username=username,
        next=request.values.get("next", ""),
        wecom=settings.wecom_enabled,
    )


def _code_again(complaint: str) -> str:
    return render_template("console/code.html", complaint=complaint, next=request.form.get("next", ""))
