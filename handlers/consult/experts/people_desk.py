"""专家: the console page on which the office writes experts down, invites them by code, and stops them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING

import segno
from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from bot import outbox
from bot.channels.errors import ChannelError
from bot.console.audit import name_actions
from bot.console.guard import audit, current_staff, page, services_here
from bot.console.home import HomeItem
from bot.messages import CHANNEL_WORDS
from handlers.consult.experts import cards, invites
from handlers.consult.experts.hours import WEEKDAYS, Hours
from handlers.consult.experts.invites import NotTheDigits, Refused, read_profile
from handlers.consult.experts.links import is_able
from handlers.consult.experts.records import (
    ACTIVE,
    ANSWERED,
    INVITED,
    LIVE,
    SCANNED,
    SUSPENDED,
    Assignment,
    Expert,
    ExpertInvite,
)
from handlers.consult.experts.rules import rules, topics

if TYPE_CHECKING:
    from bot.services import Services

PAGE = "consult.experts"
STATES = {SCANNED: "扫了码，等您核对", INVITED: "还没绑定", ACTIVE: "在答", SUSPENDED: "停用"}
ORDER = list(STATES)
NO_CODE = "微信这会儿没给出二维码，请过几分钟再点“出二维码”。"
NO_WECHAT = "这个系统没有接公众号，请按企业微信账号绑定。"
name_actions(
    {
        "consult.expert_added": "新增专家",
        "consult.expert_changed": "修改专家资料",
        invites.CODE_MADE: "出专家二维码",
        invites.WRONG_DIGITS: "核对专家的数字不对",
        "consult.expert_voided": "数字总不对，作废专家的扫码",
        "consult.expert_confirmed": "核对并确认专家",
        "consult.expert_bound": "按企业微信账号绑定专家",
        "consult.expert_suspended": "停用专家",
        "consult.expert_resumed": "恢复专家",
        "consult.expert_unbound": "解绑专家",
        "consult.expert_phone_seen": "查看专家电话",
    }
)


@dataclass(frozen=True, slots=True)
class Line:
    """An expert in the list."""

    id: str
    name: str
    unit: str
    topics: str
    hours: str
    daily_cap: int
    state: str
    state_words: str
    channel: str
    phone: str
    open: int
    answered: int
    unreached: bool
    invited_until: datetime | None
    dated: bool


def pages(_services: Services) -> Blueprint:
    """The blueprint that the console mounts."""
    blueprint = Blueprint("experts_desk", __name__, template_folder="../templates", url_prefix="/experts")
    blueprint.add_url_rule("/", "index", index)
    blueprint.add_url_rule("/add", "add", add, methods=["GET", "POST"])
    blueprint.add_url_rule("/<expert_id>", "edit", edit, methods=["GET", "POST"])
    blueprint.add_url_rule("/<expert_id>/code", "code", code, methods=["POST"])
    blueprint.add_url_rule("/<expert_id>/confirm", "confirm", confirm, methods=["POST"])
    blueprint.add_url_rule("/<expert_id>/member", "member", member, methods=["POST"])
    blueprint.add_url_rule("/<expert_id>/state", "state", state, methods=["POST"])
    blueprint.add_url_rule("/<expert_id>/phone", "phone", phone, methods=["POST"])
    return blueprint


def home(services: Services) -> list[HomeItem]:
    """Who scanned an expert's code and waits for the office; the only one at once by their page."""
    with services.database.reading() as session:
        ids = session.scalars(select(Expert.id).where(Expert.state == SCANNED)).all()
    url = url_for("experts_desk.edit", expert_id=ids[0]) if len(ids) == 1 else url_for("experts_desk.index")
    return [HomeItem("专家扫了码，等您打电话核对", len(ids), url, "soon", "核对了才能答题", PAGE)]


@page(PAGE)
def index() -> str:
    with services_here().database.reading() as session:
        return render_template("consult/experts.html", experts=_lines(session), states=STATES)


@page(PAGE)
def add() -> Response | str | tuple[str, int]:
    services = services_here()
    if request.method == "GET":
        return _form(None, _fresh(services), rules().office.written(), [])
    try:
        profile = _profile()
    except Refused as error:
        return _form(None, dict(request.form), request.form.getlist("hours"), _chosen(), str(error)), 400
    with services.database.begin() as session:
        expert = invites.create(session, services, profile, current_staff().id)
        audit(session, "consult.expert_added", expert.id)
    flash(f"已新增“{expert.name}”。接着出二维码请他扫，或者按企业微信账号绑定。")
    return redirect(url_for(".edit", expert_id=expert.id))


