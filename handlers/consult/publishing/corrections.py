"""Telling the people who got a wrong answer: what they are told, who says so, and how far that got.

Staff see how many and when, never who. One person words it, another one who wrote none of it confirms it; words that
would wait for release from an expert wait for who may release. Everything here happens in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from bot import outbox
from bot.ids import new_id
from bot.masking import mask
from bot.outbox.records import ACCEPTED, DELIVERED, OutboxMessage
from bot.visible import visible
from handlers.consult.addresses import address_problem
from handlers.consult.experts import release
from handlers.consult.publishing.events import Refused, note
from handlers.consult.publishing.periods import number_at, spells_of
from handlers.consult.publishing.reach import given
from handlers.consult.publishing.records import (
    CONFIRMED,
    DROPPED,
    PLANNED,
    PREPARED,
    REPLACED,
    STOPPED,
    Correction,
    Withdrawal,
)
from handlers.consult.publishing.telling import KIND

if TYPE_CHECKING:
    from bot.services import Services

WORDS_CHARS = 300
DAYS = (7, 30, 90)
STILL_ANSWERED = timedelta(minutes=1)
"""What was answered after the withdrawal while processes had not looked yet."""


class Overtaken(Refused):
    """Somebody else wrote, confirmed or put away the correction meanwhile."""

    def __init__(self) -> None:
        super().__init__("您打开以后，更正又被别人改过或处理过了，您的还没有存。您写的还在，对照现在的再定。")


@dataclass(frozen=True, slots=True)
class Worded:
    """What an officer hands in: the words, to those who got which versions, of how many days before the withdrawal.

    ``over``: the id of the prepared words that they saw, "" for none.
    """

    words: str
    days: int
    numbers: tuple[int, ...]
    over: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a correction got, in people."""

    planned: int = 0
    sent: int = 0
    shown: int = 0
    waiting: int = 0
    failed: int = 0


def suggested(question: str) -> str:
    """What to say, for staff to complete."""
    return (
        f"更正：您问过“{question}”，当时的回答有不准的地方，请先不要照着做，对不住。"
        "正确的说法我们核对好就发给您。急的话打12350或12345。"
    )


def complaint(words: str) -> str:
    """What is wrong with the words; "" when they can go."""
    said = visible(words).strip()
    if not said:
        return "还没有写要发的话。"
    if len(said) > WORDS_CHARS:
        return f"最多{WORDS_CHARS}字，现在{len(said)}字。"
    return address_problem(said)


def choices(session: Session, withdrawal: Withdrawal) -> tuple[tuple[int, ...], int]:
    """The versions that people may have got, the newest first, and the one that was withdrawn."""
    spells = spells_of(session, withdrawal.entry_id)
    since = withdrawal.at - timedelta(days=max(DAYS))
    return given(spells, since, withdrawal.at), number_at(spells, withdrawal.at)


def numbers_of(row: Correction) -> tuple[int, ...]:
    """The versions whose people are told."""
    return tuple(int(number) for number in row.numbers.split(","))


def prepare(session: Session, services: Services, withdrawal: Withdrawal, by: str, worded: Worded) -> Correction:
    """Keep the words and whom they go to, for another person to confirm. Raises Refused; Overtaken where what was
    prepared is not what the writer saw."""
    words = "\n".join(worded.words.strip().splitlines())
    known, _ = choices(session, withdrawal)
    problem = complaint(words) or ("" if worded.days in DAYS else "请选要找回多少天的。")
    if not problem and not (worded.numbers and set(worded.numbers) <= set(known)):
        problem = "请选答错的是哪一版，只告诉听过那一版的人。"
    if problem:
        raise Refused(problem)
    _lock(session, withdrawal.id)
    before = prepared(session, withdrawal.id)
    if (before.id if before is not None else "") != worded.over:
        raise Overtaken
    if before is not None:
        _move(session, before.id, PREPARED, REPLACED)
    row = Correction(
        id=new_id(),
        withdrawal_id=withdrawal.id,
        entry_id=withdrawal.entry_id,
        words=mask(words, landlines=False)[0],
        numbers=",".join(map(str, sorted(worded.numbers))),
        since=withdrawal.at - timedelta(days=worded.days),
        until=withdrawal.at + STILL_ANSWERED,
        prepared_by=by,
        prepared_at=services.clock.now(),
    )
    session.add(row)
    note(session, services, row.entry_id, "word_correction", by, words=row.words)
    return row


def drop(session: Session, services: Services, correction_id: str, by: str) -> Correction:
    """Put prepared words away; who writes next begins anew. Raises Refused."""
    row = _move(session, correction_id, PREPARED, DROPPED)
    note(session, services, row.entry_id, "drop_correction", by)
    return row


