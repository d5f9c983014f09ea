"""待回复咨询: the console pages on which officers and experts answer what the knowledge base could not."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from bot import outbox
from bot.clock import SHANGHAI
from bot.console.audit import name_actions, name_details
from bot.console.guard import audit, current_staff, page, services_here
from bot.console.home import HomeItem
from bot.console.records import Staff
from bot.console.roles import may_open
from bot.messages import CHANNEL_WORDS
from bot.outbox.records import OutboxMessage
from handlers.consult import replies
from handlers.consult.answering import answering, search
from handlers.consult.asked import Asked, how_long, open_question, sent_words
from handlers.consult.experts import question_desk
from handlers.consult.experts.beside import author_name, beside, lines
from handlers.consult.experts.merging import waits_with_another
from handlers.consult.experts.release import reason_words, reasons
from handlers.consult.laws.near import NearArticle, near_articles
from handlers.consult.records import (
    ANSWERED,
    ARTICLE,
    CLOSED,
    REPLIED,
    WAITING,
    ConsultQuestion,
    EntryDraft,
)
from knowledge.index import wording
from knowledge.schema import Entry

if TYPE_CHECKING:
    from bot.services import Services

SHOWN = 100
NEAR = 3
URGENT_AFTER = timedelta(hours=4)
REPLY_WINDOW = timedelta(hours=47)  # WeChat lets us write first within 48 hours of the person's last message
VIEWS = {WAITING: "待回复", REPLIED: "已答复", CLOSED: "已关闭"}
MARKED = "marked"
name_actions({"consult.reply": "答复咨询", "consult.close": "关闭咨询", "consult.draft": "收入知识库草稿"})
name_details({f"reason={code}": words for code, words in replies.CLOSE_REASONS.items()})


def pages(services: Services) -> Blueprint:
    """The blueprint that the console mounts."""
    blueprint = Blueprint("consult_desk", __name__, template_folder="templates", url_prefix="/consult")
    blueprint.add_url_rule("/", "queue", queue)
    blueprint.add_url_rule("/waiting", "waiting", waiting)
    blueprint.add_url_rule("/drafts", "drafts", drafts)
    blueprint.add_url_rule("/q/<question_id>", "question", question)
    blueprint.add_url_rule("/q/<question_id>/preview", "preview", preview, methods=["POST"])
    blueprint.add_url_rule("/q/<question_id>/reply", "reply", reply, methods=["POST"])
    blueprint.add_url_rule("/q/<question_id>/close", "close", close, methods=["POST"])
    blueprint.add_url_rule("/q/<question_id>/draft", "draft", draft, methods=["POST"])
    return blueprint


def home(services: Services) -> list[HomeItem]:
    """What consult adds to the first page: the queue, and today's numbers."""
    now = services.clock.now()
    midnight = datetime.combine(services.clock.today(), time(), SHANGHAI).astimezone(UTC)
    with services.database.reading() as session:
        count, oldest = _waiting(session, ConsultQuestion.mark == "")
        marked, first_marked = _waiting(session, ConsultQuestion.mark != "")
        asked = _count(session, ConsultQuestion.asked_at >= midnight)
        answered = _count(
            session, ConsultQuestion.asked_at >= midnight, ConsultQuestion.outcome.in_([ANSWERED, ARTICLE])
        )
        replied = _count(session, ConsultQuestion.replied_at >= midnight, ConsultQuestion.queue == REPLIED)
    late = oldest is not None and now - oldest >= URGENT_AFTER
    queue_url = url_for("consult_desk.queue")
    marked_url = url_for("consult_desk.queue", view=MARKED)
    return [
        HomeItem("隐患和敏感的来信", marked, marked_url, "urgent", _hint(first_marked, now), "consult.marked"),
        HomeItem("待回复咨询", count, queue_url, "urgent" if late else "soon", _hint(oldest, now), "consult.queue"),
        HomeItem("今天问的", asked, "", page="consult.numbers", number=True, unit="条"),
        HomeItem("当场答上", answered, "", page="consult.numbers", number=True, unit="条"),
        HomeItem("专家答复", replied, "", page="consult.numbers", number=True, unit="条"),
    ]


@page("consult.queue")
def queue() -> str:
    """The list; the oldest waiting first, the others newest first."""
    view, views = request.args.get("view", WAITING), _views()
    if view not in views:
        raise NotFound
    return render_template("consult/queue.html", view=view, views=views, **_listed(view))


