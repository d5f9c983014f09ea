"""What the desk says of a question besides its words: whose it is, who asked the same, every version of its answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.console.records import Staff
from handlers.consult.experts import answers, merging
from handlers.consult.experts.acting import DECLINE_REASONS
from handlers.consult.experts.hours import Hours
from handlers.consult.experts.links import is_able
from handlers.consult.experts.owning import draft_of, note_of
from handlers.consult.experts.records import (
    ACTIVE,
    CHOSEN,
    DECLINED,
    DROPPED,
    HELD,
    LATE,
    LIVE,
    NOBODY,
    OPEN,
    PASSED,
    RETURNED,
    ROUTED,
    SENT,
    STAFF,
    UNREACHABLE,
    USELESS,
    WITHDRAWN,
    Answer,
    AnswerFor,
    Assignment,
    Expert,
    SameQuestion,
)
from handlers.consult.experts.release import reason_words
from handlers.consult.records import WAITING, ConsultQuestion

if TYPE_CHECKING:
    from bot.services import Services

WHY_WORDS = {
    ROUTED: "系统按专业和时间转的",
    NOBODY: "这会儿没有专家在，先放办公室",
    CHOSEN: "办公室指定的",
    PASSED: "上一位转来的",
    DECLINED: "上一位说不归他答",
    LATE: "上一位到时间没答",
    UNREACHABLE: "上一位的卡片没发到",
    WITHDRAWN: "从上一位那里收回的",
    RETURNED: "办公室退回去改的",
}
VERSION_WORDS = {HELD: "等放行", SENT: "已发给对方", RETURNED: "退回了", DROPPED: "没有发出"}


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a question is, in words; ``late``: it is past its time."""

    words: str
    late: bool
    held: bool
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an answer as staff see it."""

    id: str
    author: str
    by: str
    text: str
    state: str
    words: str
    at: datetime
    holds: str
    note: str
    correction: bool
    told: int
    useless: bool


@dataclass(frozen=True, slots=True)
class Line:
    """What a line of the queue says of a question's owner and of who asked the same."""

    owner: Owner | None
    others: int


@dataclass(frozen=True, slots=True)
class Beside:
    """All of it for one question's page. ``draft``: what was sent back to the office's own desk."""

    owner: Owner | None
    why: str
    note: str
    draft: str
    had: tuple[str, ...]
    lead_id: str
    others: int
    same: tuple[merging.SameOne, ...]
    suggested: merging.Suggested | None
    versions: tuple[Version, ...]
    experts: tuple[tuple[str, str], ...]

    @property
    def correctable(self) -> Version | None:
        """What was sent last, which can be corrected."""
        return next((one for one in reversed(self.versions) if one.state == SENT), None)


def beside(session: Session, services: Services, question: ConsultQuestion) -> Beside:
    """See the module; of a marked question only its versions, for it is nobody's but the officer's on duty."""
    open_ = question.queue == WAITING and not question.mark
    past = list(
        session.scalars(
            select(Assignment).where(Assignment.question_id == question.id).order_by(Assignment.assigned_at)
        )
    )
    owned = next((one for one in past if one.state in LIVE), None) if open_ else None
    names = _names(session)
    return Beside(
        owner=_owner(services, owned, names) if owned else None,
        why=WHY_WORDS.get(owned.why, "") if owned else "",
        note=note_of(services, owned) if owned else "",
        draft=draft_of(services, owned) if owned and owned.expert_id is None else "",
        had=tuple(filter(None, (_past_words(one, names) for one in past if one.state not in LIVE))),
        lead_id=merging.lead_of(session, question.id) if open_ else "",
        others=merging.others(session, question.id) if open_ else 0,
        same=tuple(merging.waiting_with(session, services, question.id)) if open_ else (),
        suggested=merging.suggested(session, services, question) if open_ else None,
        versions=tuple(_version(session, services, one, names) for one in answers.versions(session, question.id)),
        experts=_able(session, services, owned) if open_ else (),
    )


