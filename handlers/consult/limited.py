"""While the switch says numbers and hand-over only: nothing is answered here, everybody's words reach a person."""

from __future__ import annotations

from bot import switches
from bot.dispatch import normal
from bot.messages import Inbound, Reply, Text
from bot.turn import Turn
from handlers.consult import sensitive
from handlers.consult.answering import Outcome
from handlers.consult.offering import NUMBER
from handlers.consult.recording import record
from handlers.consult.records import DECLINED, HAZARD
from handlers.consult.words import words
from knowledge.hazards import Way, read

NO_QUESTION = frozenset().union(
    *(words(name) for name in ("useful", "useless", "person", "progress", "neither", "never_mind", "not_a_question"))
)
KEPT_BY_OFFICER = "已记下，值班员会看，不会告诉工地是谁说的。"
KEPT = "现在先不自动回答。您的话已转给专家，有答复会在这里告诉您。"
SAY_IT = "现在先不自动回答。想问什么，把话说一句，我转给专家。"


def hand_over(message: Inbound, turn: Turn) -> Reply:
    """The numbers; and what was asked waits for an expert, or for the officer where it is sensitive or a hazard."""
    turn.finish()
    text, said = message.text.strip(), normal(message.text)
    call = f"急的话直接打电话：{switches.numbers()}；别的打12345。"
    if message.kind not in {"text", "voice"} or not text or said in NO_QUESTION or NUMBER.match(said):
        return Text(f"{SAY_IT}\n{call}")
    held = sensitive.keep(text, message, turn)
    if held is not None:
        return held
    hazard = read(text).way is not Way.CONSULT
    record(text, Outcome(DECLINED), message, turn, queue=True, mark=HAZARD if hazard else "")
    return Text(f"{KEPT_BY_OFFICER if hazard else KEPT}\n{call}")
