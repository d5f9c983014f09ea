"""Answers with their versions: sent at once, held for the office's release, sent back, corrected.

Every step is a compare-and-set: of two who answer one question the second learns that it is taken, and nothing is sent
twice. No version is changed or deleted. All functions work in the caller's transaction; ``outbox.wake`` after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.orm import Session

from bot.ids import new_id
from handlers.consult import replies
from handlers.consult.experts import cards, release
from handlers.consult.experts.owning import hold, reopen, settle
from handlers.consult.experts.records import (
    DROPPED,
    EXPERT,
    HELD,
    RETURNED,
    SENT,
    STAFF,
    Answer,
    AnswerFor,
    Expert,
)
from handlers.consult.records import WAITING, ConsultQuestion
from handlers.consult.replies import NoPerson, Taken

if TYPE_CHECKING:
    from bot.services import Services

TABLE, TEXT, NOTE = Answer.__tablename__, "text", "note"
STEP = "correction"


class Unchanged(Exception):
    """A correction that says what was said before."""


class NotTheirs(Exception):
    """An answer that somebody else wrote: its author corrects it, or the office."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who answers. What an expert says may wait for release; the office's own words do not."""

    id: str
    kind: str

    @property
    def waits(self) -> bool:
        return self.kind == EXPERT


@dataclass(frozen=True, slots=True)
class Given:
    """What became of an answer: reasons why it is held, "" codes none; how many people are told."""

    answer_id: str
    holds: tuple[str, ...]
    told: int


def give(
    session: Session,
    services: Services,
    question_id: str,
    same: Sequence[str],
    author: Author,
    words: str,
    request_id: str,
    *,
    waits: bool | None = None,
) -> Given:
    """Answer a waiting question and those that are the ``same``; send it, or hold it where release says so.

    ``waits`` is False for who may release. Raises Taken, NoPerson; LookupError where an expert must not see it.
    """
    lead = session.get(ConsultQuestion, question_id, with_for_update=True)
    if lead is None or (lead.mark and author.kind == EXPERT):
        raise LookupError(question_id)
    if lead.queue != WAITING:
        raise Taken
    if lead.person_id is None:
        raise NoPerson
    kept = replies.masked(words)[0]
    others = [row for row in _rows(session, same) if row.queue == WAITING and not row.mark and row.id != lead.id]
    held: tuple[str, ...] = ()
    if author.waits if waits is None else waits:
        asked = [_asked(services, row) for row in (lead, *others)]
        held = _reasons(asked, kept)
    answer = _write(session, services, lead.id, author, kept, HELD if held else SENT, held)
    if held:
        _name(session, answer, [lead, *others])
        hold(session, services, lead.id, author.id if author.kind == EXPERT else None)
        return Given(answer.id, held, 0)
    return Given(answer.id, (), _send(session, services, answer, [lead, *others], kept, request_id, author.id))


def approve(
    session: Session,
    services: Services,
    answer_id: str,
    staff_id: str,
    words: str,
    same: Sequence[str] | None,
    request_id: str,
) -> int:
    """The office releases an answer, in other words where it changed them; how many people are told.

    ``same``: the questions besides the first that it goes to, None for those it was written for. Raises Taken where it
    is no longer held, or its question was answered meanwhile.
    """
    answer = _decide(session, services, answer_id, SENT, staff_id)
    owner = answer.author
    kept = replies.masked(words)[0]
    if kept != text_of(services, answer):
        answer.state = DROPPED
        session.flush()
        first = answer
        answer = _write(session, services, first.question_id, Author(staff_id, STAFF), kept, SENT, (), first.correction)
        named = _named(session, first)
    else:
        named = _named(session, answer)
    if answer.correction:
        return _send_correction(session, services, answer, kept, request_id)
    wanted = named if same is None else same
    lead = session.get_one(ConsultQuestion, answer.question_id, with_for_update=True)
    rows = [row for row in _rows(session, wanted) if row.queue == WAITING and not row.mark and row.id != lead.id]
    return _send(session, services, answer, [lead, *rows], kept, request_id, owner)


