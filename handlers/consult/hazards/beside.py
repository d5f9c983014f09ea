"""A hazard told in one sentence and a question asked in the next: both are heard."""

from __future__ import annotations

from dataclasses import replace

from bot.messages import Choices, Inbound, Reply, Text
from bot.turn import Turn
from handlers.consult.answering import Outcome
from handlers.consult.phrases import quoted
from handlers.consult.recording import record
from handlers.consult.records import DECLINED, HAZARD
from knowledge.hazards import Way, read, sentences

NOTED = "您说的“{said}”也记下了，值班员会看，不会告诉工地是谁说的。"


def told_beside(text: str) -> str:
    """The sentence that tells of a hazard and where it is, among others of a message that is a question; else ""."""
    if read(text).way is not Way.CONSULT:
        return ""
    return next((one for one in sentences(text) if len(one) < len(text) and read(one).way is Way.TIP), "")


def note(said: str, message: Inbound, turn: Turn) -> None:
    """For the officer on duty; before the question is recorded, so that 「没用」 is about the answer."""
    record(said, Outcome(DECLINED), message, turn, queue=True, mark=HAZARD)


def noted(said: str, reply: Reply) -> Reply:
    """The reply, with a line that the hazard was heard."""
    line = NOTED.format(said=quoted(said))
    if isinstance(reply, Text):
        return Text(f"{reply.text}\n{line}")
    if isinstance(reply, Choices):
        return replace(reply, tail=f"{reply.tail}\n{line}".strip())
    return reply