@page(PAGE)
def edit(expert_id: str) -> Response | str | tuple[str, int]:
    services = services_here()
    if request.method == "GET":
        with services.database.reading() as session:
            expert = _find(session, expert_id)
        return _form(expert, _written(expert), Hours.load(expert.hours).written(), expert.topics.split(","))
    try:
        profile = _profile()
    except Refused as error:
        with services.database.reading() as session:
            expert = _find(session, expert_id)
        return _form(expert, dict(request.form), request.form.getlist("hours"), _chosen(), str(error)), 400
    with services.database.begin() as session:
        invites.change(services, _find(session, expert_id), profile)
        audit(session, "consult.expert_changed", expert_id)
    flash("已改好。")
    return redirect(url_for(".index"))


@page(PAGE)
def code(expert_id: str) -> Response | str:
    """A new code, shown once; the one before is void."""
    services = services_here()
    if not services.settings.wechat_enabled:
        flash(NO_WECHAT, "danger")
        return redirect(url_for(".edit", expert_id=expert_id))
    with services.database.begin() as session:
        expert = _find(session, expert_id, lock=True)
        if expert.state != INVITED or expert.person_id:
            flash("已经有人扫了码、绑定了，或者停用了，不能出二维码。要换微信请先解绑。", "danger")
            return redirect(url_for(".edit", expert_id=expert_id))
        scene = invites.new_code(session, services, expert, current_staff().id)
        audit(session, invites.CODE_MADE, expert_id)
    try:
        address = services.platform.scene_code(scene, int(rules().invite.total_seconds()))
    except ChannelError:
        flash(NO_CODE, "danger")
        return redirect(url_for(".edit", expert_id=expert_id))
    days = rules().invite.days
    return render_template("consult/expert_code.html", expert=expert, qr=_svg(address), scene=scene, days=days)


@page(PAGE)
def confirm(expert_id: str) -> Response:
    """The expert read out the digits that they got when they scanned: from now on they answer."""
    services = services_here()
    try:
        with services.database.begin() as session:
            expert = _find(session, expert_id, lock=True)
            wrong = _confirmed(session, expert, request.form.get("code", ""))
    except Refused as error:
        flash(str(error), "danger")
    else:
        outbox.wake(services)
        flash(wrong or f"核对好了，答题的链接马上发到{expert.name}的微信。", "danger" if wrong else "message")
    return redirect(url_for(".edit", expert_id=expert_id))


def _confirmed(session: Session, expert: Expert, code: str) -> str:
    """What to tell the office of wrong digits, which are written down and counted; "" where these were the ones."""
    services = services_here()
    try:
        invites.confirm(session, services, expert, code)
    except NotTheDigits as error:
        audit(session, invites.WRONG_DIGITS, expert.id)
        if not invites.void_when_guessed(session, services, expert):
            return str(error)
        audit(session, "consult.expert_voided", expert.id)
        return f"{invites.MOST_WRONG}次都对不上，这次扫码作废了。请重新出二维码，让他本人扫。"
    cards.welcome(session, services, expert)
    audit(session, "consult.expert_confirmed", expert.id)
    return ""


@page(PAGE)
def member(expert_id: str) -> Response:
    """Bind by WeCom member id; the expert gets a card with the link at once."""
    services = services_here()
    try:
        with services.database.begin() as session:
            expert = _find(session, expert_id, lock=True)
            invites.bind_member(session, services, expert, request.form.get("userid", "").strip())
            session.flush()
            cards.welcome(session, services, expert)
            audit(session, "consult.expert_bound", expert_id)
    except Refused as error:
        flash(str(error), "danger")
    else:
        outbox.wake(services)
        flash("已绑定，卡片马上发到他的企业微信。")
    return redirect(url_for(".edit", expert_id=expert_id))


@page(PAGE)
def state(expert_id: str) -> Response:
    """停用, 恢复, 解绑."""
    services, wanted = services_here(), request.form.get("to", "")
    try:
        with services.database.begin() as session:
            said = _moved(session, _find(session, expert_id, lock=True), wanted)
    except Refused as error:
        flash(str(error), "danger")
    else:
        flash(said)
    return redirect(url_for(".edit", expert_id=expert_id))