def send_back(session: Session, services: Services, answer_id: str, staff_id: str, note: str) -> Answer:
    """The office does not release an answer and says why; the question is its author's again, who is told. Raises
    Taken. ``outbox.wake`` after the commit."""
    answer = _decide(session, services, answer_id, RETURNED, staff_id)
    answer.note_sealed = services.content.encrypt(note.strip(), TABLE, answer.id, NOTE)
    owned = None
    if not answer.correction:
        owned = reopen(session, services, answer.question_id, text_of(services, answer))
    expert = session.get(Expert, answer.author) if answer.author_is == EXPERT else None
    if expert is not None and cards.returned(session, services, expert, answer.id, note.strip()) and owned is not None:
        owned.told_at = services.clock.now()
    return answer


def correct(
    session: Session, services: Services, answer_id: str, author: Author, words: str, request_id: str, *, waits: bool
) -> Given:
    """Correct an answer that was sent: everyone who got it gets the new words as 「更正」, now or after release.

    ``waits`` is False for the office, which corrects anybody's; others only what they wrote and what was sent last.
    Raises Unchanged, NotTheirs, Taken where it was never sent or other words were sent since.
    """
    before = session.get(Answer, answer_id, with_for_update=True)
    if before is None or before.state != SENT:
        raise Taken
    kept, latest = replies.masked(words)[0], _latest(session, before.question_id)
    if waits and before.author != author.id:
        raise NotTheirs
    if waits and latest.id != before.id:
        raise Taken
    if kept == text_of(services, latest):
        raise Unchanged
    rows = _rows(session, _reached(session, before.question_id))
    held = _reasons([_asked(services, row) for row in rows], kept) if waits else ()
    session.execute(
        update(Answer)
        .where(Answer.question_id == before.question_id, Answer.state == HELD, Answer.correction)
        .values(state=DROPPED)
    )
    answer = _write(session, services, before.question_id, author, kept, HELD if held else SENT, held, correction=True)
    if held:
        return Given(answer.id, held, 0)
    return Given(answer.id, (), _send_correction(session, services, answer, kept, request_id))


def text_of(services: Services, answer: Answer) -> str:
    """An answer's words."""
    return services.content.decrypt(answer.text_sealed, TABLE, answer.id, TEXT)


def note_of(services: Services, answer: Answer) -> str:
    """Why it was sent back, "" where it was not."""
    return services.content.decrypt(answer.note_sealed, TABLE, answer.id, NOTE) if answer.note_sealed else ""


def versions(session: Session, question_id: str) -> list[Answer]:
    """Every version of the answers to a question, or to the question it was answered with; oldest first."""
    leads = select(Answer.question_id).join(AnswerFor).where(AnswerFor.question_id == question_id)
    wanted = (Answer.question_id == question_id) | Answer.question_id.in_(leads)
    return list(session.scalars(select(Answer).where(wanted).order_by(Answer.created_at, Answer.number)))


# -- inside -----------------------------------------------------------------------------------------------------------


def _write(
    session: Session,
    services: Services,
    question_id: str,
    author: Author,
    kept: str,
    state: str,
    holds: Sequence[str],
    correction: bool = False,
) -> Answer:
    id_, now = new_id(), services.clock.now()
    last = session.scalar(select(func.max(Answer.number)).where(Answer.question_id == question_id)) or 0
    answer = Answer(
        id=id_,
        question_id=question_id,
        number=last + 1,
        author=author.id,
        author_is=author.kind,
        text_sealed=services.content.encrypt(kept, TABLE, id_, TEXT),
        state=state,
        holds=",".join(holds),
        correction=correction,
        created_at=now,
        decided_by=None,
        decided_at=None,
        note_sealed=None,
    )
    session.add(answer)
    session.flush()
    return answer


