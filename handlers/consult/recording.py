"""A person's questions as they are kept: written down, looked up again, put on the experts' queue and taken off it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from bot.ids import new_id
from bot.messages import Inbound
from bot.storage.sealing import SealingError
from bot.turn import Turn
from handlers.consult.answering import Outcome
from handlers.consult.publishing.records import ServedAnswer
from handlers.consult.records import ARTICLE, HAZARD, REPLIED, WAITING, ConsultQuestion
from handlers.consult.taking_back import LAW_TEXT, words_of_entry
from knowledge.hazards import READ_CHARS, Way, read, sentences
from knowledge.pinyin import read_pinyin
from knowledge.schema import Entry

FEEDBACK_HOURS = 48
KEPT_CHARS = 500
TABLE, TEXT = ConsultQuestion.__tablename__, "text"
_ASKED_ON = "（接着问："


def record(text: str, outcome: Outcome, message: Inbound, turn: Turn, *, queue: bool = False, mark: str = "") -> str:
    """Note the question with the message's writes; its id. ``queue``: somebody is to look at it. ``mark``: HAZARD or
    SENSITIVE where that must be the officer on duty and no expert; what tells of a hazard is marked whenever it is
    queued."""
    question_id = new_id()
    mark = mark or (hazard_in(text) if queue else "")
    if outcome.entry is not None:
        rest_on(outcome.entry, turn)
    if outcome.kind == ARTICLE:
        turn.rests_on(LAW_TEXT)
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
        stopped_entry="" if outcome.entry else outcome.withdrawn,
    )
    return question_id


def rest_on(entry: Entry, turn: Turn) -> None:
    """The reply holds only while people may be told these very words."""
    turn.rests_on(words_of_entry(entry, turn.services.clock.today()))


def also_served(turn: Turn, question_id: str, entry: Entry) -> None:
    """Note an answer given for the question besides the one its row names, so that all who got it can be found."""
    rest_on(entry, turn)
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


def last_answered(turn: Turn, within: timedelta) -> ConsultQuestion | None:
    """The person's latest question that an entry answered, if it is not older than ``within``."""
    with turn.services.database.reading() as session:
        return session.scalar(
            select(ConsultQuestion)
            .where(
                ConsultQuestion.person_id == turn.person_id,
                ConsultQuestion.asked_at >= turn.now - within,
                ConsultQuestion.entry_id != "",
            )
            .order_by(ConsultQuestion.asked_at.desc(), ConsultQuestion.id.desc())
            .limit(1)
        )


def words_of(row: ConsultQuestion, turn: Turn) -> str:
    """What the person asked. SealingError where it does not open."""
    return turn.services.content.decrypt(row.text_sealed, TABLE, row.id, TEXT)


def readable(row: ConsultQuestion, turn: Turn) -> str:
    """What the person asked, "" where it does not open."""
    try:
        return words_of(row, turn)
    except SealingError:
        return ""


def joined(before: str, said: str) -> str:
    """A follow-up kept with what it was added to, so that whoever is asked for sees both."""
    return f"{before[: KEPT_CHARS - 40]}{_ASKED_ON}{said}）"


def is_joined(text: str) -> bool:
    """Whether these are the words of a follow-up, as ``joined`` makes them."""
    return _ASKED_ON in text


def hazard_in(text: str) -> str:
    """HAZARD where the words tell of one, also beside a question or deep in a story; else "". What a tip would hold
    goes to the officer on duty even where it was answered like a question: it may name a place, a firm, a person. So
    does what is typed in pinyin, as nothing here reads it surely."""
    return HAZARD if read_pinyin(text) or any(read(piece).way is not Way.CONSULT for piece in _pieces(text)) else ""


def _pieces(text: str) -> Iterator[str]:
    """The words as one and each of their sentences, without blanks; long ones in pieces that overlap."""
    for part in text.split(_ASKED_ON):
        yield part
        for sentence in sentences(part):
            said = "".join(sentence.split())
            yield from (said[at : at + READ_CHARS] for at in range(0, max(1, len(said)), READ_CHARS // 2))


def queue(turn: Turn, question_id: str, stopped: str = "") -> str:
    """Somebody is to look at it; nothing changes where somebody has it or had it. The mark it has from then on: "" for
    an expert, else the officer on duty looks. ``stopped``: the withdrawn entry that they would have been told."""
    mark = _mark_of(question_id, turn)
    if stopped:
        turn.execute(update(ConsultQuestion).where(ConsultQuestion.id == question_id).values(stopped_entry=stopped))
    turn.execute(
        update(ConsultQuestion)
        .where(ConsultQuestion.id == question_id, ConsultQuestion.queue == "")
        .values(queue=WAITING, mark=mark)
    )
    return mark


def _mark_of(question_id: str, turn: Turn) -> str:
    with turn.services.database.reading() as session:
        row = session.get(ConsultQuestion, question_id)
    return _mark(row, turn) if row else ""


def _mark(row: ConsultQuestion, turn: Turn) -> str:
    if row.mark or row.queue:
        return row.mark
    try:
        return hazard_in(words_of(row, turn))
    except SealingError:
        return HAZARD


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


def useless(turn: Turn, row: ConsultQuestion) -> str:
    """The answer did not help: somebody looks, again where somebody has already. The mark, as of ``queue``."""
    mark = _mark(row, turn)
    changed = update(ConsultQuestion).where(ConsultQuestion.id == row.id)
    turn.execute(changed.values(feedback="useless", queue=WAITING, mark=mark))
    return mark


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
