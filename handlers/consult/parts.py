"""Several questions in one message: which parts of it ask something by themselves."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from handlers.consult.answering import Outcome
from handlers.consult.records import ANSWERED, CLARIFIED
from knowledge.text import normalise

LEAST_CHARS, MOST_CHARS = 5, 400
# Each is looked up; of more than these the person is asked to send one by one.
MOST_PARTS = 4
_MORE = r"(?:还有(?:就是)?|另外|再问(?:一?下|一?个)?|顺便问(?:一?下)?)"
_PART = re.compile(rf"(?P<part>.+?)(?P<end>[？?]+|[。；;！!\n]+|[，,、\s]*{_MORE}|$)", re.DOTALL)
_LEADING = re.compile(rf"^[\s，,、]*{_MORE}?[\s，,、]*")
_ASKS = re.compile(
    r"吗|么$|呢$|不$|没有$|怎么|怎样|咋|如何|多少|多久|多高|多远|多大|几|能不能|可不可以|要不要|用不用|是不是|算不算|会不会|该不该|有没有"
    r"|谁|哪|什么|啥|行不行|为何|为什么|点样|边个"
)


@dataclass(frozen=True, slots=True)
class Parts:
    """``answers``: parts with an answer of their own, in order. ``more``: there is more in the message that asks."""

    answers: tuple[tuple[str, Outcome], ...]
    more: bool


def asking(text: str) -> list[str]:
    """The parts of ``text`` that ask something; one that is too short to be understood alone counts for nothing."""
    if len(text) > MOST_CHARS:
        return []
    found = []
    for match in _PART.finditer(text):
        part = _LEADING.sub("", match["part"]).strip(" ，,、。；;！!\n\t")
        asks = match["end"].startswith(("？", "?")) or _ASKS.search(part)
        if asks and len(normalise(part)) >= LEAST_CHARS:
            found.append(part)
    return found


def several(text: str, whole: Outcome, find: Callable[[str], Outcome]) -> Parts | None:
    """The questions of a message that holds more than one, or None where it is one question with its story.

    Where the whole has an answer that none of its parts has, the parts belong together and it is one question.
    """
    pieces = asking(text)
    if len(pieces) < 2:
        return None
    answers: dict[str, tuple[str, Outcome]] = {}
    more = len(pieces) > MOST_PARTS
    for piece in pieces[:MOST_PARTS]:
        outcome = find(piece)
        if outcome.kind == ANSWERED and outcome.entry:
            answers.setdefault(outcome.entry.id, (piece, outcome))
        elif outcome.kind == CLARIFIED or outcome.in_domain:
            more = True
    if not answers or (len(answers) == 1 and not more):
        return None
    if whole.kind == ANSWERED and whole.entry and whole.entry.id not in answers:
        return None
    return Parts(tuple(answers.values()), more)
