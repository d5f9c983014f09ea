"""What the buttons of an expert's form do. The words stay in the form whenever they did not go."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from bot import outbox
from handlers.consult import replies
from handlers.consult.answering import answering, search
from handlers.consult.experts import answers, merging
from handlers.consult.experts.answers import Author, NotTheirs, Unchanged
from handlers.consult.experts.assigning import route
from handlers.consult.experts.owning import assign, end, keep_draft
from handlers.consult.experts.records import ANSWERED, DECLINED, EXPERT, HELD, OPEN, PASSED, Assignment, Expert
from handlers.consult.experts.rules import topics
from handlers.consult.records import WAITING, ConsultQuestion
from handlers.consult.replies import REPLY_CHARS, NoPerson, Taken
from knowledge.index import wording
from knowledge.schema import Entry

if TYPE_CHECKING:
    from bot.services import Services

__all__ = ["DECLINE_REASONS", "OFFICE", "REPLY_CHARS", "Done", "Found", "act", "topics"]

OFFICE = "office"
NOTE_CHARS = 200
FOUND = 5
DECLINE_REASONS: Mapping[str, str] = {
    "not_mine": "不是我的专业",
    "other_office": "不归住建部门管",
    "involved": "和我或我单位有关，要回避",
    "unclear": "看不明白在问什么",
    "no_time": "这几天没空",
}
REASON_NOTE = "上一位专家说：{reason}。{note}"
Form = MultiDict[str, str]


@dataclass(frozen=True, slots=True)
class Found:
    """An entry to quote: its question, its answer and source as they are put into the words."""

    id: str
    question: str
    text: str


@dataclass(frozen=True, slots=True)
class Done:
    """What a button did. ``over``: go back to the page as it is now; else it is shown again with ``words``.

    ``action`` is for the audit log, ``detail`` its codes. ``problem`` and ``said`` are words for the expert.
    """

    over: bool = False
    words: str | None = None
    problem: str = ""
    said: str = ""
    status: int = 200
    found: tuple[Found, ...] | None = None
    action: str = ""
    detail: Mapping[str, str | int | bool] = field(default_factory=dict)
    pushes: bool = False

    def wake(self, services: Services) -> None:
        """After the commit: what was planned leaves at once."""
        if self.pushes:
            outbox.wake(services)


def act(
    session: Session,
    services: Services,
    expert: Expert,
    owned: Assignment,
    question: ConsultQuestion,
    form: Form,
    request_id: str,
) -> Done:
    """Do what the pressed button says, in the caller's transaction."""
    words, button = form.get("words", ""), form.get("do", "")
    if button == "correct":
        return _correct(session, services, expert, owned, question, words, form.get("version", ""), request_id)
    if owned.state != OPEN or question.queue != WAITING:
        return _too_late(session, services, expert, owned, question, words)
    if form.get("quote"):
        return _quote(services, owned, words, form["quote"])
    if form.get("same_reply"):
        return _take_over(session, services, owned, question, words)
    if button == "search":
        keep_draft(services, owned, words)
        return Done(words=words, found=_search(services, form.get("looked_for", "")))
    acts: Mapping[str, Callable[[], Done]] = {
        "send": lambda: _send(session, services, expert, owned, question, words, form, request_id),
        "pass": lambda: _pass(session, services, owned, question, words, form),
        "decline": lambda: _decline(session, services, owned, question, words, form),
    }
    if button in acts:
        return acts[button]()
    keep_draft(services, owned, words)
    return Done(words=words, said="存好了，下次打开接着写。")


def save_only(services: Services, owned: Assignment, words: str) -> bool:
    """Keep what was written where no button does anything now; whether there was anything to keep."""
    if owned.state != OPEN or not words.strip():
        return False
    keep_draft(services, owned, words)
    return True


def _send(
    session: Session,
    services: Services,
    expert: Expert,
    owned: Assignment,
    question: ConsultQuestion,
    words: str,
    form: Form,
    request_id: str,
) -> Done:
    keep_draft(services, owned, words)
    problem = replies.complaint(words)
    if problem:
        return Done(words=words, problem=problem, status=400)
    listed, ticked = set(form.getlist("shown")), form.getlist("same")
    members = {one.id for one in merging.waiting_with(session, services, question.id)}
    merging.set_apart(session, question.id, (listed & members) - set(ticked))
    same = sorted(members & listed & set(ticked))
    try:
        given = answers.give(session, services, question.id, same, Author(expert.id, EXPERT), words, request_id)
    except NoPerson:
        return Done(words=words, problem="这条问题太久了，已经和提问的人断开，发不到了。请转给办公室关闭。", status=409)
    except Taken:
        return Done(words=words, problem="刚刚已经由别人答复了，您的没有发出。对方不会收到两份。", status=409)
    keep_draft(services, owned, "")
    detail: dict[str, str | int | bool] = {"held": ",".join(given.holds), "told": given.told}
    return Done(over=True, action="consult.expert_reply", detail=detail, pushes=True)


