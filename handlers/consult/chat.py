"""The conversation: a question in; a sourced answer, a few choices, or an honest 「没有把握」 and an expert, out."""

from __future__ import annotations

import re
from datetime import timedelta

from sqlalchemy import update

from bot.clock import SHANGHAI
from bot.dispatch import normal
from bot.messages import Inbound, Reply, Text
from bot.storage.sealing import SealingError
from bot.turn import TOLD, Turn
from config.catalog import read_yaml
from handlers.consult import parts, sensitive, several
from handlers.consult.answering import Outcome, answer_text, answering
from handlers.consult.followups import SAY_MORE, follow
from handlers.consult.hazards.back import take_back
from handlers.consult.hazards.beside import note, noted, told_beside
from handlers.consult.hazards.chat import answered, told
from handlers.consult.laws.chat import article, leans_on_law
from handlers.consult.offering import NUMBER, offer, picked
from handlers.consult.phrases import ASK_ELSEWHERE, FEEDBACK_LINE, KEPT_FOR_EXPERT, quoted
from handlers.consult.recording import also_served, last_question, queue, record, useful, useless, waiting, words_of
from handlers.consult.records import ANSWERED, CLARIFIED, DECLINED, WAITING, ConsultQuestion
from handlers.consult.rephrasing.live import rephrased
from handlers.consult.smalltalk import GO_ON, opens, small_talk
from handlers.consult.typed import in_pinyin
from handlers.consult.words import words
from knowledge.schema import Entry
from knowledge.text import normalise

TELLING = "consult.tell"
TELL_MINUTES = 30
# 「转人工」 means the question just asked; later than this, more likely a new one.
JUST_ASKED = timedelta(hours=2)
USEFUL_WORDS, USELESS_WORDS = words("useful"), words("useless")
PERSON_WORDS, PROGRESS_WORDS = words("person"), words("progress")
NEITHER_WORDS = words("neither") | {"没有"}
NEVER_MIND, NOT_A_QUESTION = words("never_mind"), words("not_a_question")

