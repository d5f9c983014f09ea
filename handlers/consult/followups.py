"""Words that lean on what was said before: 「那罚多少」「为什么」「说简单点」, a choice from a menu that has gone.

A follow-up gets what the last answer says on it, or another entry that both together find (see ``leaning``); else the
person hears what they can do, so that nobody hears 「帮不上」 about their own conversation.
"""

from __future__ import annotations

import re
from datetime import timedelta

from bot.dispatch import normal
from bot.messages import Inbound, Reply, Text
from bot.turn import Turn
from handlers.consult.answering import Outcome, answer_text, answering
from handlers.consult.citing import sources_line
from handlers.consult.leaning import SURE_OF_ITSELF, Leaning, read, resolve
from handlers.consult.offering import NUMBER, offer
from handlers.consult.phrases import ASK_ELSEWHERE, FEEDBACK_LINE
from handlers.consult.recording import is_joined, joined, last_answered, last_question, queue, readable, record, rest_on
from handlers.consult.records import ANSWERED, CLARIFIED, DECLINED, WAITING, ConsultQuestion
from handlers.consult.twins import turned
from handlers.consult.words import words
from knowledge.index import wording
from knowledge.schema import Entry
from knowledge.text import normalise

FRESH = timedelta(minutes=30)
WHY, SIMPLER, FURTHER, NEITHER = words("why"), words("simpler"), words("further"), words("neither")
SOURCES = words("sources")
TOO_SHORT = "只说这几个字我接不上，请连事情一起再说一遍。要专家答，回“转人工”。"
SAY_MORE = "您想问的是哪件事？把话说全一点，我才答得准。要专家答，回“转人工”。"
NO_MENU = "这会儿没有等您选的选项。想问什么，直接说一句就行；要专家答，回“转人工”。"
WITHDRAWN_SINCE = "刚才那条答案撤回了，正在重新核对，请先不要照着做。"
SOURCE_ABOVE = "出处同上一条。"
PERSON_LINE = "还不明白，回“转人工”，专家来讲。"
_FIRST = re.compile(r"^.*?[。！？!?\n]|^.+$", re.DOTALL)
SHORT_CHARS = 12


def follow(message: Inbound, turn: Turn) -> Reply | None:
    """The answer to such words; None for all that is a question by itself."""
    said = normal(message.text)
    if said in NEITHER or NUMBER.match(said):
        return _lapsed(said, turn)
    leaning = read(said)
    if said not in WHY | SIMPLER | FURTHER | SOURCES and leaning is None:
        return None
    last = _talked_about(turn)
    if last is not None and last.entry_id in answering().serving.withdrawn and (leaning is None or leaning.bare):
        return _stopped(last, turn)
    if leaning is not None and said not in WHY | SIMPLER | SOURCES:
        reply = _lean(said, leaning, last, message, turn)
        if reply is not None or said not in FURTHER:
            return reply
    if last is None:
        known = said in FURTHER and answering().outcome(message.text).kind != DECLINED
        return None if known else Text(SAY_MORE)
    entry = answering().entry(last.entry_id) if last.entry_id else None
    if entry is not None and said in SOURCES:
        return Text(f"“{entry.question}”的{_rests_on(entry, turn)}\n{PERSON_LINE}")
    if entry is not None and said in WHY:
        return Text(f"{_again(entry, turn)}\n{PERSON_LINE}")
    if entry is not None and said in SIMPLER:
        return Text(f"一句话：{_shortest(entry, turn)}\n{PERSON_LINE}")
    if said in FURTHER:
        _keep(said, last, message, turn)
    about = f"您是接着“{entry.question}”问的吧？" if entry else "您是接着刚才的问题问的吧？"
    return Text(f"{about}{TOO_SHORT}")


def _talked_about(turn: Turn) -> ConsultQuestion | None:
    """What a follow-up leans on: the last question, or the one answered before it where that one led nowhere, as does
    another follow-up whose choices nobody took."""
    last = last_question(turn, FRESH)
    if last is None or last.entry_id or last.queue or last.mark:
        return last
    if last.outcome == DECLINED or (last.outcome == CLARIFIED and is_joined(readable(last, turn))):
        return last_answered(turn, FRESH) or last
    return last


