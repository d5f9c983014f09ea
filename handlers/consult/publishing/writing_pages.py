"""Writing an entry: the form, the difference to what is served, the second reader. The rules are ``editing``'s."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import update
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from bot.console.guard import audit, current_staff, page, services_here
from handlers.consult.answering import answer_text, answering
from handlers.consult.publishing import editing, evaluating, forms, listing
from handlers.consult.publishing.diffs import Difference, differences
from handlers.consult.publishing.editing import Conflict, Written
from handlers.consult.publishing.events import Refused
from handlers.consult.publishing.forms import Form
from handlers.consult.publishing.live import live, tree_entries
from handlers.consult.publishing.records import DRAFT, HIDE, PROPOSED, TEXT, EntryVersion
from handlers.consult.publishing.versions import body_of, fingerprint, read_body
from handlers.consult.records import EntryDraft
from knowledge.schema import ANSWER_CHARS

WRITE = "consult.entries.write"
TAKEN = "taken"
QUESTION_CHARS = 80
NOTE_CHARS = 200
MOST_CHARS = 20_000
"""Of a whole entry: more is no entry but something pasted by mistake."""

TOO_LONG = {"answer": "整条太长，没有存。是不是贴错了？"}


def add_to(blueprint: Blueprint) -> None:
    """Mount the pages."""
    blueprint.add_url_rule("/new", "new", new, methods=["GET", "POST"])
    blueprint.add_url_rule("/e/<entry_id>/edit", "edit", edit, methods=["GET", "POST"])
    blueprint.add_url_rule("/e/<entry_id>/hide", "hide", hide, methods=["POST"])
    blueprint.add_url_rule("/e/<entry_id>/settle", "settle", settle, methods=["POST"])
    blueprint.add_url_rule("/v/<version_id>", "version", version)
    blueprint.add_url_rule("/v/<version_id>/edit", "edit_version", edit_version, methods=["GET", "POST"])
    blueprint.add_url_rule("/v/<version_id>/<action>", "act", act, methods=["POST"])


@page(WRITE)
def new() -> Response | str | tuple[str, int]:
    """An entry that there is not yet: its topic and id are chosen here, once. It may begin with an expert's answer."""
    topic, slug = request.values.get("topic", ""), request.form.get("slug", "").strip().lower()
    services = services_here()
    with services.database.reading() as session:
        known = _known_ids(session)
        draft = session.get(EntryDraft, request.values.get("draft", ""))
    if request.method == "GET":
        return _form("", _of_draft(draft), topic=topic or _likely_topic(draft), draft=draft)
    entry_id = f"{topic}.{slug}" if slug else _free_id(topic, known)
    form = forms.read(request.form, entry_id)
    problem = "请选一个主题。" if topic not in listing.topics() else forms.id_problem(entry_id, topic, known)
    if problem:
        return _form("", form, topic=topic, slug=slug, problems={"id": problem}, draft=draft), 400
    return _save_new(entry_id, form, draft)


@page(WRITE)
def edit(entry_id: str) -> Response | str | tuple[str, int]:
    """Begin a draft over what is served; where somebody has begun one, go on with that."""
    with services_here().database.reading() as session:
        there = editing.open_version(session, entry_id)
    served = live().serving().index.by_id.get(entry_id) or tree_entries().get(entry_id)
    if served is None:
        raise NotFound
    if request.method == "GET":
        if there is not None:
            return redirect(url_for(".edit_version", version_id=there.id))
        return _form(entry_id, forms.of_body(body_of(served)))
    return _save_new(entry_id, forms.read(request.form, entry_id, _earlier(body_of(served))))


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


@page(WRITE)
def version(version_id: str) -> str:
    return _version(version_id)