def _correct(
    session: Session,
    services: Services,
    expert: Expert,
    owned: Assignment,
    question: ConsultQuestion,
    words: str,
    version: str,
    request_id: str,
) -> Done:
    """Other words for what this expert wrote and what was sent last."""
    problem = replies.complaint(words)
    if problem:
        return Done(words=words, problem=problem, status=400)
    theirs = {one.id for one in answers.versions(session, question.id)}
    if owned.state != ANSWERED or version not in theirs:
        return Done(words=words, problem="这条现在不能更正，请联系办公室。", status=409)
    author = Author(expert.id, EXPERT)
    try:
        given = answers.correct(session, services, version, author, words, request_id, waits=True)
    except Unchanged:
        return Done(words=words, problem="和已经发出的一样，没有再发。", status=400)
    except NotTheirs:
        return Done(words=words, problem="发给对方的这条是别人写的，您不能更正。有不妥请告诉办公室。", status=403)
    except Taken:
        return Done(words=words, problem="这条现在不能更正，请联系办公室。", status=409)
    detail: dict[str, str | int | bool] = {"held": ",".join(given.holds), "told": given.told}
    return Done(over=True, action="consult.expert_correct", detail=detail, pushes=True)


def _pass(
    session: Session, services: Services, owned: Assignment, question: ConsultQuestion, words: str, form: Form
) -> Done:
    """To who knows another topic, or to the office, with a note for them."""
    to, note = form.get("to", ""), form.get("note", "").strip()
    if to != OFFICE and to not in topics():
        return Done(words=words, problem="请选转给谁。", status=400)
    if len(note) > NOTE_CHARS:
        return Done(words=words, problem=f"留言最多{NOTE_CHARS}字。", status=400)
    kept = replies.masked(note)[0]
    end(services, owned, PASSED, to[:16])
    session.flush()
    if to == OFFICE:
        assign(session, services, question, None, PASSED, topics=owned.topic, note=kept)
    else:
        route(session, services, question, PASSED, topics=to, note=kept)
    return Done(over=True, action="consult.expert_pass", detail={"to": to})


def _decline(
    session: Session, services: Services, owned: Assignment, question: ConsultQuestion, words: str, form: Form
) -> Done:
    """Not this expert's to answer: to the next who knows, else to the office, with the reason."""
    reason, note = form.get("reason", ""), form.get("note", "").strip()
    if reason not in DECLINE_REASONS:
        return Done(words=words, problem="请选一个不归您答的原因。", status=400)
    if len(note) > NOTE_CHARS:
        return Done(words=words, problem=f"留言最多{NOTE_CHARS}字。", status=400)
    end(services, owned, DECLINED, reason)
    session.flush()
    said = REASON_NOTE.format(reason=DECLINE_REASONS[reason], note=replies.masked(note)[0])
    if reason in {"other_office", "unclear"}:
        assign(session, services, question, None, DECLINED, topics=owned.topic, note=said)
    else:
        route(session, services, question, DECLINED, topics=owned.topic, note=said)
    return Done(over=True, action="consult.expert_decline", detail={"reason": reason})


def _too_late(
    session: Session, services: Services, expert: Expert, owned: Assignment, question: ConsultQuestion, words: str
) -> Done:
    """The question is not this expert's any more. A button pressed twice is no news; other words stay on the page."""
    sent = [answers.text_of(services, one) for one in answers.versions(session, question.id) if one.author == expert.id]
    if owned.state in {ANSWERED, HELD} and (not words.strip() or replies.masked(words)[0] in sent):
        return Done(over=True)
    if not words.strip():
        return Done(over=True)
    if owned.state in {ANSWERED, HELD}:
        return Done(words=words, problem="您已经答过了。要改，请用下面的“更正”。", status=409)
    return Done(words=words, problem="这个问题已经不在您这里了，您写的没有发出，需要的话请复制。", status=409)


def _take_over(session: Session, services: Services, owned: Assignment, question: ConsultQuestion, words: str) -> Done:
    """Put in the answer that a same question got lately."""
    found = merging.suggested(session, services, question)
    if found is None:
        return Done(words=words, problem="那条答复已经改了或过了一天，请自己写。", status=409)
    return _joined(services, owned, words, found.reply)


def _quote(services: Services, owned: Assignment, words: str, entry_id: str) -> Done:
    """Put an entry's answer and its source into the words."""
    entry = answering().entry(entry_id)
    if entry is None:
        return Done(words=words, problem="知识库里这一条刚刚撤下了，请另选。", status=409)
    return _joined(services, owned, words, _entry_text(services, entry))


def _joined(services: Services, owned: Assignment, words: str, more: str) -> Done:
    both = "\n".join(part for part in (words.strip(), more) if part)
    keep_draft(services, owned, both)
    problem = replies.complaint(both) if len(both) > REPLY_CHARS else ""
    return Done(words=both, said="" if problem else "已放进答复里，改好再发。", problem=problem)


def _search(services: Services, looked_for: str) -> tuple[Found, ...]:
    if not looked_for.strip():
        return ()
    found = search(looked_for.strip()[:REPLY_CHARS], FOUND)
    return tuple(Found(one.entry.id, one.entry.question, _entry_text(services, one.entry)) for one in found)


def _entry_text(services: Services, entry: Entry) -> str:
    held = wording(entry, services.clock.today())
    sources: Sequence[str] = [source.cite() for source in held.sources[:1]]
    return f"{held.answer.strip()}\n依据：{'；'.join(sources)}"