def _stopped(last: ConsultQuestion, turn: Turn) -> Reply:
    """The answer that is asked about was withdrawn since."""
    if last.queue not in {"", WAITING}:
        return Text(f"{WITHDRAWN_SINCE}\n{ASK_ELSEWHERE}")
    who = "值班员" if queue(turn, last.id, stopped=last.entry_id) else "专家"
    return Text(f"{WITHDRAWN_SINCE}您的问题已转给{who}，有答复会在这里告诉您。\n{ASK_ELSEWHERE}")


def _lean(said: str, leaning: Leaning, last: ConsultQuestion | None, message: Inbound, turn: Turn) -> Reply | None:
    about = answering().entry(last.entry_id) if last and last.entry_id else None
    if last is None or about is None:
        return None
    twin = answering().entry(turned(about.id, normalise(said)))
    if twin is not None:
        return _turn_to(twin, said, about, message, turn)
    alone = answering().outcome(message.text)
    clear = alone.kind == ANSWERED and not alone.choices and alone.score >= SURE_OF_ITSELF
    if not leaning.bare and (clear or (alone.kind == ANSWERED and not leaning.wholly)):
        return None
    answer = wording(about, turn.services.clock.today()).answer.strip()
    found = resolve(said, leaning, about, answer, answering().search)
    if found is None:
        if alone.kind == CLARIFIED and said not in FURTHER:
            question_id = record(joined(about.question, said), alone, message, turn)
            return offer(f"您是接着“{about.question}”问的吧？您是不是想问：", alone.choices, question_id, turn)
        if alone.kind != DECLINED or said in FURTHER:
            return None
        _keep(said, last, message, turn)
        return Text(f"您是接着“{about.question}”问的吧？{TOO_SHORT}")
    if not found.sentences:
        return _turn_to(found.entry, said, about, message, turn)
    record(joined(about.question, said), Outcome(ANSWERED, entry=found.entry), message, turn)
    return Text(f"接着说“{about.question}”：\n{found.sentences}\n{SOURCE_ABOVE}\n{FEEDBACK_LINE}")


def _turn_to(entry: Entry, said: str, about: Entry, message: Inbound, turn: Turn) -> Reply:
    """The follow-up is answered by another entry than the one talked about."""
    record(joined(about.question, said), Outcome(ANSWERED, entry=entry), message, turn)
    return Text(f"接着说：{entry.question}\n{answer_text(entry, turn.services.clock.today())}\n{FEEDBACK_LINE}")


def _again(entry: Entry, turn: Turn) -> str:
    """The reasons where the entry has them, else the answer once more."""
    rest_on(entry, turn)
    today = turn.services.clock.today()
    return entry.detail.strip() or f"刚才说的是“{entry.question}”：\n{answer_text(entry, today)}"


def _rests_on(entry: Entry, turn: Turn) -> str:
    """All that the answer rests on, without the answer."""
    turn.rests_on(entry.id)
    sources = wording(entry, turn.services.clock.today()).sources
    return sources_line(sources, len(sources))


def _shortest(entry: Entry, turn: Turn) -> str:
    rest_on(entry, turn)
    answer = wording(entry, turn.services.clock.today()).answer.strip()
    first = _FIRST.match(answer)
    said = first.group().strip() if first else answer
    return said if len(said) >= SHORT_CHARS else answer.splitlines()[0]


def _keep(said: str, last: ConsultQuestion, message: Inbound, turn: Turn) -> None:
    """What was added is kept with what it was added to, so that an expert who is asked for sees both."""
    before = readable(last, turn)
    if before:
        record(joined(before, said), Outcome(DECLINED), message, turn, mark=last.mark)


def _lapsed(said: str, turn: Turn) -> Reply:
    """A choice while nothing is offered: the last vague question's choices once more, or to the expert it goes."""
    last = last_question(turn)
    if last is None:
        return Text(NO_MENU)
    if said in NEITHER and last.outcome == CLARIFIED and last.queue == "":
        who = "值班员" if queue(turn, last.id) else "专家"
        return Text(f"刚才的问题已转给{who}，有答复会在这里告诉您。\n{ASK_ELSEWHERE}")
    if said not in NEITHER and turn.now - last.asked_at <= FRESH * 4:
        choices = answering().outcome(readable(last, turn)).choices
        if choices:
            return offer("刚才的选项再列一遍：", choices, last.id, turn)
    return Text(NO_MENU)
