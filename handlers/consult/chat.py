"""The conversation: a question in; a sourced answer, a few choices, or an honest 「没有把握」 and an expert, out."""

from __future__ import annotations

import re
from datetime import timedelta

from sqlalchemy import select, update

from bot.dispatch import normal
from bot.ids import new_id
from bot.messages import Choice, Choices, Inbound, Reply, Text
from bot.turn import Turn
from config.catalog import read_yaml
from handlers.consult.answering import Outcome, answer_text, answering
from handlers.consult.records import ANSWERED, CLARIFIED, DECLINED, WAITING, ConsultQuestion
from knowledge.schema import Entry

CHOOSING = "consult.choose"
CHOOSE_MINUTES = 30
FEEDBACK_HOURS = 48
USEFUL_WORDS = frozenset({"有用", "有帮助", "有用，谢谢"})
USELESS_WORDS = frozenset({"没用", "没有用", "不对", "答非所问", "没帮助", "不是这个"})
PERSON_WORDS = frozenset({"转人工", "人工", "找专家", "问专家", "专家", "转专家", "人工服务", "人工客服"})
NEITHER_WORDS = frozenset({"都不是", "都不对", "0", "以上都不是", "没有"})
FEEDBACK_LINE = "有用请回“有用”，不对请回“没用”。"
_NUMBER = re.compile(r"^(?:第|选|我选|回)?([1-9一二三四五])(?:个|条|号|项)?$")
_DIGITS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5}

KEPT_FOR_EXPERT = "这个我没有把握，不乱答。已转给专家，有答复会在这里告诉您。"
ASK_ELSEWHERE = "急的话打12350（安全生产举报）或12345（政务热线）。"
SAY_IT = "好的，您把问题说一句，答不上的我转给专家。急的话打12350或12345。"
OFF_TOPIC = "这个我帮不上，我只答安全生产和应急避险的事。"
OFF_TOPIC_HINT = "比如：高处作业要系安全带吗、煤气漏了怎么办、出了工伤怎么赔。\n想让专家看看，回“转人工”。"
VOICE_AGAIN = "语音没听清楚，对不住。您打几个字，或者点下面常问的："
VOICE_PERSON = "语音还是没听清，已请值班员来看，有答复会在这里告诉您。急的话打12350或12345，有人受伤先打120、119。"
VOICE_KEPT = "（发来语音，两次都没有识别出文字）"


def ask(message: Inbound, turn: Turn) -> Reply | None:
    """The fallback: whatever was written is a question. Kinds without words are for others."""
    if message.kind == "voice" and not message.text.strip():
        return _unheard(message, turn)
    if message.kind not in {"text", "voice"}:
        return None
    turn.state.notes.pop("unheard", None)
    text = message.text.strip()
    if not text:
        return _commonest("想问什么？说一句就行。常问的有：", turn)
    return _respond(text, answering().outcome(text), message, turn)


def choose(message: Inbound, turn: Turn) -> Reply | None:
    """Reads the answer to offered choices; anything else is a new question."""
    offered = [entry for entry_id in turn.state.data.get("ids", ()) if (entry := answering().entry(entry_id))]
    said = normal(message.text)
    if said in {normal(word) for word in NEITHER_WORDS | PERSON_WORDS}:
        question_id = str(turn.state.data.get("question", ""))
        turn.finish()
        if not question_id:
            return Text(SAY_IT)
        _queue(turn, question_id)
        return Text(f"{KEPT_FOR_EXPERT}\n{ASK_ELSEWHERE}")
    picked = _picked(said, offered)
    if picked is None:
        if _NUMBER.match(said):
            return Text(f"请回1到{len(offered)}的数字，或回“都不是”。")
        turn.finish()
        return None
    question_id = str(turn.state.data.get("question", ""))
    turn.finish()
    if question_id:
        turn.execute(
            update(ConsultQuestion)
            .where(ConsultQuestion.id == question_id)
            .values(outcome=ANSWERED, entry_id=picked.id)
        )
    return _answer(picked, turn)


def _picked(said: str, offered: list[Entry]) -> Entry | None:
    match = _NUMBER.match(said)
    if match:
        number = _DIGITS.get(match[1]) or int(match[1])
        return offered[number - 1] if number <= len(offered) else None
    return next((entry for entry in offered if normal(entry.question) == said), None)


