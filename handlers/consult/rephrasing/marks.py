"""Words on which a sentence's meaning hangs (duties, negations, who does what, amounts), each with what stands around
it; and whether two texts' marks are the same ones about the same things."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from handlers.consult.rephrasing.lexicon import load_lexicon
from handlers.consult.rephrasing.plain import CLAUSE_END, HAN, clause
from handlers.consult.rephrasing.quantities import Found

REACH = 8
FAR = 14
NEAR = 6
LITTLE, ENOUGH = 4, 8
JOINED = "。!?;"
_NEGATING = frozenset("不没别无未非")
_EMPTY = frozenset("的了着过是在就都也还和与或把被给那这您你吧呢啊哦嘛之才又")


@dataclass(frozen=True, slots=True)
class Around:
    """The characters before and after a mark, what says nothing left out."""

    before: str
    after: str

    @property
    def empty(self) -> bool:
        return not (self.before + self.after).strip("|")


@dataclass(frozen=True, slots=True)
class Mark:
    """``value``: what it stands for; ``at``: where."""

    value: str
    at: int
    around: Around


def likeness(one: Around, other: Around) -> int:
    """How much the surroundings of two marks have in common; what follows a mark counts for more."""
    return 2 * _common(one.after, other.after) + _common(one.before, other.before)


def whole_likeness(one: Around, other: Around) -> int:
    """The same where it does not matter on which side a word stands."""
    return _common(one.before + "|" + one.after, other.before + "|" + other.after)


def _common(one: str, other: str) -> int:
    pairs = {one[at : at + 2] for at in range(len(one) - 1)} & {other[at : at + 2] for at in range(len(other) - 1)}
    return 2 * len([pair for pair in pairs if "|" not in pair]) + len((set(one) & set(other)) - {"|"})


def duties(text: str, question: str = "") -> list[Mark]:
    """Words of duty and negation. What surrounds one ends at the next one and at the clause's end.

    A bare 「不能。」 is about what ``question`` asks last, where that says nothing negative itself.
    """
    lexicon = load_lexicon()
    clear = lexicon.neutral.sub(lambda found: "□" * len(found.group()), text)
    spans = [(found.start(), found.end(), lexicon.duties[found.group()]) for found in lexicon.duty.finditer(clear)]
    marks = []
    for number, (first, last, value) in enumerate(spans):
        start, stop = clause(text, first, last)
        if number:
            start = max(start, spans[number - 1][1])
        if number + 1 < len(spans):
            stop = min(stop, spans[number + 1][0])
        around = Around(said(text[max(start, first - REACH) : first]), said(text[last : min(stop, last + REACH)]))
        if around.empty and question:
            around = Around("", _about(question))
        marks.append(Mark(value, first, around))
    return marks


def _about(question: str) -> str:
    last = [part for part in re.split(f"[{re.escape(CLAUSE_END)}]", question) if part][-1:]
    if not last or {mark.value for mark in duties(last[0])} & {"forbid", "negation", "exempt"}:
        return ""
    return said(load_lexicon().duty.sub("", load_lexicon().neutral.sub("", last[0])))


def innocent(text: str) -> Counter[str]:
    """Words that look like a negation and are none (不同, 别人): a new one may hide one that is (不同时)."""
    return Counter(found for found in load_lexicon().neutral.findall(text) if set(found) & _NEGATING)


def actors(text: str) -> list[Mark]:
    """Who does what: the clause around each, and the one before where it says little."""
    lexicon = load_lexicon()
    marks = []
    for found in lexicon.actor.finditer(text):
        if lexicon.actors[found.group()] == "nobody":
            continue
        start, stop = clause(text, found.start(), found.end())
        before, after = (
            said(text[max(start, found.start() - FAR) : found.start()]),
            said(text[found.end() : stop][:FAR]),
        )
        marks.append(Mark(lexicon.actors[found.group()], found.start(), Around(before, after)))
    return marks


def opposites(text: str) -> list[Mark]:
    """Each character that has an opposite (内, 外, 高, 低), with its near surroundings."""
    known = load_lexicon().opposites
    marks = []
    for at, char in enumerate(text):
        if char in known:
            start, stop = clause(text, at, at + 1)
            marks.append(
                Mark(char, at, Around(said(text[max(start, at - NEAR) : at]), said(text[at + 1 : stop][:NEAR])))
            )
    return marks


def surroundings(text: str, amounts: Sequence[Found]) -> list[Around]:
    """What each amount is about: its clause; where that says little, clauses of the sentence before it too, and the one
    after it, none of them about another amount."""
    found = []
    for number, one in enumerate(amounts):
        before, after = amounts[:number][-1:], amounts[number + 1 :][:1]
        start, stop = clause(text, one.first, one.last)
        back = max([start, *(other.last for other in before)])
        ahead = min([stop, *(other.first for other in after)])
        if _content(text[back : one.first] + text[one.last : ahead]) < LITTLE:
            last = clause(text, one.last, one.last, JOINED)[1]
            taken = min([last, *(clause(text, other.first, other.last)[0] for other in after)])
            ahead = max(ahead, min(taken, clause(text, stop + 1, stop + 1)[1]))
        first = clause(text, one.first, one.first, JOINED)[0]
        free = max([first, *(clause(text, other.first, other.last)[1] for other in before)])
        while start > free and _content(text[back : one.first] + text[one.last : ahead]) < ENOUGH:
            start = max(free, clause(text, start - 1, start - 1)[0])
            back = min(back, start)
        found.append(Around(said(text[back : one.first]), said(text[one.last : ahead])))
    return found


def _content(text: str) -> int:
    return len(said(text).replace("|", ""))


def said(text: str) -> str:
    """The characters that say something."""
    return "".join(char if HAN.match(char) or char.isalnum() else "|" for char in text if char not in _EMPTY)


def pair(
    ours: Sequence[Mark], theirs: Sequence[Mark], values: Iterable[str], least: float = 0.0
) -> tuple[list[tuple[Mark, Mark]], list[Mark], list[Mark]]:
    """Marks of ``values`` joined one to one, the likest first, and what is left over on either side.

    ``least``: how much of what surrounds one of theirs must surround ours too, from 0 to 1."""
    wanted = frozenset(values)
    left, right = [one for one in ours if one.value in wanted], [one for one in theirs if one.value in wanted]
    scored = []
    for m, other in enumerate(right):
        whole = likeness(other.around, other.around)
        for n, one in enumerate(left):
            score = likeness(one.around, other.around)
            if score > least * whole or (one.around.empty and other.around.empty):
                scored.append((score, n, m))
    joined: dict[int, int] = {}
    for _score, n, m in sorted(scored, key=lambda each: (-each[0], abs(each[1] - each[2]))):
        if n not in joined and m not in joined.values():
            joined[n] = m
    pairs = [(left[n], right[m]) for n, m in joined.items()]
    over = [one for n, one in enumerate(left) if n not in joined]
    missing = [one for m, one in enumerate(right) if m not in joined.values()]
    return pairs, over, missing
