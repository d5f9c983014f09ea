"""「架子没有护栏」 is no question. It is asked about once; on 1, or where it says where, it is a tip.

What was said is kept from the first moment, marked as a hazard, so that no expert ever sees it and nothing is lost: on
2 it is answered like any question; without a reply it comes before the officer on duty after ten minutes (``jobs``).
What was answered at once, because it may be a question, is marked when somebody is to look at it (``recording.queue``).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlalchemy import ColumnElement, delete, update

from bot import events
from bot.dispatch import add_before, normal
from bot.messages import Inbound, Reply, Text
from bot.turn import Turn
from handlers.consult.answering import Outcome, answer_text, answering
from handlers.consult.hazards.back import clear, take_back
from handlers.consult.recording import KEPT_CHARS, TABLE, TEXT, record
from handlers.consult.records import ANSWERED, CLARIFIED, DECLINED, HAZARD, WAITING, ConsultQuestion
from handlers.consult.words import words
from knowledge.hazards import Peril, Told, Way, continues, read
from knowledge.schema import Entry
from knowledge.whereabouts import answered as place_answered
from knowledge.whereabouts import named, vague

_SOMEWHERE = re.compile(r"(?:就|是)?在[^吗呢？?]{2,20}$")
ASKING, ADDING = "consult.hazard", "consult.hazard-more"
ASK_MINUTES, ADD_MINUTES = 30, 10
YES, NO = words("hazard_yes"), words("hazard_no")
REPORT = words("hazard_report")
PROGRESS = words("progress")
THANKS = words("not_a_question") | words("useful")

ASK_SITE = "工地上现在就有这个问题吗？\n回1帮您报上去，不告诉工地是谁说的；\n回2只是问规定。"
ASK_HOME = "现在就有这个问题吗？\n回1帮您报上去，不告诉对方是谁说的；\n回2只是问规定。"
OFFER = "工地上现在就有这个问题，回1帮您报上去，不告诉工地是谁说的；答得不对，回“没用”。"
ONLY_ASKED = "好的，上面说的就是规定。还有问题接着问。"
FIRST = {
    Peril.COLLAPSE: "还在裂、歪、响、晃，或者掉渣：人先出来、走远，别回去拿东西，底下也别站人，马上打119。",
    Peril.GAS: "有气味：人先出来，别开关灯、别打火、别在屋里打电话，到外面再打119或燃气公司。",
}
IN_DANGER = "有人受伤、马上要出事，先打120、119。"
RECEIVED = "收到，已记下，值班员会看。不会告诉工地是谁说的。"
WHERE = "在哪里？工地名、路名、几号楼，发一句就行。照片这里暂时收不了。"
MORE = "还要补充的，10分钟内接着发文字就行；不想报了回“取消”。照片这里暂时收不了。"
URGENT = "急的打12350（安全生产举报）或12345（政务热线）；有人受伤先打120、119。"
ADDED = "补上了，值班员会一起看。"
NO_PHOTO = "照片这里暂时收不了，您用文字说一句就行。前面说的已经记下了。"
STOPPED = "好的，这条不报了。"
KEPT_ALREADY = "好的，已经记下了，值班员会看。"
NOT_KEPT = "这会儿记不下来，对不住。请直接打12350（安全生产举报）或12345（政务热线）；有人受伤先打120、119。"


def told(message: Inbound, turn: Turn, *, for_person: bool = False) -> Reply | None:
    """The reply to a hazard told as a statement; None for everything else. ``for_person``: they had asked for a person,
    so no answer of ours ends it: without a reply the officer on duty sees it."""
    text = message.text.strip()
    found = read(text)
    if found.way is Way.CONSULT:
        return None
    if found.way is Way.TIP:
        taken = _take(text, found.place.words if found.place else "", "", message, turn)
        return add_before(taken, _first(found).strip()) if found.peril else taken
    if not found.sure and not for_person:
        outcome = answering().outcome(text)
        if outcome.kind == ANSWERED and outcome.entry is not None:
            return _answer_and_ask(text, outcome, outcome.entry, message, turn, _first(found))
    question_id = record(text, Outcome(CLARIFIED), message, turn, mark=HAZARD)
    turn.begin(ASKING, {"question": question_id, "words": text[:KEPT_CHARS]}, ASK_MINUTES)
    turn.without_record = Text(NOT_KEPT)
    return Text(f"{_first(found)}{ASK_HOME if found.home else ASK_SITE}\n{IN_DANGER}")


def _first(found: Told) -> str:
    """What to do before all else where it may give way or burn this minute; a line of its own above the rest."""
    return f"{FIRST[found.peril]}\n" if found.peril else ""


def _answer_and_ask(text: str, outcome: Outcome, entry: Entry, message: Inbound, turn: Turn, first: str = "") -> Reply:
    """It may be a question after all, and the answer is known: the answer, and the offer to report it under it."""
    question_id = record(text, outcome, message, turn)
    turn.begin(ASKING, {"question": question_id, "words": text[:KEPT_CHARS], "answered": True}, ASK_MINUTES)
    answer = f"{first}{answer_text(entry, turn.services.clock.today())}"
    turn.without_record = Text(answer)
    return Text(f"{answer}\n{OFFER}")


def answered(message: Inbound, turn: Turn, respond: Callable[[str, Inbound, Turn], Reply]) -> Reply | None:
    """Reads the reply to the question. ``respond`` answers what was only asked; a new question leaves this one open."""
    question_id, said = str(turn.state.data["question"]), normal(message.text)
    told_before = str(turn.state.data["words"])
    if turn.state.data.get("answered"):
        if said in REPORT:
            return _confirmed(told_before, "", question_id, message, turn)
        turn.finish()
        return Text(ONLY_ASKED) if said in NO else None
    if message.kind in {"image", "video"} or said in YES | REPORT:
        return _confirmed(told_before, "", question_id, message, turn)
    if said in NO:
        turn.finish()
        turn.execute(delete(ConsultQuestion).where(*_still(question_id)))
        return respond(told_before, message, turn)
    if clear(said):
        return take_back(message, turn, question_id) or _dropped(question_id, turn)
    if said.isdigit() or said == normal(told_before):
        return Text(f"{ASK_SITE}\n{IN_DANGER}")
    added = _added(message, told_before)
    if added:
        return _confirmed(told_before, added, question_id, message, turn)
    turn.finish()
    return None


def _dropped(question_id: str, turn: Turn) -> Reply:
    """It was never reported, and no officer has seen it."""
    turn.finish()
    turn.execute(delete(ConsultQuestion).where(ConsultQuestion.id == question_id, ConsultQuestion.queue == ""))
    return Text(STOPPED)


def adding(message: Inbound, turn: Turn) -> Reply | None:
    """More about a hazard that was taken down: a place, another word; 「取消」 takes it back."""
    question_id, said = str(turn.state.data["question"]), normal(message.text)
    if message.kind in {"image", "video"}:
        return Text(NO_PHOTO)
    back = take_back(message, turn, question_id)
    if back is not None:
        return back
    if said in THANKS:
        return Text(KEPT_ALREADY)
    if said in PROGRESS:
        return None
    added = _added(message)
    if not added:
        turn.finish()
        return None
    words_said = _joined(str(turn.state.data["words"]), added)
    turn.execute(
        update(ConsultQuestion).where(*_still(question_id)).values(text_sealed=_seal(words_said, question_id, turn))
    )
    turn.begin(ADDING, {"question": question_id, "words": words_said}, ADD_MINUTES)
    turn.without_record = Text(NOT_KEPT)
    return Text(f"{ADDED}\n{URGENT}")


def _confirmed(said: str, added: str, question_id: str, message: Inbound, turn: Turn) -> Reply:
    whole = _joined(said, added)
    place = place_answered(added) if added else named(said)
    return _take(whole, place.words if place else "", question_id, message, turn)


def _take(said: str, place: str, question_id: str, message: Inbound, turn: Turn) -> Reply:
    """To whoever takes tips, and then nothing of it stays here; else to the officer on duty, marked as a hazard."""
    turn.finish()
    taken = events.hand_over(events.HazardTold(said, place, message), turn)
    if taken is not None:
        if question_id:
            turn.execute(delete(ConsultQuestion).where(*_still(question_id)))
        return taken
    if question_id:
        sealed = _seal(said, question_id, turn)
        kept = {"queue": WAITING, "outcome": DECLINED, "mark": HAZARD, "text_sealed": sealed}
        turn.execute(update(ConsultQuestion).where(*_still(question_id)).values(**kept))
    else:
        question_id = record(said, Outcome(DECLINED), message, turn, queue=True, mark=HAZARD)
    turn.begin(ADDING, {"question": question_id, "words": said[:KEPT_CHARS]}, ADD_MINUTES)
    turn.without_record = Text(NOT_KEPT)
    return Text(f"{RECEIVED}\n{MORE if place else WHERE}\n{URGENT}")


def _added(message: Inbound, told_before: str = "") -> str:
    """What a message adds to a hazard: where it is, or more of the same; "" for a message about something else. With
    ``told_before``, a hazard that nobody agreed to report yet, another hazard is something else: it is asked about by
    itself."""
    if message.kind == "location":
        return message.label or f"{message.latitude},{message.longitude}"
    text = message.text.strip()
    if message.kind not in {"text", "voice"} or not text:
        return ""
    if read(text).way is not Way.CONSULT:
        return "" if told_before and not continues(told_before, text) else text
    more = place_answered(text) is not None or vague(text) or _SOMEWHERE.match(text)
    return text if more else ""


def _joined(said: str, added: str) -> str:
    return f"{said}\n补充：{added}"[:KEPT_CHARS] if added else said[:KEPT_CHARS]


def _seal(text: str, question_id: str, turn: Turn) -> bytes:
    return turn.services.content.encrypt(text[:KEPT_CHARS], TABLE, question_id, TEXT)


def _still(question_id: str) -> tuple[ColumnElement[bool], ...]:
    """The hazard's row while nobody has answered or closed it."""
    return (ConsultQuestion.id == question_id, ConsultQuestion.queue.in_(["", WAITING]))