@page(WRITE)
def edit_version(version_id: str) -> Response | str | tuple[str, int]:
    """Go on with a draft. What was written over meanwhile is shown beside one's own words."""
    with services_here().database.reading() as session:
        row = _find(session, version_id)
        author = listing.staff_names(session).get(row.written_by, "")
    if not listing.is_open(row) or row.kind == HIDE:
        return redirect(url_for(".version", version_id=version_id))
    if request.method == "GET":
        form = forms.of_body(row.body, row.effective_from, row.effective_to, row.note)
        return _form(row.entry_id, form, version=row, author=author, checked=True)
    form = forms.read(request.form, row.entry_id, _earlier(row.body))
    return _save(row, form, request.form.get("edit", 0, type=int))


@page(WRITE)
def act(version_id: str, action: str) -> Response | tuple[str, int]:
    """Propose, publish, send back or put away; each is refused where somebody changed the words meanwhile."""
    services, me = services_here(), current_staff().id
    number = request.form.get("edit", 0, type=int)
    try:
        with services.database.begin() as session:
            if action == "propose":
                row = editing.propose(session, services, version_id, number, me)
            elif action == "publish":
                row = editing.publish(
                    session, services, version_id, number, me, restore=bool(request.form.get("restore"))
                )
            elif action == "send-back":
                row = editing.send_back(
                    session, services, version_id, number, me, request.form.get("why", "")[:NOTE_CHARS]
                )
            elif action == "drop":
                row = editing.drop(session, services, version_id, number, me)
            else:
                raise NotFound
            audit(session, f"knowledge.{action.replace('-', '_')}", row.entry_id, detail={"number": row.number})
    except Conflict:
        return _version(version_id, problem="您打开以后，这一版又被改过或处理过了。下面是现在的样子，请再看一遍。"), 409
    except Refused as refused:
        return _version(version_id, problem=str(refused)), 409
    return _after(action, row)


def _after(action: str, row: EntryVersion) -> Response:
    if action == "propose":
        evaluating.ask(services_here(), row.id, current_staff().id)
        flash("已请人复核。请另一位专家或值班员打开这一页。")
    elif action == "publish":
        live().look()
        later = row.effective_from and row.effective_from > services_here().clock.today()
        flash(f"已发布，{row.effective_from:%Y-%m-%d}起用。" if later else "已发布，5秒内各处生效。")
    elif action == "send-back":
        flash("已退回，写的人会看到原因。")
    else:
        flash("已放弃这份草稿，写过的话还在记录里。")
        return redirect(url_for(".entry", entry_id=row.entry_id))
    return redirect(url_for(".version", version_id=row.id))


def _save_new(entry_id: str, form: Form, draft: EntryDraft | None = None) -> Response | tuple[str, int]:
    services, me = services_here(), current_staff().id
    if len(form.stored) > MOST_CHARS:
        return _form(entry_id, form, problems=TOO_LONG), 400
    question = draft.question_id if draft is not None else ""
    try:
        with services.database.begin() as session:
            row = editing.start(session, services, entry_id, me, _written(form), question=question)
            if draft is not None:
                session.execute(update(EntryDraft).where(EntryDraft.id == draft.id).values(state=TAKEN))
            audit(session, "knowledge.draft", entry_id, detail={"number": row.number})
    except Conflict as conflict:
        return _conflict(conflict.version, form)
    return _saved(row, form)


def _save(row: EntryVersion, form: Form, number: int) -> Response | tuple[str, int]:
    services, me = services_here(), current_staff().id
    if len(form.stored) > MOST_CHARS:
        return _form(row.entry_id, form, version=row, problems=TOO_LONG), 400
    try:
        with services.database.begin() as session:
            row = editing.save(session, services, row.id, number, me, _written(form))
            audit(session, "knowledge.save", row.entry_id, detail={"number": row.number})
    except Conflict as conflict:
        return _conflict(conflict.version, form)
    return _saved(row, form)


def _saved(row: EntryVersion, form: Form) -> Response | tuple[str, int]:
    """Kept; where it does not fit yet the form is shown again with what is wrong, else the difference."""
    wrong = _problems(form)
    if not wrong:
        flash("草稿存好了。看一下改了什么，没问题就请第二个人复核。")
        return redirect(url_for(".version", version_id=row.id))
    return _form(row.entry_id, form, version=row, problems=wrong, kept=True), 200


