"""Whether a text keeps the order of another's words.

Whole sentences may change places, and so may the parts of a sentence that a semicolon divides; in such a part its last
clause may come first. Nothing else moves, because who moves a clause moves what it is said about: each half of
「没验的不得使用，没审的不得施工」 says something else with the other's end, though every word is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby, pairwise

from handlers.consult.rephrasing.plain import CLAUSE_END, HAN, SENTENCE_END

LEFT_OUT = 5
"""So many characters may be left out between two pieces."""
AT_AN_EDGE = 2
_STOPS = frozenset(CLAUSE_END) | {"、"}
_PARTS = f"{SENTENCE_END};"
_PART = re.compile(f"[{_PARTS}]")
_CLAUSE = re.compile(f"[{re.escape(CLAUSE_END)}]")


@dataclass(frozen=True, slots=True)
class _Piece:
    """Characters that both texts have in a row: where they begin in each, and how many."""

    at: int
    there: int
    size: int

    @property
    def end(self) -> int:
        return self.there + self.size


def in_order(new: str, old: str) -> bool:
    """Whether ``new`` goes through ``old`` as it stands, but for what may change places."""
    pieces = _pieces(new, old)
    used: set[int] = set()
    for one, two in pairwise(pieces):
        used.update(range(one.there, one.end))
        onward = two.there >= one.end and _goes_on(old[one.end : two.there])
        if not onward and not _jumps_well(one, two, new, old, used):
            return False
    return _together(pieces, old, _PARTS) and _together(pieces, old, SENTENCE_END)


def _together(pieces: list[_Piece], old: str, ends: str) -> bool:
    """Whether what one sentence of ``old`` says is said in one go."""
    numbers = [sum(old.count(sign, 0, piece.there) for sign in ends) for piece in pieces]
    runs = [number for number, _ in groupby(numbers)]
    return len(runs) == len(set(runs))


def _goes_on(between: str) -> bool:
    return _said(between) <= LEFT_OUT


def _jumps_well(one: _Piece, two: _Piece, new: str, old: str, used: set[int]) -> bool:
    """After a clause's end, from where nothing of a part is left to the beginning of a part, or of its last clause."""
    if not any(char in _STOPS for char in new[one.at + one.size : two.at]):
        return False
    stop = _end(old, one.end, _PART)
    if sum(at not in used and _counts(old[at]) for at in range(one.end, stop)) > AT_AN_EDGE:
        return False
    if _said(old[_begin(old, two.there, _PARTS) : two.there]) <= AT_AN_EDGE:
        return True
    begin, stop = _begin(old, two.there, _STOPS), _end(old, two.there, _CLAUSE)
    is_last = stop == _end(old, two.there, _PART)
    fresh = not any(at in used for at in range(begin, stop))
    return is_last and fresh and _said(old[begin : two.there]) <= AT_AN_EDGE


def _end(old: str, at: int, signs: re.Pattern[str]) -> int:
    found = signs.search(old, at)
    return found.start() if found else len(old)


def _begin(old: str, at: int, signs: Iterable[str]) -> int:
    return max(old.rfind(sign, 0, at) for sign in signs) + 1


def _pieces(new: str, old: str) -> list[_Piece]:
    """From the left, each time the longest piece; of equal ones the one that goes on where the last one ended."""
    starts: dict[str, list[int]] = {}
    for at in range(len(old) - 1):
        starts.setdefault(old[at : at + 2], []).append(at)
    found: list[_Piece] = []
    at = end = 0
    while at < len(new) - 1:
        best = None
        if _counts(new[at]) and _counts(new[at + 1]):
            options = [_Piece(at, there, _size(new, at, old, there)) for there in starts.get(new[at : at + 2], ())]
            best = max(options, key=lambda piece: (piece.size, *_nearness(piece, end, old)), default=None)
        if best is None:
            at += 1
            continue
        found.append(best)
        at, end = at + best.size, best.end
    return found


def _size(new: str, at: int, old: str, there: int) -> int:
    size = 2
    while at + size < len(new) and there + size < len(old) and new[at + size] == old[there + size]:
        size += 1
    while not _counts(new[at + size - 1]):
        size -= 1
    return size


def _nearness(piece: _Piece, end: int, old: str) -> tuple[bool, int]:
    onward = piece.there >= end and _goes_on(old[end : piece.there])
    return onward, -abs(piece.there - end)


def _counts(char: str) -> bool:
    return char == "0" or bool(HAN.match(char))


def _said(text: str) -> int:
    return sum(map(_counts, text))
