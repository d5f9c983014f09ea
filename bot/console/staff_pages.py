"""人员: the administrator's list of accounts."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from bot.console import sessions
from bot.console import staff as accounts
from bot.console.guard import audit, current_staff, page, services_here
from bot.console.records import Staff
from bot.console.roles import ROLES
from bot.console.staff import NewStaff, StaffError

blueprint = Blueprint("staff", __name__, url_prefix="/staff")


@blueprint.get("/")
@page("staff")
def index() -> str:
    with services_here().database.reading() as session:
        everyone = session.scalars(select(Staff).order_by(Staff.active.desc(), Staff.username)).all()
    return render_template("console/staff.html", everyone=everyone)


@blueprint.route("/add", methods=["GET", "POST"])
@page("staff")
def add() -> str | tuple[str, int]:
    if request.method == "GET":
        return render_template("console/staff_add.html", roles=ROLES, form={})
    services = services_here()
    new = NewStaff(
        **{
            field: request.form.get(field, "")
            for field in ("username", "name", "role", "region", "industry", "wecom_userid")
        }
    )
    try:
        with services.database.begin() as session:
            staff, password = accounts.add(session, services, new)
            audit(session, "staff.added", staff.id, detail={"role": staff.role})
    except StaffError as error:
        return render_template("console/staff_add.html", roles=ROLES, form=request.form, complaint=str(error)), 400
    return render_template("console/one_time_password.html", staff=staff, password=password, fresh=True)


@blueprint.post("/<staff_id>/password")
@page("staff")
def reset_password(staff_id: str) -> str:
    with services_here().database.begin() as session:
        staff = _find(session, staff_id)
        password = accounts.give_one_time_password(staff)
        sessions.end_all(session, staff.id)
        audit(session, "staff.password_reset", staff.id)
    return render_template("console/one_time_password.html", staff=staff, password=password, fresh=False)


@blueprint.post("/<staff_id>/second-step")
@page("staff")
def reset_second_step(staff_id: str) -> Response:
    with services_here().database.begin() as session:
        staff = _find(session, staff_id)
        accounts.remove_totp(staff)
        sessions.end_all(session, staff.id)
        audit(session, "staff.totp_reset", staff.id)
    flash(f"已清除“{staff.name}”的第二步验证，下次登录后可以重新开启。")
    return redirect(url_for(".index"))


@blueprint.post("/<staff_id>/active")
@page("staff")
def set_active(staff_id: str) -> Response:
    active = request.form.get("active") == "1"
    try:
        with services_here().database.begin() as session:
            staff = _find(session, staff_id)
            if staff.id == current_staff().id and not active:
                raise StaffError("不能停用自己的账号，请另一位系统管理员来做。")
            accounts.set_active(session, staff, active)
            audit(session, "staff.activated" if active else "staff.deactivated", staff.id)
    except StaffError as error:
        flash(str(error), "danger")
    else:
        flash(f"已{'恢复' if active else '停用'}“{staff.name}”的账号。")
    return redirect(url_for(".index"))


def _find(session: Session, staff_id: str) -> Staff:
    staff = session.get(Staff, staff_id)
    if staff is None:
        raise NotFound
    return staff
