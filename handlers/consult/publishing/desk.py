"""知识库: the console pages on which entries are read, withdrawn and rolled back; writing has a module of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from bot.console.audit import name_actions
from bot.console.guard import audit, current_staff, page, services_here
from bot.console.home import HomeItem
from handlers.consult.answering import answer_text
from handlers.consult.publishing import (
    beginning_pages,
    correction_pages,
    corrections,
    evaluation_pages,
    listing,
    rolling,
    withdrawing,
    writing_pages,
)
from handlers.consult.publishing.editing import Conflict
from handlers.consult.publishing.events import Refused
from handlers.consult.publishing.forms import AUDIENCES, bounded
from handlers.consult.publishing.live import live
from handlers.consult.publishing.records import PROPOSED, EntryVersion
from knowledge.schema import Entry

if TYPE_CHECKING:
    from bot.services import Services

READ, WRITE = "consult.entries", "consult.entries.write"
name_actions(
    {
        "knowledge.draft": "起草条目",
        "knowledge.save": "修改条目草稿",
        "knowledge.propose": "条目请人复核",
        "knowledge.send_back": "退回条目草稿",
        "knowledge.drop": "放弃条目草稿",
        "knowledge.discard_draft": "放弃专家答复的草稿",
        "knowledge.publish": "复核并发布条目",
        "knowledge.rollback": "条目退回旧版",
        "knowledge.withdraw": "撤回条目",
        "knowledge.ask_restore": "申请恢复条目",
        "knowledge.restore": "恢复条目",
        "knowledge.word_correction": "写更正",
        "knowledge.drop_correction": "放弃更正",
        "knowledge.correct": "确认发出更正",
        "knowledge.propose_rollback": "申请退回旧版",
        "knowledge.stop_correction": "停发更正",
    }
)


def pages(services: Services) -> Blueprint:
    """The blueprint that the console mounts."""
    blueprint = Blueprint("knowledge_desk", __name__, template_folder="templates", url_prefix="/knowledge")
    blueprint.add_url_rule("/", "index", index)
    blueprint.add_url_rule("/e/<entry_id>", "entry", entry)
    blueprint.add_url_rule("/e/<entry_id>/withdraw", "withdraw", withdraw, methods=["POST"])
    blueprint.add_url_rule("/e/<entry_id>/ask-restore", "ask_restore", ask_restore, methods=["POST"])
    blueprint.add_url_rule("/e/<entry_id>/restore", "restore", restore, methods=["POST"])
    blueprint.add_url_rule("/e/<entry_id>/rollback", "rollback", rollback, methods=["POST"])
    beginning_pages.add_to(blueprint)
    writing_pages.add_to(blueprint)
    correction_pages.add_to(blueprint)
    evaluation_pages.add_to(blueprint)
    return blueprint


def home(services: Services) -> list[HomeItem]:
    """What waits for a second reader, and what is withdrawn."""
    with services.database.reading() as session:
        proposed = session.query(EntryVersion.id).where(EntryVersion.state == PROPOSED).count()
        asked = withdrawing.waiting_to_be_restored(session)
        withdrawn = withdrawing.how_many(session)
        worded = corrections.waiting(session)
    return [
        HomeItem("条目等人复核", proposed, url_for("knowledge_desk.index", view="open"), "soon", page=WRITE),
        HomeItem("更正等另一个人确认", len(worded), _to_correction(worded), "soon", page=WRITE),
        HomeItem("撤回的条目申请恢复", asked, url_for("knowledge_desk.index", view="withdrawn"), "soon", page=WRITE),
        HomeItem("撤回的条目", withdrawn, url_for("knowledge_desk.index", view="withdrawn"), "calm", page=WRITE),
    ]


def _to_correction(withdrawals: Sequence[str]) -> str:
    """The first that waits; else the list of what is withdrawn."""
    if withdrawals:
        return url_for("knowledge_desk.withdrawal", withdrawal_id=withdrawals[0])
    return url_for("knowledge_desk.index", view="withdrawn")


@page(READ)
def index() -> str:
    view, topic = request.args.get("view", "all"), request.args.get("topic", "")
    words, number = request.args.get("words", "").strip()[:40], request.args.get("page", 1, type=bounded)
    if view not in listing.VIEWS or number < 1:
        raise NotFound
    with services_here().database.reading() as session:
        found = listing.listed(session, services_here().clock.today(), view=view, topic=topic, words=words, page=number)
    return render_template(
        "knowledge/index.html",
        found=found,
        view=view,
        views=listing.VIEWS,
        topic=topic,
        topics=listing.topics(),
        words=words,
        number=number,
        last=max(1, -(-found.total // listing.SHOWN)),
    )


@page(READ)
def entry(entry_id: str) -> str:
    return render(entry_id)


@page(WRITE)
def withdraw(entry_id: str) -> Response | tuple[str, int]:
    services = services_here()
    try:
        with services.database.begin() as session:
            row = withdrawing.withdraw(session, services, entry_id, current_staff().id, request.form.get("reason", ""))
            audit(session, "knowledge.withdraw", entry_id)
    except Refused as refused:
        return render(entry_id, problem=str(refused), at="withdraw"), 409
    live().look()
    flash("已撤回，2秒内哪里都不再答这一条。下面是听过它的人，要不要发更正由您定。")
    return redirect(url_for(".withdrawal", withdrawal_id=row.id))


@page(WRITE)
def ask_restore(entry_id: str) -> Response | tuple[str, int]:
    services = services_here()
    try:
        with services.database.begin() as session:
            withdrawing.ask_restore(session, services, entry_id, current_staff().id, request.form.get("why", ""))
            audit(session, "knowledge.ask_restore", entry_id)
    except Refused as refused:
        return render(entry_id, problem=str(refused), at="restore"), 409
    flash("已申请恢复，请另一个人打开这一页复核。")
    return redirect(url_for(".entry", entry_id=entry_id))


@page(WRITE)
def restore(entry_id: str) -> Response | tuple[str, int]:
    services = services_here()
    try:
        with services.database.begin() as session:
            withdrawing.restore(session, services, entry_id, current_staff().id)
            audit(session, "knowledge.restore", entry_id)
    except Refused as refused:
        return render(entry_id, problem=str(refused), at="restore"), 409
    live().look()
    flash("已恢复，2秒内又会用它回答。")
    return redirect(url_for(".entry", entry_id=entry_id))


@page(WRITE)
def rollback(entry_id: str) -> Response | tuple[str, int]:
    services, number = services_here(), request.form.get("number", -1, type=bounded)
    try:
        with services.database.begin() as session:
            why = request.form.get("why", "")[: withdrawing.REASON_CHARS]
            proposed = rolling.go_back(session, services, entry_id, number, current_staff().id, why)
            action = "knowledge.rollback" if proposed is None else "knowledge.propose_rollback"
            audit(session, action, entry_id, detail={"number": number})
    except Conflict:
        return render(entry_id, problem="这一条有一份没发布的草稿，先处理它再退回。", at="rollback"), 409
    except Refused as refused:
        return render(entry_id, problem=str(refused), at="rollback"), 409
    if proposed is not None:
        flash("这一版停用过，重新拿来回答要两个人。已请人复核，复核发布后才生效。")
        return redirect(url_for(".version", version_id=proposed.id))
    live().look()
    flash("已退回，5秒内各处生效。")
    return redirect(url_for(".entry", entry_id=entry_id))


def render(entry_id: str, *, problem: str = "", at: str = "") -> str:
    """The page of one entry; ``problem`` is said beside the form ``at``."""
    services = services_here()
    day = services.clock.today()
    with services.database.reading() as session:
        found = listing.stand(session, entry_id, day)
        earlier = listing.comparable(found.versions) if found is not None else ()
        two = {one for one in (0, *(row.number for row in earlier)) if rolling.takes_two(session, entry_id, one, day)}
    if found is None:
        raise NotFound
    shown = found.served or found.tree
    return render_template(
        "knowledge/entry.html",
        stand=found,
        entry=shown,
        said=answer_text(shown, day) if shown else "",
        topic=listing.topics().get(entry_id.split(".")[0], ""),
        audiences=AUDIENCES,
        related=_related(shown),
        state_words=listing.STATE_WORDS,
        over_tree=found.over_tree if found.base_changed else (),
        describe=listing.describe,
        hiding=listing.is_hiding,
        earlier=earlier,
        two=two,
        problem=problem,
        at=at,
    )


def _related(shown: Entry | None) -> list[Entry]:
    served = live().serving()
    return [found for one in (shown.related if shown else ()) if (found := served.entry(one))]
