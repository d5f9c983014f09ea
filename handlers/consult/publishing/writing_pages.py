"""Writing an entry: the form, the difference to what is served, the second reader. The rules are ``editing``'s."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from bot.console.guard import audit, current_staff, page, services_here
from bot.console.roles import may_open
from handlers.consult.answering import answer_text
from handlers.consult.experts import release
from handlers.consult.publishing import editing, evaluating, forms, listing
from handlers.consult.publishing.diffs import Difference, differences
from handlers.consult.publishing.editing import Conflict, Written
from handlers.consult.publishing.events import Refused
from handlers.consult.publishing.forms import Form, bounded
from handlers.consult.publishing.live import live, tree_entries
from handlers.consult.publishing.records import DRAFT, HIDE, PROPOSED, TEXT, EntryVersion
from handlers.consult.publishing.versions import body_of, fingerprint, read_body
from handlers.consult.records import FRESH, TAKEN, EntryDraft
from knowledge.schema import ANSWER_CHARS

WRITE, RELEASE = "consult.entries.write", "consult.release"
NOTE_CHARS = 200
MOST_CHARS = 20_000
"""Of a whole entry: more is no entry but something pasted by mistake."""

TOO_LONG = {"answer": "整条太长，没有存。是不是贴错了？"}


def add_to(blueprint: Blueprint) -> None:
    """Mount the pages."""
    blueprint.add_url_rule("/e/<entry_id>/edit", "edit", edit, methods=["GET", "POST"])
    blueprint.add_url_rule("/v/<version_id>", "version", version)
    blueprint.add_url_rule("/v/<version_id>/edit", "edit_version", edit_version, methods=["GET", "POST"])
    blueprint.add_url_rule("/v/<version_id>/<action>", "act", act, methods=["POST"])


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
        return form_page(entry_id, forms.of_body(body_of(served)))
    return save_new(entry_id, forms.read(request.form, entry_id, _earlier(body_of(served))))


@page(WRITE)
def version(version_id: str) -> str:
    return _version(version_id)


@page(WRITE)
def edit_version(version_id: str) -> Response | str | tuple[str, int]:
    """Go on with a draft. What was written over meanwhile is shown beside one's own words."""
    with services_here().database.reading() as session:
        row = _find(session, version_id)
        author = _last_writer(session, row)
    if not listing.is_open(row) or row.kind == HIDE:
        return redirect(url_for(".version", version_id=version_id))
    if request.method == "GET":
        form = forms.of_body(row.body, row.effective_from, row.effective_to, row.note)
        return form_page(row.entry_id, form, version=row, author=author, checked=True)
    form = forms.read(request.form, row.entry_id, _earlier(row.body))
    return _save(row, form, request.form.get("edit", 0, type=bounded))


@page(WRITE)
def act(version_id: str, action: str) -> Response | tuple[str, int]:
    """Propose, publish, send back or put away; each is refused where somebody changed the words meanwhile."""
    services, me = services_here(), current_staff().id
    number = request.form.get("edit", 0, type=bounded)
    try:
        with services.database.begin() as session:
            if action == "propose":
                row = editing.propose(session, services, version_id, number, me)
            elif action == "publish":
                _refuse_unreleased(_find(session, version_id))
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
        flash(_published_words(row))
    elif action == "send-back":
        flash("已退回，写的人会看到原因。")
    else:
        flash("已放弃这份草稿，写过的话还在记录里。")
        return redirect(url_for(".entry", entry_id=row.entry_id))
    return redirect(url_for(".version", version_id=row.id))


def _published_words(row: EntryVersion) -> str:
    """What people hear from now on."""
    if row.effective_from and row.effective_from > services_here().clock.today():
        return f"已发布，{row.effective_from:%Y-%m-%d}起用。"
    if row.entry_id in live().serving().withdrawn:
        return "已发布。这一条还撤回着，恢复以后才用它回答。"
    return "已发布，5秒内各处生效。"