def lines(session: Session, services: Services, ids: Sequence[str]) -> dict[str, Line]:
    """For the questions of a list."""
    names = _names(session)
    owned = {
        one.question_id: one
        for one in session.scalars(
            select(Assignment).where(Assignment.question_id.in_(ids), Assignment.state.in_(LIVE))
        )
    }
    counted = (
        select(SameQuestion.lead_id, func.count())
        .join(ConsultQuestion, ConsultQuestion.id == SameQuestion.question_id)
        .where(SameQuestion.lead_id.in_(ids), *merging.WAITS)
        .group_by(SameQuestion.lead_id)
    )
    others = dict(session.execute(counted).all())
    return {id_: Line(_owner(services, owned[id_], names) if id_ in owned else None, others.get(id_, 0)) for id_ in ids}


def overdue(session: Session, now: datetime) -> tuple[int, datetime | None]:
    """Questions that are past their time, and since when the first of them."""
    count, first = session.execute(
        select(func.count(), func.min(Assignment.due_at))
        .join(ConsultQuestion, ConsultQuestion.id == Assignment.question_id)
        .where(
            Assignment.state == OPEN,
            Assignment.due_at <= now,
            ConsultQuestion.queue == WAITING,
            ConsultQuestion.mark == "",
        )
    ).one()
    return int(count), first


def author_name(session: Session, id_: str) -> str:
    """Who answered: a member of staff or an expert."""
    if not id_:
        return ""
    staff = session.scalar(select(Staff.name).where(Staff.id == id_))
    if staff is not None:
        return staff
    expert = session.get(Expert, id_)
    return f"{expert.name}（{expert.unit}）" if expert else ""


def _names(session: Session) -> dict[str, str]:
    return dict(session.execute(select(Expert.id, Expert.name)).all())


def _owner(services: Services, owned: Assignment, names: dict[str, str]) -> Owner:
    late = owned.due_at <= services.clock.now()
    if owned.state == HELD:
        who = names.get(owned.expert_id or "", "专家")
        return Owner(f"{who}写好了，等放行", False, True, owned.due_at)
    where = f"在专家{names.get(owned.expert_id, '')}那里" if owned.expert_id else "在办公室"
    return Owner(where, late, False, owned.due_at)


def _past_words(one: Assignment, names: dict[str, str]) -> str:
    name = names.get(one.expert_id or "", "")
    if not name:
        return ""
    if one.state == DECLINED:
        return f"{name}说不归他答：{DECLINE_REASONS.get(one.reason, '')}"
    ended = {PASSED: "转走了", LATE: "到时间没答", UNREACHABLE: "卡片没发到", WITHDRAWN: "收回了"}.get(one.state)
    return f"{name}{ended}" if ended else ""


def _version(session: Session, services: Services, one: Answer, names: dict[str, str]) -> Version:
    served = session.execute(select(AnswerFor.sent, AnswerFor.found).where(AnswerFor.answer_id == one.id)).all()
    by = author_name(session, one.author) if one.author_is == STAFF else names.get(one.author, "")
    return Version(
        id=one.id,
        author=one.author,
        by=by,
        text=answers.text_of(services, one),
        state=one.state,
        words=VERSION_WORDS[one.state],
        at=one.decided_at or one.created_at,
        holds=reason_words(one.holds.split(",")),
        note=answers.note_of(services, one),
        correction=one.correction,
        told=sum(sent for sent, _ in served),
        useless=any(found == USELESS for _, found in served),
    )


def _able(session: Session, services: Services, owned: Assignment | None) -> tuple[tuple[str, str], ...]:
    """Experts whom the office can give the question to, those who work now first."""
    now = services.clock.now()
    able = [one for one in session.scalars(select(Expert).where(Expert.state == ACTIVE)) if is_able(services, one)]
    others = [one for one in able if owned is None or one.id != owned.expert_id]
    ranked = sorted(others, key=lambda one: (not Hours.load(one.hours).covers(now), one.name))
    return tuple(
        (one.id, f"{one.name}（{one.unit}）{'' if Hours.load(one.hours).covers(now) else '，这会儿不在'}")
        for one in ranked
    )
