"""Whether every character of a text comes from somewhere known."""

from __future__ import annotations

import re

from handlers.consult.rephrasing.lexicon import load_lexicon
from handlers.consult.rephrasing.plain import CLAUSE_END, HAN
from handlers.consult.rephrasing.quantities import amounts

MOST_LOOSE = 0.3
ECHO_CHARS = 6
_SPLIT = re.compile(f"[{re.escape(CLAUSE_END)}、]")


def covered(new: str, old: str, asked: str) -> bool:
    """Whether ``new`` is made of ``old``, plain words, and short echoes of ``asked``.

    A character is held by a pair that the entry has too, or by a plain word. One that the entry only has elsewhere is
    loose, and few may be; one that turns a sentence round must be held by a pair. One that only the person said is an
    echo: no more than ECHO_CHARS in a row, and not a clause of its own.
    """
    old = _without_amounts(old)
    pairs = {pair for part in _SPLIT.split(old) for pair in _pairs(part)}
    known, theirs = set(old), {asked[at : at + 2] for at in range(len(asked) - 1)}
    lexicon = load_lexicon()
    loose = total = 0
    for part in _SPLIT.split(_without_amounts(new)):
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


def _without_amounts(text: str) -> str:
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