def _moved(session: Session, expert: Expert, wanted: str) -> str:
    if wanted == "suspend":
        invites.suspend(session, expert)
        audit(session, "consult.expert_suspended", expert.id)
        return f"已停用“{expert.name}”。他手上的问题马上转给别人，页面打不开了。"
    if wanted == "resume":
        invites.resume(expert)
        audit(session, "consult.expert_resumed", expert.id)
        return f"已恢复“{expert.name}”。"
    if wanted == "unbind":
        invites.unbind(session, services_here(), expert)
        audit(session, "consult.expert_unbound", expert.id)
        return f"已解绑“{expert.name}”，以前的链接都作废了。可以重新出二维码。"
    raise NotFound


@page(PAGE)
def phone(expert_id: str) -> str:
    """The whole number once, and who looked is written down."""
    services = services_here()
    with services.database.begin() as session:
        expert = _find(session, expert_id)
        audit(session, "consult.expert_phone_seen", expert_id)
        number = invites.phone_of(services, expert)
    written = {**_written(expert), "shown_phone": number}
    return _form(expert, written, Hours.load(expert.hours).written(), expert.topics.split(","))


def _lines(session: Session) -> list[Line]:
    services, now = services_here(), services_here().clock.now()
    counted = select(Assignment.expert_id, func.count()).group_by(Assignment.expert_id)
    open_ = dict(session.execute(counted.where(Assignment.state.in_(LIVE))).all())
    answered = dict(session.execute(counted.where(Assignment.state == ANSWERED)).all())
    codes = select(ExpertInvite.expert_id, func.max(ExpertInvite.expires_at)).where(
        ExpertInvite.used_at.is_(None), ExpertInvite.expires_at > now
    )
    invited = dict(session.execute(codes.group_by(ExpertInvite.expert_id)).all())
    names = topics()
    return [
        Line(
            id=one.id,
            name=one.name,
            unit=one.unit,
            topics="、".join(names.get(topic, topic) for topic in one.topics.split(",") if topic) or "各类都答",
            hours=Hours.load(one.hours).words(),
            daily_cap=one.daily_cap,
            state=one.state,
            state_words=STATES[one.state],
            channel=CHANNEL_WORDS.get(one.channel, ""),
            phone=invites.masked_phone(services, one),
            open=open_.get(one.id, 0),
            answered=answered.get(one.id, 0),
            unreached=one.state == ACTIVE and cards.unreachable(session, services, one),
            invited_until=invited.get(one.id) if one.state == INVITED else None,
            dated=one.state == ACTIVE and not is_able(services, one),
        )
        for one in sorted(session.scalars(select(Expert)), key=lambda one: (ORDER.index(one.state), one.name))
    ]


def _form(expert: Expert | None, form: dict[str, str], hours: list[str], chosen: list[str], complaint: str = "") -> str:
    return render_template(
        "consult/expert_form.html",
        expert=expert,
        form=form,
        days=list(zip(WEEKDAYS, [*hours, *[""] * 7][:7], strict=True)),
        chosen=chosen,
        topics=topics(),
        complaint=complaint,
        states=STATES,
        channel=CHANNEL_WORDS.get(expert.channel, "") if expert else "",
        masked=invites.masked_phone(services_here(), expert) if expert else "",
        wecom=services_here().settings.wecom_enabled,
        wechat=services_here().settings.wechat_enabled,
    )


def _fresh(services: Services) -> dict[str, str]:
    return {"daily_cap": str(rules().daily_cap), "valid_from": services.clock.today().isoformat()}


def _written(expert: Expert) -> dict[str, str]:
    return {
        "name": expert.name,
        "unit": expert.unit,
        "daily_cap": str(expert.daily_cap),
        "valid_from": expert.valid_from.isoformat(),
        "valid_to": expert.valid_to.isoformat() if expert.valid_to else "",
    }


def _profile() -> invites.Profile:
    return read_profile(request.form, _chosen(), request.form.getlist("hours"))


def _chosen() -> list[str]:
    return request.form.getlist("topics")


def _find(session: Session, expert_id: str, *, lock: bool = False) -> Expert:
    expert = session.get(Expert, expert_id, with_for_update=lock)
    if expert is None:
        raise NotFound
    return expert


def _svg(address: str) -> str:
    out = BytesIO()
    segno.make(address, error="m").save(
        out, kind="svg", scale=6, border=4, xmldecl=False, svgns=True, svgclass="qr", lineclass=None, light="#fff"
    )
    return out.getvalue().decode()