def save_new(entry_id: str, form: Form, draft: EntryDraft | None = None) -> Response | tuple[str, int]:
    services, me = services_here(), current_staff().id
    if len(form.stored) > MOST_CHARS:
        return form_page(entry_id, form, problems=TOO_LONG), 400
    question = draft.question_id if draft is not None else ""
    try:
        with services.database.begin() as session:
            row = editing.start(session, services, entry_id, me, _written(form), question=question)
            if draft is not None:
                _take(session, draft)
            audit(session, "knowledge.draft", entry_id, detail={"number": row.number})
    except Conflict as conflict:
        return _conflict(conflict.version, form)
    except Refused as refused:
        return form_page(entry_id, form, problems={"question": str(refused)}, draft=draft), 409
    return _saved(row, form)


def _take(session: Session, draft: EntryDraft) -> None:
    """The expert's answer becomes this entry. Raises Refused where it became another or was put away meanwhile."""
    taken = update(EntryDraft).where(EntryDraft.id == draft.id, EntryDraft.state == FRESH).values(state=TAKEN)
    changed = session.execute(taken)
    if isinstance(changed, CursorResult) and changed.rowcount != 1:
        raise Refused("专家的这份答复已经有人写成条目或放弃了，没有再存一份。您写的都在下面。")


def _save(row: EntryVersion, form: Form, number: int) -> Response | tuple[str, int]:
    services, me = services_here(), current_staff().id
    if len(form.stored) > MOST_CHARS:
        return form_page(row.entry_id, form, version=row, problems=TOO_LONG), 400
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
    return form_page(row.entry_id, form, version=row, problems=wrong, kept=True), 200


def _conflict(theirs: EntryVersion, form: Form) -> tuple[str, int]:
    """Somebody else's words are there: mine stay in the form, with what differs."""
    other = json.loads(theirs.body or "{}")
    with services_here().database.reading() as session:
        author = _last_writer(session, theirs)
    page_ = form_page(
        theirs.entry_id,
        form,
        version=theirs,
        author=author,
        theirs=differences(other, form.body),
        gone=not listing.is_open(theirs),
    )
    return page_, 409


def _last_writer(session: Session, row: EntryVersion) -> str:
    """The name of whose words stand in the version now."""
    return listing.staff_names(session).get(editing.last_written(session, row)[0], "有人")


def form_page(
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
        saved_by, saved_at = editing.last_written(session, row)
        measured = evaluating.compared(session, evaluating.latest(session, row.id), day)
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
        saved=(stand.names.get(saved_by, "已离开的人"), saved_at) if saved_at > row.written_at else None,
        is_draft=row.state == DRAFT,
        is_proposed=row.state == PROPOSED,
        later=row.effective_from is not None and row.effective_from > day,
        problem=problem,
        flags=release.reason_words(_flags(row)) if listing.is_open(row) else "",
        office_only=not release.OFFICE_ONLY.isdisjoint(_flags(row)),
        measured=measured,
    )


def _flags(row: EntryVersion) -> tuple[str, ...]:
    """What of the words the second reader must look at."""
    fields = json.loads(row.body or "{}") if row.kind == TEXT else {}
    return release.of_entry(fields, from_answer=bool(row.question_id))


def _refuse_unreleased(row: EntryVersion) -> None:
    """Raises Refused where the words wait for release and the reader may not release."""
    flags = [reason for reason in _flags(row) if reason in release.OFFICE_ONLY]
    if flags and not may_open(current_staff().role, RELEASE):
        raise Refused(f"这一版{release.reason_words(flags)}，要由能放行专家意见的值班员复核发布。")


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
        known = known_ids(session)
    return forms.problems(form, known, services.clock.today())


def known_ids(session: Session) -> set[str]:
    opened = session.query(EntryVersion.entry_id).distinct()
    return {*live().serving().index.by_id, *tree_entries(), *(row[0] for row in opened)}


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