def _send(
    session: Session,
    services: Services,
    answer: Answer,
    rows: Sequence[ConsultQuestion],
    kept: str,
    request_id: str,
    owner: str,
) -> int:
    """Each question gets the answer, each person one message. The first must still wait (Taken), others may not.

    ``owner`` wrote it first, whoever changed it since. What else is held for the first question is dropped.
    """
    told: set[str] = set()
    for number, row in enumerate(rows):
        try:
            replies.mark_replied(session, services, row.id, answer.author, kept)
        except Taken:
            if number == 0:
                raise
            continue
        session.merge(AnswerFor(answer_id=answer.id, question_id=row.id, sent=True, found=""))
        if row.person_id is not None and row.person_id not in told:
            told.add(row.person_id)
            replies.tell(session, services, row, kept, request_id)
        settle(session, services, row.id, owner)
    session.execute(
        update(Answer)
        .where(Answer.question_id == answer.question_id, Answer.state == HELD, Answer.id != answer.id)
        .values(state=DROPPED)
    )
    session.flush()
    return len(told)


def _send_correction(session: Session, services: Services, answer: Answer, kept: str, request_id: str) -> int:
    """Everyone who got an earlier version gets this one; their questions stay as they are."""
    told: set[str] = set()
    for row in _rows(session, _reached(session, answer.question_id)):
        row.reply_sealed = services.content.encrypt(kept, replies.TABLE, row.id, replies.REPLY)
        session.merge(AnswerFor(answer_id=answer.id, question_id=row.id, sent=True, found=""))
        if row.person_id is not None and row.person_id not in told:
            told.add(row.person_id)
            replies.tell(session, services, row, kept, request_id, step=STEP, head=replies.CORRECTION)
    session.flush()
    return len(told)


def _decide(session: Session, services: Services, answer_id: str, state: str, staff_id: str) -> Answer:
    changed = session.execute(
        update(Answer)
        .where(Answer.id == answer_id, Answer.state == HELD)
        .values(state=state, decided_by=staff_id, decided_at=services.clock.now())
    )
    if cast("CursorResult[Any]", changed).rowcount != 1:
        raise Taken
    return session.get_one(Answer, answer_id, populate_existing=True)


def _reasons(asked: Iterable[str], kept: str) -> tuple[str, ...]:
    found = {reason for words in asked for reason in release.reasons(words, kept)}
    return tuple(reason for reason in release.REASON_WORDS if reason in found)


def _asked(services: Services, row: ConsultQuestion) -> str:
    return services.content.decrypt(row.text_sealed, replies.TABLE, row.id, replies.TEXT)


def _rows(session: Session, ids: Iterable[str]) -> list[ConsultQuestion]:
    """Questions in the order of their ids, so that two who answer overlapping groups do not lock each other out."""
    wanted = select(ConsultQuestion).where(ConsultQuestion.id.in_(sorted(set(ids)))).order_by(ConsultQuestion.id)
    return list(session.scalars(wanted.with_for_update()))


def _name(session: Session, answer: Answer, rows: Iterable[ConsultQuestion]) -> None:
    """Remember for which questions a held answer was written."""
    session.add_all([AnswerFor(answer_id=answer.id, question_id=row.id, sent=False, found="") for row in rows])
    session.flush()


def _named(session: Session, answer: Answer) -> list[str]:
    return list(session.scalars(select(AnswerFor.question_id).where(AnswerFor.answer_id == answer.id)))


def _reached(session: Session, lead_id: str) -> list[str]:
    """Questions whose askers got a version of the lead's answer."""
    return list(
        session.scalars(
            select(AnswerFor.question_id)
            .join(Answer, Answer.id == AnswerFor.answer_id)
            .where(Answer.question_id == lead_id, AnswerFor.sent)
            .distinct()
        )
    )


def _latest(session: Session, lead_id: str) -> Answer:
    return session.scalars(
        select(Answer)
        .where(Answer.question_id == lead_id, Answer.state == SENT)
        .order_by(Answer.number.desc())
        .limit(1)
    ).one()