def writers(session: Session, row: Correction) -> frozenset[str]:
    """Everybody who wrote these words or those that they replaced."""
    older = session.scalars(
        select(Correction)
        .where(Correction.withdrawal_id == row.withdrawal_id, Correction.id < row.id)
        .order_by(Correction.id.desc())
    )
    found = {row.prepared_by}
    for one in older:
        if one.state != REPLACED:
            break
        found.add(one.prepared_by)
    return frozenset(found)


def holds(question: str, words: str) -> tuple[str, ...]:
    """Why the words wait for who may release; empty where any second person may confirm them."""
    return release.reasons(question, words)


def confirm(
    session: Session, services: Services, correction_id: str, by: str, *, question: str, releases: bool
) -> Correction:
    """Send it. The worker plans the messages; ask it to with ``jobs.enqueue(services, PLANNING)`` after the commit.

    ``question``: the entry's. ``releases``: the person may release experts' answers. Raises Refused for who wrote any
    of it, for words that wait for release, and where it was confirmed, written anew or put away before.
    """
    row = session.get(Correction, correction_id)
    if row is None:
        raise Refused("没有这条更正。")
    _lock(session, row.withdrawal_id)
    wrote = writers(session, row)
    if by in wrote:
        raise Refused("这条更正是您写的，要请另一个人确认。")
    waits = holds(question, row.words)
    if waits and not releases:
        raise Refused(f"这条更正{release.reason_words(waits)}，要由能放行专家意见的值班员确认。")
    values = {"confirmed_by": by, "confirmed_at": services.clock.now()}
    row = _move(session, correction_id, PREPARED, CONFIRMED, not_by=by, **values)
    note(session, services, row.entry_id, "correct", by, words=row.words)
    return row


def stop(session: Session, services: Services, correction_id: str, by: str) -> int:
    """Send no more of it; how many messages were taken back. Raises Refused where nothing is under way."""
    row = session.get(Correction, correction_id)
    if row is None or row.state not in (CONFIRMED, PLANNED):
        raise Refused("这条更正没有在发。")
    row = _move(session, correction_id, row.state, STOPPED)
    note(session, services, row.entry_id, "stop_correction", by)
    return outbox.cancel(session, services, KIND, correction_id, "stopped by staff")


def prepared(session: Session, withdrawal_id: str) -> Correction | None:
    """The words that wait to be confirmed."""
    return session.scalar(
        select(Correction)
        .where(Correction.withdrawal_id == withdrawal_id, Correction.state == PREPARED)
        .order_by(Correction.id.desc())
        .limit(1)
    )


def sent(session: Session, withdrawal_id: str) -> Sequence[Correction]:
    """What was confirmed, the newest first."""
    return session.scalars(
        select(Correction)
        .where(Correction.withdrawal_id == withdrawal_id, Correction.confirmed_at.is_not(None))
        .order_by(Correction.confirmed_at.desc(), Correction.id.desc())
    ).all()


def waiting(session: Session) -> Sequence[str]:
    """The withdrawals with words that wait for a second person."""
    return session.scalars(select(Correction.withdrawal_id).where(Correction.state == PREPARED).distinct()).all()


def progress(session: Session, correction_id: str) -> Progress:
    """How many people it reached, was shown to, waits for, and did not reach yet."""
    rows = session.execute(
        select(OutboxMessage.state, OutboxMessage.shown_at.is_not(None), func.count())
        .where(OutboxMessage.kind == KIND, OutboxMessage.subject == correction_id)
        .group_by(OutboxMessage.state, OutboxMessage.shown_at.is_not(None))
    ).all()
    planned = sum(count for _, _, count in rows)
    shown = sum(count for _, seen, count in rows if seen)
    sent_ = sum(count for state, seen, count in rows if state in {ACCEPTED, DELIVERED} and not seen)
    waits = sum(count for state, _, count in rows if state in {"planned", "sending", "uncertain"})
    return Progress(planned, sent_, shown, waits, planned - shown - sent_ - waits)


def _lock(session: Session, withdrawal_id: str) -> None:
    """One at a time words or confirms a withdrawal's correction."""
    session.execute(select(Withdrawal.id).where(Withdrawal.id == withdrawal_id).with_for_update())


def _move(
    session: Session, correction_id: str, before: str, after: str, *, not_by: str = "", **values: Any
) -> Correction:
    """Compare and set. ``not_by``: whoever this is did not write it, whatever was asked before."""
    changed = session.execute(
        update(Correction)
        .where(Correction.id == correction_id, Correction.state == before, Correction.prepared_by != not_by)
        .values(state=after, edit=Correction.edit + 1, **values)
        .execution_options(synchronize_session=False)
    )
    row = session.get(Correction, correction_id, populate_existing=True)
    if row is None or (isinstance(changed, CursorResult) and changed.rowcount != 1):
        raise Refused("这条更正刚刚已经有人处理了。")
    return row