@page("consult.queue", quiet=True)
def waiting() -> Response | str:
    """The waiting list alone, for its refresh; 204 while it is as it was."""
    view = MARKED if request.args.get("view") == MARKED and MARKED in _views() else WAITING
    listed = _listed(view)
    if request.args.get("seen") == listed["seen"]:
        return Response(status=204)
    return render_template("consult/_rows.html", view=view, **listed)


@page("consult.queue")
def question(question_id: str) -> str:
    with services_here().database.reading() as session:
        return _render(session, _find(session, question_id))


@page("consult.queue")
def preview(question_id: str) -> str:
    with services_here().database.reading() as session:
        asked = open_question(services_here().content, _find(session, question_id))
    words = request.form.get("reply", "")
    return render_template("consult/_preview.html", **_previewed(asked, words))


@page("consult.queue")
def reply(question_id: str) -> Response | str | tuple[str, int]:
    services, words = services_here(), request.form.get("reply", "")
    problem = replies.complaint(words)
    status = 400
    if not problem:
        try:
            with services.database.begin() as session:
                _find(session, question_id)
                given = question_desk.answer(session, services, question_id, words)
        except replies.Taken:
            problem, status = "taken", 409
        except replies.NoPerson:
            problem = "这条问题太久了，已经和提问的人断开，发不到了。只能关闭。"
        else:
            outbox.wake(services)
            flash(question_desk.sent_words(given))
            return redirect(url_for(".question", question_id=question_id))
    with services.database.reading() as session:
        return _render(session, _find(session, question_id), words=words, problem=problem), status


@page("consult.queue")
def close(question_id: str) -> Response | str | tuple[str, int]:
    services, reason = services_here(), request.form.get("reason", "")
    problem, status = "请选一个关闭的原因。", 400
    if reason in replies.CLOSE_REASONS:
        try:
            with services.database.begin() as session:
                _find(session, question_id)
                replies.close(session, services, question_id, current_staff().id)
                audit(session, "consult.close", question_id, detail={"reason": reason})
        except replies.Taken:
            problem, status = "taken", 409
        else:
            flash("已关闭，没有给对方发消息。")
            return redirect(url_for(".queue"))
    with services.database.reading() as session:
        return _render(session, _find(session, question_id), problem=problem), status


@page("consult.drafts")
def draft(question_id: str) -> Response:
    services = services_here()
    with services.database.begin() as session:
        row = _find(session, question_id)
        if row.mark:
            raise NotFound
        if replies.keep_as_draft(session, services, row, current_staff().id):
            audit(session, "consult.draft", question_id)
            flash("已收入知识库草稿，审核后才会用来回答。")
        else:
            flash("草稿里已经有这一条了。" if row.reply_sealed else "答复过的才能收入草稿。")
    return redirect(url_for(".question", question_id=question_id))


@page("consult.drafts")
def drafts() -> str:
    with services_here().database.reading() as session:
        rows = session.execute(
            select(EntryDraft, Staff.name)
            .outerjoin(Staff, Staff.id == EntryDraft.created_by)
            .order_by(EntryDraft.created_at.desc())
            .limit(SHOWN)
        ).all()
    return render_template("consult/drafts.html", flags_of=_flags_of, rows=rows)


def _flags_of(draft: EntryDraft) -> str:
    """What in a draft waits for release, in words."""
    return reason_words(reasons(draft.question, draft.answer))


def _render(session: Session, row: ConsultQuestion, *, words: str = "", problem: str = "") -> str:
    """The page of one question; ``problem`` is "taken" or words for the officer, ``words`` what they have written."""
    services, asked = services_here(), open_question(services_here().content, row)
    near = _near(asked)
    message = session.scalar(
        select(OutboxMessage)
        .where(OutboxMessage.kind == replies.KIND, OutboxMessage.subject == row.id)
        .order_by(OutboxMessage.planned_at.desc(), OutboxMessage.id.desc())
        .limit(1)
    )
    now = services.clock.now()
    return render_template(
        "consult/question.html",
        asked=asked,
        views=VIEWS,
        mark=asked.mark,
        waited=how_long(asked.asked_at, now),
        late=asked.channel == "wechat" and now - asked.asked_at > REPLY_WINDOW,
        said=_entry_words(answering().known(asked.entry_id)) if asked.entry_id else None,
        stopped=answering().known(asked.stopped_entry) if asked.stopped_entry else None,
        near=near,
        articles=_articles(session, asked, near),
        words=words,
        problem=problem,
        channel_words=CHANNEL_WORDS,
        handler=author_name(session, row.replied_by or ""),
        beside=beside(session, services, row),
        form=request.form,
        sent=sent_words(message) if message else "",
        drafted=bool(session.scalar(select(EntryDraft.id).where(EntryDraft.question_id == row.id))),
        next_id=session.scalar(
            select(ConsultQuestion.id)
            .where(
                ConsultQuestion.queue == WAITING,
                ConsultQuestion.id != row.id,
                ConsultQuestion.mark == row.mark,
                ~waits_with_another(),
            )
            .order_by(ConsultQuestion.asked_at)
            .limit(1)
        ),
        reasons=replies.CLOSE_REASONS,
        **_previewed(asked, words),
    )


