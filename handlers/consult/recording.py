"""A person's questions as they are kept: written down, looked up again, put on the experts' queue and taken off it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from bot.ids import new_id
from bot.messages import Inbound
from bot.turn import Turn
from handlers.consult.answering import Outcome
from handlers.consult.publishing.records import ServedAnswer
from handlers.consult.records import REPLIED, WAITING, ConsultQuestion
from knowledge.schema import Entry

FEEDBACK_HOURS = 48
KEPT_CHARS = 500
TABLE, TEXT = ConsultQuestion.__tablename__, "text"


def record(text: str, outcome: Outcome, message: Inbound, turn: Turn, *, queue: bool = False, mark: str = "") -> str:
    """Note the question with the message's writes; its id. ``queue``: somebody is to look at it. ``mark``: HAZARD or
    SENSITIVE where that must be the officer on duty and no expert."""
    question_id = new_id()
    turn.insert(
        ConsultQuestion,
        id=question_id,
        person_id=turn.person_id,
        channel=message.channel,
        request_id=turn.request_id,
        asked_at=turn.now,
        text_sealed=turn.services.content.encrypt(text[:KEPT_CHARS], TABLE, question_id, TEXT),
        outcome=outcome.kind,
        entry_id=outcome.entry.id if outcome.entry else "",
        score=round(outcome.score, 3),
        as_of=turn.services.clock.today(),
        queue=WAITING if queue else "",
        feedback="",
        reply_sealed=None,
        replied_by=None,
        replied_at=None,
        mark=mark,
    )
    return question_id


def also_served(turn: Turn, question_id: str, entry: Entry) -> None:
    """Note an answer given for the question besides the one its row names, so that all who got it can be found."""
    turn.insert(ServedAnswer, id=new_id(), question_id=question_id, entry_id=entry.id, at=turn.now)


def last_question(turn: Turn, within: timedelta = timedelta(hours=FEEDBACK_HOURS)) -> ConsultQuestion | None:
    """The person's latest question, if it is not older than ``within``."""
    with turn.services.database.reading() as session:
        return session.scalar(
            select(ConsultQuestion)
            .where(ConsultQuestion.person_id == turn.person_id, ConsultQuestion.asked_at >= turn.now - within)
            .order_by(ConsultQuestion.asked_at.desc(), ConsultQuestion.id.desc())
            .limit(1)
        )


def words_of(row: ConsultQuestion, turn: Turn) -> str:
    """What the person asked. SealingError where it does not open."""
    return turn.services.content.decrypt(row.text_sealed, TABLE, row.id, TEXT)


def queue(turn: Turn, question_id: str) -> None:
    """An expert is to look at it; nothing changes where one has it or had it."""
    turn.execute(
        update(ConsultQuestion)
        .where(ConsultQuestion.id == question_id, ConsultQuestion.queue == "")
        .values(queue=WAITING)
    )


def useful(turn: Turn, row: ConsultQuestion) -> None:
    """The answer helped: nobody need look at the question any more, unless it never had an answer."""
    if row.queue == WAITING and (row.entry_id or row.reply_sealed):
        back = REPLIED if row.reply_sealed else ""
        turn.execute(
            update(ConsultQuestion)
            .where(ConsultQuestion.id == row.id, ConsultQuestion.queue == WAITING)
            .values(queue=back)
        )
    turn.execute(update(ConsultQuestion).where(ConsultQuestion.id == row.id).values(feedback="useful"))


def useless(turn: Turn, row: ConsultQuestion) -> None:
    """The answer did not help: an expert looks, again where one has already."""
    changed = update(ConsultQuestion).where(ConsultQuestion.id == row.id)
    turn.execute(changed.values(feedback="useless", queue=WAITING))


def waiting(turn: Turn, *, marked: bool = False) -> tuple[int, datetime | None]:
    """How many of the person's questions are with the experts, and since when the first of them; with ``marked`` those
    with the officer on duty."""
    with turn.services.database.reading() as session:
        count, oldest = session.execute(
            select(func.count(), func.min(ConsultQuestion.asked_at)).where(
                ConsultQuestion.person_id == turn.person_id,
                ConsultQuestion.queue == WAITING,
                ConsultQuestion.mark != "" if marked else ConsultQuestion.mark == "",
            )
        ).one()
    return int(count), oldest