def feedback(message: Inbound, turn: Turn) -> Reply | None:
    """「有用」「没用」 about the last answer; 「没用」 brings the question to an expert."""
    last = _last_question(turn)
    if last is None:
        return Text("还没有问过问题。想问什么，直接说就行。")
    if normal(message.text) in {normal(word) for word in USEFUL_WORDS}:
        turn.execute(update(ConsultQuestion).where(ConsultQuestion.id == last.id).values(feedback="useful"))
        return Text("好的，谢谢您。还有问题接着问。")
    turn.execute(update(ConsultQuestion).where(ConsultQuestion.id == last.id).values(feedback="useless", queue=WAITING))
    return Text(f"对不住，没帮上。已请专家再看您这个问题，有答复会在这里告诉您。\n{ASK_ELSEWHERE}")


def to_person(_message: Inbound, turn: Turn) -> Reply | None:
    """「转人工」: the last question goes to an expert."""
    last = _last_question(turn)
    if last is None:
        return Text(SAY_IT)
    _queue(turn, last.id)
    return Text(f"已把您刚才的问题转给专家，有答复会在这里告诉您。\n{ASK_ELSEWHERE}")


def invite(_message: Inbound, turn: Turn) -> Reply | None:
    """The menu's 「问安全」."""
    return _commonest("想问什么安全上的事？打字、发语音都行。大家常问：", turn)


def _respond(text: str, outcome: Outcome, message: Inbound, turn: Turn) -> Reply:
    question_id = new_id()
    queued = outcome.kind == DECLINED and outcome.in_domain
    turn.insert(
        ConsultQuestion,
        id=question_id,
        person_id=turn.person_id,
        channel=message.channel,
        request_id=turn.request_id,
        asked_at=turn.now,
        text_sealed=turn.services.content.encrypt(text[:500], "consult_question", question_id, "text"),
        outcome=outcome.kind,
        entry_id=outcome.entry.id if outcome.entry else "",
        score=round(outcome.score, 3),
        as_of=turn.services.clock.today(),
        queue=WAITING if queued else "",
        feedback="",
        reply_sealed=None,
        replied_by=None,
        replied_at=None,
    )
    if outcome.entry is not None:
        reply = _answer(outcome.entry, turn)
        turn.without_record = reply
        return reply
    if outcome.kind == CLARIFIED:
        return _offer(outcome.choices, question_id, turn)
    if queued:
        return Text(f"{KEPT_FOR_EXPERT}\n{ASK_ELSEWHERE}")
    turn.without_record = Text(f"{OFF_TOPIC}\n{OFF_TOPIC_HINT}")
    return turn.without_record


def _answer(entry: Entry, turn: Turn) -> Reply:
    return Text(f"{answer_text(entry, turn.services.clock.today())}\n{FEEDBACK_LINE}")


def _offer(entries: tuple[Entry, ...], question_id: str, turn: Turn) -> Reply:
    turn.begin(CHOOSING, {"ids": [entry.id for entry in entries], "question": question_id}, CHOOSE_MINUTES)
    return Choices(
        "您是不是想问：", tuple(Choice(entry.question) for entry in entries), "都不是就回“都不是”，我转给专家。"
    )


def _commonest(head: str, turn: Turn) -> Reply:
    entries = [e for entry_id in read_yaml("consult.yaml")["commonest"] if (e := answering().entry(entry_id))]
    turn.begin(CHOOSING, {"ids": [entry.id for entry in entries], "question": ""}, CHOOSE_MINUTES)
    return Choices(head, tuple(Choice(entry.question) for entry in entries))


def _unheard(message: Inbound, turn: Turn) -> Reply:
    """A voice with no words in it: ask kindly once, then a person looks."""
    misses = int(turn.state.notes.get("unheard", 0)) + 1
    if misses < 2:
        turn.state.notes["unheard"] = misses
        return _commonest(VOICE_AGAIN, turn)
    turn.state.notes.pop("unheard", None)
    turn.finish()
    _respond(VOICE_KEPT, Outcome(DECLINED, in_domain=True), message, turn)
    return Text(VOICE_PERSON)


def _last_question(turn: Turn) -> ConsultQuestion | None:
    since = turn.now - timedelta(hours=FEEDBACK_HOURS)
    with turn.services.database.reading() as session:
        return session.scalar(
            select(ConsultQuestion)
            .where(ConsultQuestion.person_id == turn.person_id, ConsultQuestion.asked_at >= since)
            .order_by(ConsultQuestion.asked_at.desc(), ConsultQuestion.id.desc())
            .limit(1)
        )


def _queue(turn: Turn, question_id: str) -> None:
    if question_id:
        turn.execute(
            update(ConsultQuestion)
            .where(ConsultQuestion.id == question_id, ConsultQuestion.queue == "")
            .values(queue=WAITING)
        )
