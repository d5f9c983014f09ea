"""Whether every character of a text comes from somewhere known, and every clause from one place there."""

from __future__ import annotations

import re

from handlers.consult.rephrasing.lexicon import load_lexicon
from handlers.consult.rephrasing.plain import CLAUSE_END, HAN
from handlers.consult.rephrasing.quantities import amounts

MOST_LOOSE = 0.3
ECHO_CHARS = 6
LEAST_FROM_ONE_PLACE, LEAST_KEPT = 0.75, 0.5
NEIGHBOURS = 2
_SPLIT = re.compile(f"[{re.escape(CLAUSE_END)}、]")


def covered(new: str, old: str, asked: str) -> bool:
    """Whether ``new`` is made of ``old``, plain words, and short echoes of ``asked``.

    A character is held by a pair that the entry has too, or by a plain word. One that the entry only has elsewhere is
    loose, and few may be; one that turns a sentence round must be held by a pair. One that only the person said is an
    echo: no more than ECHO_CHARS in a row, and not a clause of its own.
    """
    old = without_amounts(old)
    pairs = {pair for part in _SPLIT.split(old) for pair in _pairs(part)}
    known, theirs = set(old), {asked[at : at + 2] for at in range(len(asked) - 1)}
    lexicon = load_lexicon()
    loose = total = 0
    for part in _SPLIT.split(without_amounts(new)):
        held, plainly = _held(part, pairs), _plainly(part)
        echoes = 0
        for at, char in enumerate(part):
            if not HAN.match(char):
                continue
            total += 1
            if char in lexicon.leading and at + 1 < len(part) and part[at : at + 2] not in pairs and not plainly[at]:
                return False
            if held[at] or plainly[at]:
                echoes = 0
                continue
            if char in lexicon.turning:
                return False
            if char in known:
                loose += 1
                echoes = 0
                continue
            if not ({part[max(0, at - 1) : at + 1], part[at : at + 2]} & theirs):
                return False
            echoes += 1
            if echoes > ECHO_CHARS:
                return False
        if any(HAN.match(char) for char in part) and not any(held):
            return False
    return loose <= MOST_LOOSE * total


def without_amounts(text: str) -> str:
    """Amounts are compared by themselves; here each counts as one sign."""
    for found in reversed(amounts(text)):
        text = f"{text[: found.first]}0{text[found.last :]}"
    return text


def _pairs(part: str) -> set[str]:
    """Each two characters in a row, the edges counted as one."""
    edged = f"|{part}|"
    return {edged[at : at + 2] for at in range(len(edged) - 1)}


def _held(part: str, pairs: set[str]) -> list[bool]:
    """Which characters stand in a pair of the entry's."""
    turning = load_lexicon().turning
    held = [part[at : at + 2] in pairs or part[max(0, at - 1) : at + 1] in pairs for at in range(len(part))]
    if part and (len(part) == 1 or part[0] not in turning):
        held[0] = held[0] or f"|{part[0]}" in pairs
    if part and (len(part) == 1 or part[-1] not in turning):
        held[-1] = held[-1] or f"{part[-1]}|" in pairs
    return held


def _plainly(part: str) -> list[bool]:
    """Which characters stand in a plain word."""
    lexicon = load_lexicon()
    plainly = [False] * len(part)
    for at in range(len(part)):
        for size in (4, 3, 2, 1):
            word = part[at : at + size]
            if len(word) == size and word in lexicon.plain and not (size == 1 and word in lexicon.turning):
                plainly[at : at + size] = [True] * size
                break
    return plainly


def woven(new: str, old: str, question: str) -> bool:
    """Whether each clause of ``new`` comes, for the most part, from one place: clauses side by side in ``old``, or the
    question and the first words of the answer to it. Pieces that do not belong together say something new."""
    first = next((part for part in _SPLIT.split(old) if part), "")
    places = [*_places(old), *_places(question), _inner(question) | _inner(first)]
    known = frozenset().union(*places)
    for part in _SPLIT.split(new):
        held = _inner(part) & known
        if len(held) > 2 and max(len(held & place) for place in places) < LEAST_FROM_ONE_PLACE * len(held):
            return False
    return True


def kept(new: str, old: str) -> bool:
    """Whether enough of each clause of ``old`` is there, in one place of ``new``."""
    places = _places(new)
    for part in _SPLIT.split(old):
        wanted = _inner(part)
        if len(wanted) > 1 and max(len(wanted & place) for place in places) < LEAST_KEPT * len(wanted):
            return False
    return True


def _places(text: str) -> list[frozenset[str]]:
    parts = [part for part in _SPLIT.split(text) if part]
    return [
        frozenset().union(*map(_inner, parts[at : at + NEIGHBOURS]))
        for at in range(max(1, len(parts) - NEIGHBOURS + 1))
    ]


def _inner(part: str) -> frozenset[str]:
    """Each two Chinese characters in a row."""
    return frozenset(
        part[at : at + 2] for at in range(len(part) - 1) if HAN.match(part[at]) and HAN.match(part[at + 1])
    )
