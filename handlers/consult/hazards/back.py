"""A report taken back: 「算了，我看错了，不用报了」, for two hours after it.

Nothing is deleted: the officer on duty reads the report and, under it, that the person took it back and how they said
so. Where the words may mean something else (「没事了」, 「举报了能撤吗」), it is asked once. Nothing of it goes to
experts, and nobody hears of false reports: whoever saw wrong and says so is to be thanked.
"""

from __future__ import annotations

import re
from datetime import timedelta

from sqlalchemy import select, update

from bot.dispatch import normal
from bot.messages import Inbound, Reply, Text
from bot.turn import Turn
from handlers.consult.recording import KEPT_CHARS, TABLE, TEXT, last_question, readable
from handlers.consult.records import DECLINED, HAZARD, WAITING, ConsultQuestion
from handlers.consult.words import words

BACK = "consult.hazard-back"
BACK_MINUTES = 30
KEPT = "report_kept"
"""The note of the report that the person, when asked, did not take back: they are not asked again."""
# A report counts from its first words, which may be half an hour older than its 「1」.
REPORTED = timedelta(hours=2, minutes=30)
MOST_CHARS, SAID_CHARS = 60, 60

STOP, UNCLEAR = words("hazard_stop"), words("hazard_over")
TAKE, LEAVE = words("hazard_take_back"), words("hazard_leave")
TAKEN_BACK = "好的，刚才报的已经收回了，没关系，看错了也不要紧。值班员会看到您说过、又收回了。真有危险，随时再说。"
ALREADY = "刚才报的已经收回了，值班员看得到。真有危险，随时再说。"
WHICH = "您是要收回刚才报上去的那条吗？\n回1收回；\n回2不收回，还请值班员看。"
LEFT_THERE = "好的，不收回，刚才报的还在值班员那里。以后要收回，回“取消举报”。"
_MARK = "\n【对方收回了】"
_CLAUSES = re.compile(r"[\s，,。.；;！!、~～…]+")
_FILLERS = (
    r"(?:算了|了|不好意思|对不起|抱歉|麻烦|请|帮|给|替|把|能不能|能|可以|可不可以|怎么|咋|如何|要|想|我们?|俺|咱|你们?|您|那个?|就|还是|先|又|也"
    r"|刚才|刚|上面|前面|之前|这个|这条|那条|这次|的|好像|可能|应该|是|报|举报|投诉|说)*"
)
_TAKES = re.compile(
    _FILLERS + r"(?:(?:不|别|不用|不要|不想|不必|甭|唔)(?:想|要|用|再)?"
    r"(?:上报|举报|投诉|反映|检举|报)(?:上去)?(?:了|啦|吧|嘞|先|$)"
    r"|(?:撤回|撤销|撤掉|撤了|撤下|收回|取消|作废|删掉|删了|删除)"
    r"(?=$|[了吧啦掉吗么不它我]|刚|那|这|上|之前|前面|一下|举报|报|投诉|可以|行)"
    r"|(?:不是|没有?)(?:要|想|说)?(?:上报|举报|投诉|反映|检举)"
    r"|(?:看|搞|弄|说|记|听|认|报|发|点|按)(?:错|岔)(?=$|[了啦的人楼]|地方)"
    r"|眼花|误会|误报|虚惊|当(?:我|作)?没(?:说|报)|就当没|不算数)"
)
_ASKS = re.compile(r"[?？]|吗|么$|怎么|咋|如何|能不能|可不可以|会不会|会怎样|后果|多少|行不行")


def take_back(message: Inbound, turn: Turn, question_id: str = "") -> Reply | None:
    """The reply to words of taking back a report; None for all else, and where there is none. ``question_id``: the
    report that is talked about this moment; then a bare 「算了」 means it."""
    said = normal(message.text)
    if message.kind not in {"text", "voice"} or not (clear(said) or unclear(said)):
        return None
    row = _report(turn, question_id)
    if row is None:
        return None
    if _is_marked(row, turn):
        turn.finish()
        return Text(ALREADY)
    if not _takes(said) and turn.state.notes.get(KEPT) == row.id and said not in STOP:
        return Text(LEFT_THERE)
    if clear(said) and (question_id or said not in words("never_mind") or _spoken_of_last(row, turn)):
        return _mark(row, message.text, turn)
    turn.begin(BACK, {"question": row.id, "said": message.text[:SAID_CHARS]}, BACK_MINUTES)
    return Text(WHICH)


def chosen(message: Inbound, turn: Turn) -> Reply | None:
    """After 「您是要收回刚才报上去的那条吗」; other words leave the report where it is and are read by themselves."""
    said = normal(message.text)
    row = _report(turn, str(turn.state.data["question"]))
    before = str(turn.state.data["said"])
    turn.finish()
    if said in LEAVE:
        if row is not None:
            turn.state.notes[KEPT] = row.id
        return Text(LEFT_THERE)
    if row is not None and (said in TAKE or clear(said)):
        return _mark(row, before if said in TAKE else message.text, turn)
    return None


def clear(said: str) -> bool:
    """Whether the words take a report back, and ask nothing."""
    return said in STOP or (_takes(said) and not _ASKS.search(said))


def unclear(said: str) -> bool:
    """Whether the words may take a report back."""
    return said in UNCLEAR or _takes(said)


def _takes(said: str) -> bool:
    return len(said) <= MOST_CHARS and any(_TAKES.match(clause) for clause in _CLAUSES.split(said))


def _report(turn: Turn, question_id: str) -> ConsultQuestion | None:
    """The person's latest report of these hours, or the one that is named."""
    wanted = [ConsultQuestion.id == question_id] if question_id else []
    with turn.services.database.reading() as session:
        return session.scalar(
            select(ConsultQuestion)
            .where(
                ConsultQuestion.person_id == turn.person_id,
                ConsultQuestion.asked_at >= turn.now - REPORTED,
                ConsultQuestion.mark == HAZARD,
                (ConsultQuestion.outcome == DECLINED) | (ConsultQuestion.queue == WAITING),
                *wanted,
            )
            .order_by(ConsultQuestion.asked_at.desc(), ConsultQuestion.id.desc())
            .limit(1)
        )


def _spoken_of_last(row: ConsultQuestion, turn: Turn) -> bool:
    last = last_question(turn)
    return last is not None and last.id == row.id


def _is_marked(row: ConsultQuestion, turn: Turn) -> bool:
    return _MARK in readable(row, turn)


def _mark(row: ConsultQuestion, said: str, turn: Turn) -> Reply:
    """Write under the report that it was taken back. It stays where it is: an officer looks at it, or has."""
    turn.finish()
    told = readable(row, turn)
    note = f"{_MARK}{said.strip()[:SAID_CHARS]}"
    sealed = turn.services.content.encrypt(f"{told[: KEPT_CHARS - len(note)]}{note}", TABLE, row.id, TEXT)
    turn.execute(update(ConsultQuestion).where(ConsultQuestion.id == row.id).values(text_sealed=sealed))
    return Text(TAKEN_BACK)
