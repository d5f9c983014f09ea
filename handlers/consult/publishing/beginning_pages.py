"""How an entry's draft begins otherwise than with an edit: a new entry, an expert's answer, a proposal made at once."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from sqlalchemy import update
from sqlalchemy.engine import CursorResult
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from bot.console.guard import audit, current_staff, page, services_here
from handlers.consult.answering import answering
from handlers.consult.publishing import editing, forms, listing, writing_pages
from handlers.consult.publishing.editing import Conflict, Written
from handlers.consult.publishing.forms import Form
from handlers.consult.publishing.live import live
from handlers.consult.publishing.records import HIDE, TEXT
from handlers.consult.publishing.versions import body_of
from handlers.consult.publishing.writing_pages import NOTE_CHARS, WRITE
from handlers.consult.records import DISCARDED, FRESH, EntryDraft

QUESTION_CHARS = 80


def add_to(blueprint: Blueprint) -> None:
    """Mount the pages."""
    blueprint.add_url_rule("/new", "new", new, methods=["GET", "POST"])
    blueprint.add_url_rule("/drafts/<draft_id>/discard", "discard_draft", discard_draft, methods=["POST"])
    blueprint.add_url_rule("/e/<entry_id>/hide", "hide", hide, methods=["POST"])
    blueprint.add_url_rule("/e/<entry_id>/settle", "settle", settle, methods=["POST"])


@page(WRITE)
def new() -> Response | str | tuple[str, int]:
    """An entry that there is not yet: its topic and id are chosen here, once. It may begin with an expert's answer."""
    topic, slug = request.values.get("topic", ""), request.form.get("slug", "").strip().lower()
    services = services_here()
    with services.database.reading() as session:
        known = writing_pages.known_ids(session)
        draft = session.get(EntryDraft, request.values.get("draft", ""))
    if request.method == "GET" and draft is not None and draft.state != FRESH:
        flash("这份草稿已经写成条目或放弃了。")
        return redirect(url_for("consult_desk.drafts"))
    if request.method == "GET":
        return writing_pages.form_page("", _of_draft(draft), topic=topic or _likely_topic(draft), draft=draft)
    entry_id = f"{topic}.{slug}" if slug else _free_id(topic, known)
    form = forms.read(request.form, entry_id)
    problem = "请选一个主题。" if topic not in listing.topics() else forms.id_problem(entry_id, topic, known)
    if problem:
        return writing_pages.form_page("", form, topic=topic, slug=slug, problems={"id": problem}, draft=draft), 400
    return writing_pages.save_new(entry_id, form, draft)


@page(WRITE)
def discard_draft(draft_id: str) -> Response:
    """An expert's answer that becomes no entry; it is kept and shown as put away."""
    with services_here().database.begin() as session:
        put_away = (
            update(EntryDraft).where(EntryDraft.id == draft_id, EntryDraft.state == FRESH).values(state=DISCARDED)
        )
        changed = session.execute(put_away)
        done = isinstance(changed, CursorResult) and changed.rowcount == 1
        if done:
            audit(session, "knowledge.discard_draft", draft_id)
    flash("已放弃这份草稿，不写成条目。" if done else "这份草稿刚刚已经有人处理了。")
    return redirect(url_for("consult_desk.drafts"))


@page(WRITE)
def hide(entry_id: str) -> Response:
    """Propose that the entry be answered no more; a second person decides."""
    why = request.form.get("why", "").strip()[:NOTE_CHARS]
    if entry_id not in live().serving().index.by_id:
        raise NotFound
    if not why:
        flash("请写明为什么不再回答。", "danger")
        return redirect(url_for(".entry", entry_id=entry_id))
    return _propose_at_once(entry_id, Written("", note=why), HIDE, "已请人复核。复核的人同意后，就不再回答这一条。")


@page(WRITE)
def settle(entry_id: str) -> Response:
    """What waited for the office's confirmation was checked and is right as it is; a second person looks too."""
    served = live().serving().index.by_id.get(entry_id)
    if served is None or not served.confirm:
        raise NotFound
    why = request.form.get("why", "").strip()[:NOTE_CHARS]
    if not why:
        flash("请写明对过什么，比如文件名称和条款。", "danger")
        return redirect(url_for(".entry", entry_id=entry_id))
    body = body_of(served.model_copy(update={"confirm": False}))
    return _propose_at_once(entry_id, Written(body, note=why), TEXT, "已请人复核。复核发布后，不再标“待确认”。")


def _propose_at_once(entry_id: str, written: Written, kind: str, said: str) -> Response:
    services, me = services_here(), current_staff().id
    try:
        with services.database.begin() as session:
            row = editing.start(session, services, entry_id, me, written, kind=kind)
            row = editing.propose(session, services, row.id, row.edit, me)
            audit(session, "knowledge.propose", entry_id, detail={"number": row.number})
    except Conflict as conflict:
        flash("这一条有一份没发布的草稿，先处理它。", "danger")
        return redirect(url_for(".version", version_id=conflict.version.id))
    flash(said)
    return redirect(url_for(".version", version_id=row.id))


def _of_draft(draft: EntryDraft | None) -> Form:
    """An expert's answer as the beginning of an entry."""
    if draft is None:
        return Form({})
    asked = " ".join(draft.question.split())
    return Form({"question": asked[:QUESTION_CHARS], "phrasings": [asked[:QUESTION_CHARS]], "answer": draft.answer})


def _likely_topic(draft: EntryDraft | None) -> str:
    """That of the nearest entry."""
    near = answering().search(draft.question, 1) if draft is not None else []
    return near[0].entry.id.split(".")[0] if near else ""


def _free_id(topic: str, known: set[str]) -> str:
    day = services_here().clock.today()
    numbers = (f"{topic}.new-{day:%y%m%d}-{number}" for number in range(1, 1000))
    return next(one for one in numbers if one not in known)
