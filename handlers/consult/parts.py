"""Several questions in one message: which parts of it ask something by themselves."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.dispatch import normal
from handlers.consult import leaning
from handlers.consult.answering import Outcome
from handlers.consult.records import ANSWERED, CLARIFIED
from knowledge.text import normalise

LEAST_CHARS, MOST_CHARS = 5, 400
# Each is looked up; what is asked beyond these is offered without.
MOST_PARTS = 4
MANY = 3
_MORE = r"(?:还有(?:就是)?|另外|以及|再问(?:一?下|一?个)?|顺便问(?:一?下)?|还想(?:问(?:一?下)?|知道)|再就是)"
_PART = re.compile(rf"(?P<part>.+?)(?P<end>[？?]+|[。；;！!\n]+|[，,、\s]*{_MORE}|$)", re.DOTALL)
_LEADING = re.compile(
    rf"^[\s，,、]*(?:第?[一二三四五六七八九]+是?[、.．，,:：]|[(（]?[0-9]{{1,2}}[)）.．、:：](?![0-9])|[①-⑨])?{_MORE}?[\s，,、]*"
)
_CLAUSES = re.compile(r"[，,、\s]+")
# A clause that begins so speaks of what the one before it said.
_DEPENDS = re.compile(r"被|要|能|会|有没有|可以|该|还|又|也|那|这|它|他|她|说|一共|跟|多[久少]|几")
# Where in a breath of several questions each begins, with its verb where that stands before.
_ASK_STARTS = re.compile(
    r"多(?:久|少|长时间|高|宽|深|远|重|大)|怎么|怎样|咋|如何|要不要|能不能|可不可以|用不用|有没有|谁(?=[^的])"
    r"|[放挂摆装去找在打]?哪(?:里|儿|个|些)?|[放装配]几|几(?=[年月天次])"
)
LEAST_SUBJECT, MOST_SUBJECT = 2, 8
_ASKS = re.compile(
    r"吗|么$|呢$|不$|没有$|怎么|怎样|咋|如何|多少|多久|多高|多远|多大|几|能不能|可不可以|要不要|用不用|是不是|算不算|会不会|该不该|有没有"
    r"|谁|哪|什么|啥|行不行|为何|为什么|点样|边个"
)


@dataclass(frozen=True, slots=True)
class Parts:
    """``answers``: parts with an answer of their own, in order. ``rest``: what else in the message asks."""

    answers: tuple[tuple[str, Outcome], ...]
    rest: tuple[str, ...]

    @property
    def left(self) -> tuple[str, ...]:
        """All that is asked besides the first answered."""
        return (*(part for part, _ in self.answers[1:]), *self.rest)


def asking(text: str) -> list[str]:
    """The parts of ``text`` that ask something; one that is too short to be understood alone counts for nothing."""
    if len(text) > MOST_CHARS:
        return []
    found = []
    for match in _PART.finditer(text):
        part = _bare(match["part"])
        asks = match["end"].startswith(("？", "?")) or _ASKS.search(part)
        if asks and len(normalise(part)) >= LEAST_CHARS:
            found.append(part)
    return found


def _at_commas(part: str, find: Callable[[str], Outcome]) -> list[str]:
    """A part at its commas, where its clauses are surely questions of their own; else whole. Mostly the second clause
    is about the first: 「工伤去哪里办，有没有时间限制」."""
    clauses = [bare for clause in _CLAUSES.split(part) if _asks_alone(bare := _bare(clause))]
    sure = sum(_is_sure(find(clause)) for clause in clauses[:MOST_PARTS]) if len(clauses) > 1 else 0
    return clauses if sure > 1 and (sure == len(clauses) or len(clauses) > 2) else [part]


def _run_on(part: str, find: Callable[[str], Outcome]) -> list[str]:
    """Three questions of one thing in one breath, 「灭火器多久检查一次多久报废放哪里」: each with the thing before it,
    where two are surely questions of their own; else the part as it is."""
    starts = [match.start() for match in _ASK_STARTS.finditer(part)]
    if len(starts) < MANY or not LEAST_SUBJECT <= starts[0] <= MOST_SUBJECT or _CLAUSES.search(part):
        return [part]
    subject, ends = part[: starts[0]], [*starts[1:], len(part)]
    pieces = [f"{subject}{part[start:end]}" for start, end in zip(starts, ends, strict=True)]
    return pieces if sum(_is_sure(find(piece)) for piece in pieces[:MOST_PARTS]) > 1 else [part]


def _asks_alone(clause: str) -> bool:
    if not _ASKS.search(clause) or _DEPENDS.match(clause) or len(normalise(clause)) < LEAST_CHARS:
        return False
    leans = leaning.read(normal(clause))
    return not (leans and leans.wholly)


def _is_sure(outcome: Outcome) -> bool:
    return outcome.kind == ANSWERED and not outcome.choices and outcome.score >= leaning.SURE_OF_ITSELF


def _split(part: str, find: Callable[[str], Outcome]) -> list[str]:
    clauses = _at_commas(part, find)
    return clauses if len(clauses) > 1 else _run_on(part, find)


def _bare(part: str) -> str:
    return _LEADING.sub("", part).strip(" ，,、。；;！!\n\t")


def several(text: str, whole: Outcome, find: Callable[[str], Outcome]) -> Parts | None:
    """The questions of a message that holds more than one, or None where it is one question with its story.

    Where the whole has an answer that none of its parts has, the parts belong together and it is one question; three
    that are sure of their answers are too many for that.
    """
    asked = asking(text)
    pieces = asked if len(asked) > MOST_PARTS else [piece for part in asked for piece in _split(part, find)]
    if len(pieces) < 2:
        return None
    answers: dict[str, tuple[str, Outcome]] = {}
    rest = []
    for piece in pieces[:MOST_PARTS]:
        outcome = find(piece)
        if outcome.kind == ANSWERED and outcome.entry:
            answers.setdefault(outcome.entry.id, (piece, outcome))
        elif outcome.kind == CLARIFIED or outcome.in_domain:
            rest.append(piece)
    rest += pieces[MOST_PARTS:]
    if not answers or (len(answers) == 1 and not rest):
        return None
    sure = sum(_is_sure(outcome) for _, outcome in answers.values())
    if sure < MANY and whole.kind == ANSWERED and whole.entry and whole.entry.id not in answers:
        return None
    return Parts(tuple(answers.values()), tuple(rest))
