"""A question as its expert sees it on the phone: the words, no person, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.consult.answering import answering
from handlers.consult.asked import Asked, open_question
from handlers.consult.experts import answers, merging
from handlers.consult.experts.owning import draft_of, note_of
from handlers.consult.experts.places import kind_of
from handlers.consult.experts.records import (
    ANSWERED,
    DROPPED,
    HELD,
    LATE,
    OPEN,
    RETURNED,
    SENT,
    USELESS,
    Answer,
    AnswerFor,
    Assignment,
    Expert,
)
from handlers.consult.experts.release import reason_words
from handlers.consult.records import WAITING, ConsultQuestion
from knowledge.index import wording

if TYPE_CHECKING:
    from bot.services import Services

MOST = 60
STATE_WORDS = {
    OPEN: "等您答",
    HELD: "写好了，等办公室放行",
    ANSWERED: "已答复",
    LATE: "到时间没答，已转给别人",
    "taken": "已由别人答复或办公室处理了",
    "passed": "您已转给别人",
    "declined": "您说过不归您答，已转走",
    "unreachable": "卡片没发到，已转给别人",
    "withdrawn": "办公室收回了",
}
VERSION_WORDS = {HELD: "等办公室放行", SENT: "已发给对方", RETURNED: "办公室退回了", DROPPED: "没有发出"}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the expert's list."""

    id: str
    text: str
    state: str
    words: str
    at: datetime
    due_at: datetime
    late: bool
    others: int


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an answer. ``note``: why it was sent back; ``mine``: this expert wrote it."""

    id: str
    text: str
    words: str
    state: str
    at: datetime
    note: str
    holds: str
    correction: bool
    mine: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """All of the question's page."""

    id: str
    asked: Asked
    place: str
    state: str
    words: str
    open: bool
    due_at: datetime
    late: bool
    note: str
    draft: str
    before: str
    useless: tuple[str, ...]
    others: int
    same: tuple[merging.SameOne, ...]
    suggested: merging.Suggested | None
    versions: tuple[Version, ...]

    @property
    def mine(self) -> tuple[Version, ...]:
        return tuple(one for one in self.versions if one.mine)

    @property
    def latest(self) -> Version | None:
        """What was sent last."""
        return next((one for one in reversed(self.versions) if one.state == SENT), None)

    @property
    def correctable(self) -> Version | None:
        """What was sent last, where this expert wrote it."""
        last = self.latest
        return last if last is not None and last.mine else None

    @property
    def returned(self) -> Version | None:
        """The expert's last version, where the office sent that back."""
        last = self.mine[-1] if self.mine else None
        return last if last is not None and last.state == RETURNED else None


def listed(session: Session, services: Services, expert: Expert) -> list[Row]:
    """The expert's questions: what waits first, by when it is due; then the rest, the newest first."""
    wanted = (
        select(Assignment, ConsultQuestion)
        .join(ConsultQuestion, ConsultQuestion.id == Assignment.question_id)
        .where(Assignment.expert_id == expert.id, ConsultQuestion.mark == "")
        .order_by(Assignment.assigned_at.desc())
        .limit(MOST)
    )
    rows = [_row(session, services, owned, question) for owned, question in session.execute(wanted).all()]
    waiting = sorted((row for row in rows if row.state == OPEN), key=lambda row: row.due_at)
    return [*waiting, *(row for row in rows if row.state != OPEN)]


def shown(session: Session, services: Services, owned: Assignment, question: ConsultQuestion) -> Shown:
    """The page of one question; its words and the others' only while it is or was answered by this expert."""
    asked = open_question(services.content, question)
    state = _state(owned, question)
    is_open = state == OPEN
    same = tuple(merging.waiting_with(session, services, question.id)) if is_open else ()
    entry = answering().entry(question.entry_id) if question.entry_id and is_open else None
    return Shown(
        id=owned.id,
        asked=asked,
        place=kind_of(asked.text or ""),
        state=state,
        words=STATE_WORDS.get(state, "已转给别人"),
        open=is_open,
        due_at=owned.due_at,
        late=owned.due_at <= services.clock.now(),
        note=note_of(services, owned) if is_open else "",
        draft=draft_of(services, owned),
        before=wording(entry, question.as_of).answer.strip() if entry else "",
        useless=_useless(session, services, question) if is_open else (),
        others=merging.others(session, question.id) if is_open else 0,
        same=same,
        suggested=merging.suggested(session, services, question) if is_open else None,
        versions=_versions(session, services, owned, question) if state in {OPEN, HELD, ANSWERED} else (),
    )


def _state(owned: Assignment, question: ConsultQuestion) -> str:
    """How it stands; what was answered elsewhere a moment ago is not open any more."""
    if owned.state in {OPEN, HELD} and question.queue != WAITING:
        return "taken"
    return owned.state


def _row(session: Session, services: Services, owned: Assignment, question: ConsultQuestion) -> Row:
    asked = open_question(services.content, question)
    state = _state(owned, question)
    return Row(
        id=owned.id,
        text=asked.text or "（这条打不开，请告诉办公室）",
        state=state,
        words=STATE_WORDS.get(state, "已转给别人"),
        at=owned.ended_at or owned.assigned_at,
        due_at=owned.due_at,
        late=owned.due_at <= services.clock.now(),
        others=merging.others(session, question.id) if state == OPEN else 0,
    )


def _versions(
    session: Session, services: Services, owned: Assignment, question: ConsultQuestion
) -> tuple[Version, ...]:
    """What this expert wrote of it, and, once they answered, what the office made of it."""
    found = answers.versions(session, question.id)
    mine = [one for one in found if one.author == owned.expert_id]
    if not mine:
        return ()
    wanted = found if owned.state == ANSWERED else mine
    return tuple(
        _version(services, one, one.author == owned.expert_id) for one in wanted if one.created_at >= mine[0].created_at
    )


def _version(services: Services, one: Answer, mine: bool) -> Version:
    return Version(
        id=one.id,
        text=answers.text_of(services, one),
        words=VERSION_WORDS[one.state],
        state=one.state,
        at=one.decided_at or one.created_at,
        note=answers.note_of(services, one),
        holds=reason_words(one.holds.split(",")),
        correction=one.correction,
        mine=mine,
    )


def _useless(session: Session, services: Services, question: ConsultQuestion) -> tuple[str, ...]:
    """Answers that the asker found of no use."""
    wanted = (
        select(Answer)
        .join(AnswerFor, AnswerFor.answer_id == Answer.id)
        .where(AnswerFor.question_id == question.id, AnswerFor.found == USELESS)
        .order_by(Answer.created_at)
    )
    return tuple(answers.text_of(services, one) for one in session.scalars(wanted))