def _previewed(asked: Asked, words: str) -> dict[str, object]:
    head = replies.OFFICER if asked.mark else replies.OPINION
    shown = replies.message_text(asked.text or "", words, head) if words.strip() else ""
    return {
        "preview": shown,
        "most": replies.REPLY_CHARS,
        "too_long": len(words.strip()) > replies.REPLY_CHARS,
        "masked": replies.masked(words)[1],
    }


def _listed(view: str) -> dict[str, object]:
    services = services_here()
    waits = view in {WAITING, MARKED}
    order = ConsultQuestion.asked_at if waits else ConsultQuestion.replied_at.desc()
    wanted = [ConsultQuestion.queue == (WAITING if waits else view)]
    if view == WAITING:
        wanted.append(~waits_with_another())
    if waits or not _reads_marked():
        wanted.append(ConsultQuestion.mark != "" if view == MARKED else ConsultQuestion.mark == "")
    with services.database.reading() as session:
        rows = session.scalars(select(ConsultQuestion).where(*wanted).order_by(order).limit(SHOWN)).all()
        total = _count(session, *wanted)
        beside_lines = lines(session, services, [row.id for row in rows]) if view == WAITING else {}
    now = services.clock.now()
    opened = [open_question(services.content, row) for row in rows]
    questions = [(asked, how_long(asked.asked_at, now)) for asked in opened]
    told = [total, beside_lines, *((asked.id, waited) for asked, waited in questions)]
    return {
        "questions": questions,
        "lines": beside_lines,
        "total": total,
        "seen": sha256(repr(told).encode()).hexdigest()[:16],
        "channel_words": CHANNEL_WORDS,
    }


def _find(session: Session, question_id: str) -> ConsultQuestion:
    """A question that is or was on the queue; what was answered at once is nobody's to read, what is marked is the
    officer's on duty alone."""
    row = session.get(ConsultQuestion, question_id)
    if row is None or row.queue not in VIEWS or (row.mark and not _reads_marked()):
        raise NotFound
    return row


def _reads_marked() -> bool:
    return may_open(current_staff().role, "consult.marked")


def _views() -> dict[str, str]:
    return {**VIEWS, MARKED: "隐患和敏感"} if _reads_marked() else VIEWS


def _waiting(session: Session, which: ColumnElement[bool]) -> tuple[int, datetime | None]:
    counted = select(func.count(), func.min(ConsultQuestion.asked_at)).where(ConsultQuestion.queue == WAITING, which)
    count, oldest = session.execute(counted).one()
    return int(count), oldest


def _hint(oldest: datetime | None, now: datetime) -> str:
    waited = how_long(oldest, now) if oldest else ""
    return f"等得最久的{waited}" if waited.startswith("已等") else waited


def _near(asked: Asked) -> list[tuple[Entry, str]]:
    """Entries that may help, each with the answer that holds today."""
    if asked.queue != WAITING or not asked.text:
        return []
    found = [candidate.entry for candidate in search(asked.text, NEAR) if candidate.entry.id != asked.entry_id]
    return [(entry, _entry_words(entry)) for entry in found]


def _articles(session: Session, asked: Asked, near: list[tuple[Entry, str]]) -> list[NearArticle]:
    """Law articles that may help; none for what is on no expert's table."""
    if asked.queue != WAITING or not asked.text or asked.mark:
        return []
    return near_articles(session, asked.text, [entry for entry, _ in near], services_here().clock.today(), NEAR)


def _entry_words(entry: Entry | None) -> str:
    if entry is None:
        return ""
    held = wording(entry, services_here().clock.today())
    return "\n".join([held.answer.strip(), f"依据：{'；'.join(source.cite() for source in held.sources[:1])}"])


def _count(session: Session, *where: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(ConsultQuestion).where(*where)) or 0