BEING_CHECKED = "这条答案正在重新核对，先不答您。问题已转给专家，有答复会在这里告诉您。"
WITH_OFFICER = "您刚才的话已在值班员那里。要当面说，打12345（政务热线）；安全生产方面的打12350。"
TOLD_EXPERT = "已把您这句话转给专家，有答复会在这里告诉您。"
SAY_IT = "好的，您把问题说一句，下一句就转给专家。急的话打12350或12345。"
ASK_IT = "好的，您想问的问题说一句就行，答不上的我转给专家。急的话打12350或12345。"
NEVER_MINDED = "好的。想问什么，随时说。"
JUST_ASKING = "只是想了解的话："
WHAT_TO_DO = "具体这样做："
SURE_BESIDE, SURE_OF_TOLD = 0.5, 0.9
OR_ELSE = "您要是想问别的，回数字："
OFF_TOPIC = "这个我帮不上，我只答安全生产和应急避险的事。"
OFF_TOPIC_HINT = "比如：高处作业要系安全带吗、煤气漏了怎么办、出了工伤怎么赔。\n想让专家看看，回“转人工”。"
# A few words that nothing is found for may be about safety after all.
FEW_CHARS = 14
PERHAPS = "要是这方面的，请把话说全：什么活、什么东西、想知道什么。"
FOREIGN = (
    "Emergency: call 120 (ambulance), 119 (fire, rescue) or 110 (police). I read Chinese only; help: 12345.\n"
    "我只看得懂中文。急事打120、119、110，别的打12345。"
)
VOICE_AGAIN = "语音没听清楚，对不住。您打几个字，或者点下面常问的："
VOICE_PERSON = "语音还是没听清，已请值班员来看，有答复会在这里告诉您。急的话打12350或12345，有人受伤先打120、119。"
VOICE_KEPT = "（发来语音，两次都没有识别出文字）"
_YES_OR_NO = re.compile(
    r"(?:不?(?:能|要|用|行|可以|必|许|准|是|算|会|该|应该|一定|合法|违法|允许|收|对)|没?有|必须|都不?(?:能|行|要|允许|是)|违法|可以|得|绝对不[能行])[。，！；、]"
)
_LETTERS = re.compile(r"[^\W\d_]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_WORDS = re.compile(r"[A-Za-z]{2,}")


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
    held = sensitive.keep(text, message, turn)
    return held or _spoken(text, message, turn)


def _spoken(text: str, message: Inbound, turn: Turn) -> Reply:
    """A report taken back, an article by name, a hazard told, words that lean on the last answer; else a question."""
    special = (
        take_back(message, turn)
        or article(message, turn)
        or told(message, turn)
        or follow(message, turn)
        or _talk(text)
        or in_pinyin(text, message, turn, to_person)
    )
    return special or _with_hazard(text, message, turn)


def _with_hazard(text: str, message: Inbound, turn: Turn) -> Reply:
    hazard_told = told_beside(text)
    if not hazard_told:
        return _respond(text, message, turn)
    note(hazard_told, message, turn)
    return noted(hazard_told, _respond(text, message, turn))


def _talk(text: str) -> Reply | None:
    """A kind line for what asks nothing; it is no question, so nothing of it is kept."""
    said = GO_ON if opens(text) else small_talk(text)
    return Text(said) if said else None


def hazard(message: Inbound, turn: Turn) -> Reply | None:
    """After 「现在就有这个问题吗」."""
    return answered(message, turn, _respond)


def left(message: Inbound, turn: Turn) -> Reply | None:
    """After one of several questions was answered."""
    return several.next_one(message, turn, _respond)


def choose(message: Inbound, turn: Turn) -> Reply | None:
    """Reads the answer to offered choices; anything else is a new question."""
    ids = [str(entry_id) for entry_id in turn.state.data.get("ids", ())]
    question_id = str(turn.state.data.get("question", ""))
    said = normal(message.text)
    if said in NEITHER_WORDS | PERSON_WORDS:
        turn.finish()
        if not question_id:
            return Text(ASK_IT) if said in NEITHER_WORDS else _tell_me(turn)
        return Text(WITH_OFFICER if queue(turn, question_id) else f"{KEPT_FOR_EXPERT}\n{ASK_ELSEWHERE}")
    number = picked(said, [answering().known(entry_id) for entry_id in ids])
    if number is None:
        if NUMBER.match(said) and not leans_on_law(said, turn):
            return Text(f"请回1到{len(ids)}的数字，或回“都不是”。")
        turn.finish()
        return None
    turn.finish()
    entry = answering().entry(ids[number])
    if entry is None:
        return _being_checked(ids[number], question_id, message, turn)
    if question_id:
        chosen = update(ConsultQuestion).where(ConsultQuestion.id == question_id)
        turn.execute(chosen.values(outcome=ANSWERED, entry_id=entry.id))
        also_served(turn, question_id, entry)
    else:
        record(entry.question, Outcome(ANSWERED, entry=entry), message, turn)
    return _answer(entry, turn)


def feedback(message: Inbound, turn: Turn) -> Reply | None:
    """「有用」「没用」 about the last answer; 「没用」 brings the question to an expert, 「有用」 takes it back."""
    last = last_question(turn)
    if last is None:
        return Text("还没有问过问题。想问什么，直接说就行。")
    if normal(message.text) in USEFUL_WORDS:
        useful(turn, last)
        return Text("好的，谢谢您。还有问题接着问。")
    mark = useless(turn, last)
    return Text(f"对不住，没帮上。已请{_who(mark)}再看您这个问题，有答复会在这里告诉您。\n{ASK_ELSEWHERE}")


def to_person(_message: Inbound, turn: Turn) -> Reply | None:
    """「转人工」: the question just asked goes to an expert; without one, the next words do."""
    last = last_question(turn, JUST_ASKED)
    if last is None or last.queue not in {"", WAITING}:
        return _tell_me(turn)
    if last.mark:
        queue(turn, last.id)
        return Text(WITH_OFFICER)
    try:
        asked = quoted(words_of(last, turn))
    except SealingError:
        return _tell_me(turn)
    if last.queue == WAITING:
        return Text(f"“{asked}”已经在专家那里了，有答复会在这里告诉您。\n{ASK_ELSEWHERE}")
    if queue(turn, last.id):
        return Text(WITH_OFFICER)
    return Text(f"已把您刚才的问题“{asked}”转给专家，有答复会在这里告诉您。\n{ASK_ELSEWHERE}")


def _who(mark: str) -> str:
    """Who looks at it: what is marked is for the officer on duty alone."""
    return "值班员" if mark else "专家"


def tell(message: Inbound, turn: Turn) -> Reply | None:
    """After 「转人工」 without a question: these words go to an expert; a known answer is shown besides."""
    text, said = message.text.strip(), normal(message.text)
    if message.kind not in {"text", "voice"} or not text or said in NOT_A_QUESTION:
        return None
    if said in PERSON_WORDS or opens(text):
        return _tell_me(turn)
    if small_talk(text):
        return None
    turn.finish()
    if said in NEVER_MIND | NEITHER_WORDS:
        return Text(NEVER_MINDED)
    held = sensitive.keep(text, message, turn) or take_back(message, turn) or told(message, turn, for_person=True)
    if held is not None:
        return held
    outcome = answering().outcome(text)
    record(text, outcome, message, turn, queue=True)
    passed_on = f"{TOLD_EXPERT}\n{ASK_ELSEWHERE}"
    if outcome.entry is None:
        return Text(passed_on)
    known = answer_text(outcome.entry, turn.services.clock.today())
    turn.without_record = Text(known)
    return Text(f"{passed_on}\n\n知识库里有一条，您先看看：\n{known}")


def progress(_message: Inbound, turn: Turn) -> Reply | None:
    """「进度」: what of the person's is with the experts, and what with the officer on duty."""
    lines = [
        *_waiting_line(turn, "您有{}个问题在专家那里", marked=False),
        *_waiting_line(turn, "您说的{}件事在值班员那里", marked=True),
    ]
    if not lines:
        return Text("您没有在办的事。问过的问题有了专家答复，会直接发给您。")
    return Text("\n".join([*lines, f"答了会在这里告诉您。{ASK_ELSEWHERE}"]))


def _waiting_line(turn: Turn, words: str, *, marked: bool) -> list[str]:
    count, since = waiting(turn, marked=marked)
    if not count or since is None:
        return []
    at = since.astimezone(SHANGHAI)
    first = "" if count == 1 else "最早的"
    return [f"{words.format(count)}，{first}{at.month}月{at.day}日{at:%H:%M}转的，还没有答复。"]


def invite(_message: Inbound, turn: Turn) -> Reply | None:
    """The menu's 「问安全」."""
    return _commonest("想问什么安全上的事？打字、发语音都行。大家常问：", turn)


def _respond(text: str, message: Inbound, turn: Turn) -> Reply:
    outcome = answering().outcome(text)
    held = parts.several(text, outcome, answering().outcome)
    if held is not None:
        return several.several(held, text, message, turn)
    said = ""
    if outcome.entry is not None and not outcome.choices:
        said = rephrased(text, outcome.entry, turn)
        outcome = outcome.without(answering().serving.withdrawn)  # it may have gone while a model was asked
    # What the numbers stand above is no idle talk: somebody should see it.
    queued = outcome.kind == DECLINED and (outcome.in_domain or bool(turn.preface))
    question_id = record(text, outcome, message, turn, queue=queued)
    if outcome.entry is not None:
        turn.without_record = answer = _answer(outcome.entry, turn, said, asked=text)
        if not outcome.choices:
            return answer
        also_served(turn, question_id, outcome.entry)  # the row will name what is chosen
        head = f"{answer.text.removesuffix(FEEDBACK_LINE)}{OR_ELSE}"
        return offer(head, outcome.choices, question_id, turn, tail=FEEDBACK_LINE)
    if outcome.kind == CLARIFIED:
        return offer("您是不是想问：", outcome.choices, question_id, turn)
    if queued:
        return Text(f"{BEING_CHECKED if outcome.withdrawn else KEPT_FOR_EXPERT}\n{ASK_ELSEWHERE}")
    if outcome.vague and not _foreign(text):
        return Text(SAY_MORE)
    turn.without_record = Text(FOREIGN if _foreign(text) else _off_topic(text))
    return turn.without_record


def known(message: Inbound, turn: Turn) -> Text | None:
    """What answers the words though they may tell of an emergency; None where it is not sure enough to stand there. To
    what is only told, what to do alone answers, and nothing less than sure."""
    text = message.text.strip()
    outcome = answering().outcome(text)
    told = turn.with_known == TOLD
    least = SURE_OF_TOLD if told else SURE_BESIDE
    if outcome.entry is None or outcome.score < least or sensitive.kind_of(text):
        return None
    if told and not outcome.entry.emergency:
        return None
    record(text, outcome, message, turn)
    head = WHAT_TO_DO if outcome.entry.emergency else JUST_ASKING
    return Text(f"{head}\n{answer_text(outcome.entry, turn.services.clock.today())}")


def _off_topic(text: str) -> str:
    few = len(normalise(text)) <= FEW_CHARS
    return f"{OFF_TOPIC}\n{PERHAPS if few else ''}{OFF_TOPIC_HINT}"


def _being_checked(entry_id: str, question_id: str, message: Inbound, turn: Turn) -> Reply:
    """What was chosen was withdrawn since it was offered: an expert looks at it instead."""
    if question_id:
        queue(turn, question_id, stopped=entry_id)
    else:
        chosen = answering().known(entry_id)
        asked = chosen.question if chosen is not None else message.text
        record(asked, Outcome(DECLINED, in_domain=True, withdrawn=entry_id), message, turn, queue=True)
    return Text(f"{BEING_CHECKED}\n{ASK_ELSEWHERE}")


def _answer(entry: Entry, turn: Turn, said: str = "", asked: str = "") -> Text:
    """``asked``: the person's words. Where the answer begins with a bare yes or no, it says to what."""
    told = answer_text(entry, turn.services.clock.today(), said=said)
    if asked and not said and _YES_OR_NO.match(told) and normalise(asked) not in map(normalise, entry.asked):
        told = f"问：{entry.question}\n答：{told}"
    return Text(f"{told}\n{FEEDBACK_LINE}")


def _tell_me(turn: Turn) -> Reply:
    turn.begin(TELLING, {}, TELL_MINUTES)
    return Text(SAY_IT)


def _commonest(head: str, turn: Turn) -> Reply:
    entries = [e for entry_id in read_yaml("consult.yaml")["commonest"] if (e := answering().entry(entry_id))]
    return offer(head, entries, "", turn)


def _unheard(message: Inbound, turn: Turn) -> Reply:
    """A voice with no words in it: ask kindly once, then a person looks."""
    misses = int(turn.state.notes.get("unheard", 0)) + 1
    if misses < 2:
        turn.state.notes["unheard"] = misses
        return _commonest(VOICE_AGAIN, turn)
    turn.state.notes.pop("unheard", None)
    turn.finish()
    record(VOICE_KEPT, Outcome(DECLINED), message, turn, queue=True)
    return Text(VOICE_PERSON)


def _foreign(text: str) -> bool:
    """Words in Latin or other letters with no Chinese among them; a stray key or two is no language."""
    return not _HAN.search(text) and (len(_WORDS.findall(text)) >= 2 or len(_LETTERS.findall(text)) >= 5)
