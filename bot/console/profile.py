"""我的账号: change the password, set up the second step."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot import clock
from bot.console import brake, passwords, sessions, totp
from bot.console import staff as accounts
from bot.console.guard import audit, current_visitor, page, services_here
from bot.console.records import Staff
from bot.console.roles import SECOND_FACTOR_ROLES

blueprint = Blueprint("profile", __name__, url_prefix="/profile")


@blueprint.get("/")
@page("profile")
def index() -> str:
    return render_template("console/profile.html", staff=current_visitor().staff, must=SECOND_FACTOR_ROLES)


@blueprint.route("/password", methods=["GET", "POST"])
@page("profile")
def password() -> Response | str | tuple[str, int]:
    visitor = current_visitor()
    if request.method == "GET":
        return render_template("console/password.html", first=visitor.owes_password)
    services, staff = services_here(), visitor.staff
    new, again = request.form.get("new", ""), request.form.get("again", "")
    complaint = _check_old(staff, request.form.get("old", "")) or passwords.complaint(new, staff.username)
    if not complaint and new != again:
        complaint = "两次输入的新密码不一样。"
    if not complaint and passwords.verify(staff.password_hash, new):
        complaint = "新密码和原来的一样，请换一个。"
    if complaint:
        return render_template("console/password.html", first=visitor.owes_password, complaint=complaint), 400
    with services.database.begin() as session:
        row = session.get_one(Staff, staff.id)
        accounts.set_password(row, new)
        sessions.end_all(session, staff.id, but=visitor.session.id)
        audit(session, "password.changed", staff.id)
    flash("密码已改好，其他地方的登录都已退出。")
    return redirect(url_for("console.home.home" if visitor.owes_password else ".index"))


@blueprint.route("/second-step", methods=["GET", "POST"])
@page("profile")
def totp_setup() -> Response | str | tuple[str, int]:
    """Show the secret; it counts once a code made from it was typed in."""
    visitor = current_visitor()
    if visitor.staff.totp_confirmed_at is not None:
        return redirect(url_for(".index"))
    services = services_here()
    with services.database.begin() as session:
        staff = session.get_one(Staff, visitor.staff.id)
        if staff.totp_secret_sealed is None:
            staff.totp_secret_sealed = totp.seal(services.content, staff.id, totp.new_secret())
        secret = totp.reveal(services.content, staff)
    complaint = ""
    if request.method == "POST":
        complaint = _confirm(request.form.get("code", ""))
        if not complaint:
            flash("第二步验证已开启，下次登录要输验证码。")
            return redirect(url_for("console.home.home" if visitor.owes_enrolment else ".index"))
    shown = " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
    html = render_template(
        "console/totp.html",
        qr=totp.qr_svg(secret, staff.username),
        secret=shown,
        complaint=complaint,
        first=visitor.owes_enrolment,
    )
    return html, 400 if complaint else 200


@blueprint.post("/second-step/off")
@page("profile")
def totp_off() -> Response:
    """Only those whose role does not need it may switch it off, with a code."""
    visitor = current_visitor()
    services = services_here()
    if visitor.staff.role in SECOND_FACTOR_ROLES:
        flash("您的角色必须开启第二步验证。", "danger")
        return redirect(url_for(".index"))
    complaint = _spend_code(request.form.get("code", ""))
    if complaint:
        flash(complaint, "danger")
        return redirect(url_for(".index"))
    with services.database.begin() as session:
        accounts.remove_totp(session.get_one(Staff, visitor.staff.id))
        audit(session, "totp.removed", visitor.staff.id)
    flash("第二步验证已关闭。")
    return redirect(url_for(".index"))


def _confirm(code: str) -> str:
    """Switch the second step on when the code is right; what is wrong in words otherwise."""
    visitor = current_visitor()
    complaint = _spend_code(code)
    if complaint:
        return complaint
    with services_here().database.begin() as session:
        session.get_one(Staff, visitor.staff.id).totp_confirmed_at = clock.system()
        seat = session.get_one(type(visitor.session), visitor.session.id)
        seat.second_factor = True
        sessions.end_all(session, visitor.staff.id, but=seat.id)
        audit(session, "totp.enabled", visitor.staff.id)
    return ""


def _spend_code(code: str) -> str:
    """Use up a one-time code of the person asking; "" when it was right, else what is wrong in words."""
    services, staff_id = services_here(), current_visitor().staff.id
    with services.database.begin() as session:
        if brake.take(session, services.hasher, brake.BY_CODE, staff_id) is not None:
            return "试的次数有点多，请过一会儿再试。"
    with services.database.begin() as session:
        if not totp.accept(session, services.content, session.get_one(Staff, staff_id), code):
            return "验证码不对，或已经用过。请看手机时间是否准确，再输下一个。"
        brake.clear(session, services.hasher, brake.BY_CODE, staff_id)
    return ""


def _check_old(staff: Staff, old: str) -> str:
    """The present password, braked like a sign-in: a stolen session must not be able to guess it."""
    services = services_here()
    with services.database.begin() as session:
        if brake.take(session, services.hasher, brake.BY_USER, staff.username) is not None:
            return "试的次数有点多，请过一会儿再试。"
    if not passwords.verify(staff.password_hash, old):
        return "原来的密码不对。"
    with services.database.begin() as session:
        brake.clear(session, services.hasher, brake.BY_USER, staff.username)
    return ""
