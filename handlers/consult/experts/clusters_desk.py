"""没答好的: the console page on which office and experts see what people asked in vain this week, and do something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from bot.console.audit import name_actions
from bot.console.guard import audit, current_staff, page, services_here
from bot.console.home import HomeItem
from bot.job_records import JobTick
from bot.jobs import enqueue
from handlers.consult.experts import clusters
from handlers.consult.experts.records import CLUSTER_CLOSED, CLUSTER_DRAFTED, CLUSTER_OPEN, Cluster
from handlers.consult.replies import Taken

if TYPE_CHECKING:
    from bot.services import Services

PAGE = "consult.clusters"
VIEWS = {CLUSTER_OPEN: "没处理", CLUSTER_DRAFTED: "写成条目的", CLUSTER_CLOSED: "关闭的"}
SHOWN = 50
OVER = "这一组刚刚有人处理了，或者重新归了组，请再看一眼。"
name_actions({"consult.cluster_draft": "没答好的写成条目草稿", "consult.cluster_close": "关闭一组没答好的"})


def pages(_services: Services) -> Blueprint:
    """The blueprint that the console mounts."""
    blueprint = Blueprint("clusters_desk", __name__, template_folder="../templates", url_prefix="/unanswered")
    blueprint.add_url_rule("/", "index", index)
    blueprint.add_url_rule("/gather", "gather", gather, methods=["POST"])
    blueprint.add_url_rule("/<cluster_id>/draft", "draft", draft, methods=["POST"])
    blueprint.add_url_rule("/<cluster_id>/close", "close", close, methods=["POST"])
    return blueprint


def home(services: Services) -> list[HomeItem]:
    """Groups of more than one question that nobody has looked at."""
    with services.database.reading() as session:
        count = clusters.open_count(session)
    return [HomeItem("多人问、没答好的", count, url_for("clusters_desk.index"), "calm", "可以写成条目", PAGE)]


@page(PAGE)
def index() -> str:
    """The largest first."""
    view = request.args.get("view", CLUSTER_OPEN)
    if view not in VIEWS:
        raise NotFound
    services = services_here()
    order = Cluster.size.desc() if view == CLUSTER_OPEN else Cluster.decided_at.desc()
    with services.database.reading() as session:
        rows = session.scalars(
            select(Cluster).where(Cluster.state == view).order_by(order, Cluster.id).limit(SHOWN)
        ).all()
        found = [clusters.shown(session, services, row) for row in rows]
        tick = session.get(JobTick, clusters.GATHER)
        made = max(filter(None, [tick.last_ok if tick else None, *(row.made_at for row in rows)]), default=None)
    listed = sorted((one for one in found if one.size), key=lambda one: -one.size) if view == CLUSTER_OPEN else found
    return render_template("consult/clusters.html", clusters=listed, view=view, views=VIEWS, made=made)


@page(PAGE)
def gather() -> Response:
    """「现在归并」: the worker does it at once instead of within the hour."""
    if enqueue(services_here(), clusters.GATHER):
        flash("正在归并，过几秒刷新这一页就能看到。")
    else:
        flash("这会儿排不上队，一小时内会自动归并。", "danger")
    return redirect(url_for(".index"))


@page(PAGE)
def draft(cluster_id: str) -> Response:
    services = services_here()
    try:
        with services.database.begin() as session:
            clusters.draft(session, services, cluster_id, current_staff().id)
            audit(session, "consult.cluster_draft", cluster_id)
    except clusters.Over:
        flash(OVER, "danger")
        return redirect(url_for(".index"))
    flash("已存为草稿，补上出处、经第二人复核后才会用来回答。")
    return redirect(url_for("consult_desk.drafts"))


@page(PAGE)
def close(cluster_id: str) -> Response:
    services, waiting_too = services_here(), request.form.get("waiting_too") == "yes"
    try:
        with services.database.begin() as session:
            closed = clusters.close(session, services, cluster_id, current_staff().id, waiting_too=waiting_too)
            audit(session, "consult.cluster_close", cluster_id, detail={"closed": closed})
    except (clusters.Over, Taken):
        flash(OVER, "danger")
    else:
        flash(f"已关闭这一组{f'，里面还在等的{closed}条也关闭了，没有给对方发消息' if closed else ''}。")
    return redirect(url_for(".index"))