def _conflict(theirs: EntryVersion, form: Form) -> tuple[str, int]:
    """Somebody else's words are there: mine stay in the form, with what differs."""
    other = json.loads(theirs.body or "{}")
    with services_here().database.reading() as session:
        author = listing.staff_names(session).get(theirs.written_by, "有人")
    page_ = _form(
        theirs.entry_id,
        form,
        version=theirs,
        author=author,
        theirs=differences(other, form.body),
        gone=not listing.is_open(theirs),
    )
    return page_, 409


def _form(
    entry_id: str,
    form: Form,
    *,
    version: EntryVersion | None = None,
    topic: str = "",
    slug: str = "",
    author: str = "",
    problems: Mapping[str, str] | None = None,
    theirs: tuple[Difference, ...] = (),
    checked: bool = False,
    **more: Any,
) -> str:
    wrong = problems if problems is not None else _problems(form) if checked else {}
    return render_template(
        "knowledge/edit.html",
        entry_id=entry_id,
        form=form,
        version=version,
        topic=topic,
        slug=slug,
        topics=listing.topics(),
        author=author,
        labels=forms.LABELS,
        audiences=forms.AUDIENCES,
        source_fields=forms.SOURCE_FIELDS,
        most=ANSWER_CHARS,
        problems=wrong,
        theirs=theirs,
        **more,
    )


def _version(version_id: str, *, problem: str = "") -> str:
    services = services_here()
    day = services.clock.today()
    with services.database.reading() as session:
        row = _find(session, version_id)
        stand = listing.stand(session, row.entry_id, day)
        mine = current_staff().id in editing.writers(session, row)
        run = evaluating.latest(session, row.id)
    assert stand is not None
    form = forms.of_body(row.body, row.effective_from, row.effective_to, row.note)
    wrong = _problems(form) if listing.is_open(row) and row.kind == TEXT else {}
    after = {} if row.kind == HIDE else dict(form.body)
    return render_template(
        "knowledge/version.html",
        row=row,
        stand=stand,
        changes=differences(listing.fields_of(stand.served), after),
        served_changed=listing.is_open(row) and row.over != fingerprint(stand.served),
        said=_said(row, wrong),
        question=listing.question_of(row),
        state_words=listing.STATE_WORDS,
        describe=listing.describe,
        hiding=row.kind == HIDE,
        problems=wrong,
        labels=forms.LABELS,
        mine=mine,
        is_draft=row.state == DRAFT,
        is_proposed=row.state == PROPOSED,
        later=row.effective_from is not None and row.effective_from > day,
        problem=problem,
        measured=evaluating.compared(run),
    )


def _said(row: EntryVersion, wrong: Mapping[str, str]) -> str:
    """The answer as the phone would show it."""
    if row.kind == HIDE or wrong:
        return ""
    try:
        return answer_text(read_body(row.body), services_here().clock.today())
    except ValueError:
        return ""


def _problems(form: Form) -> dict[str, str]:
    services = services_here()
    with services.database.reading() as session:
        known = _known_ids(session)
    return forms.problems(form, known, services.clock.today())


def _known_ids(session: Session) -> set[str]:
    opened = session.query(EntryVersion.entry_id).distinct()
    return {*live().serving().index.by_id, *tree_entries(), *(row[0] for row in opened)}


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


def _written(form: Form) -> Written:
    first, last = form.days
    return Written(form.stored, first, last, form.note[:NOTE_CHARS])


def _earlier(body: str) -> list[Any]:
    found: list[Any] = json.loads(body or "{}").get("earlier", [])
    return found


def _find(session: Session, version_id: str) -> EntryVersion:
    row = session.get(EntryVersion, version_id)
    if row is None:
        raise NotFound
    return row
