"""Whether two questions are one question, so that one answer serves both; pure and cautious.

Compared is what a question is about: its characters once politeness, filling words and the way of asking are gone.
Two questions that ask for different things, say different numbers, or of which only one says no, are never the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import yaml

from knowledge.language import load_language

FILE = Path(__file__).parent / "sameness.yaml"
SAME = 0.84
"""The least share of two questions' characters that both have; set on the pairs in the tests."""
LEAST_PAIRS = 0.7
"""The least share of common pairs of characters: the same characters in another order may say another thing."""
LEAST_CHARS = 3
LONGEST = 120
_NUMBER = re.compile(r"[0-9]+|[零一二三四五六七八九十百千万两]+(?=[米级度岁年月天号层楼吨人个次倍分块元万小])")
_TAIL = re.compile("(?:没有|不|没)$")
_NUMERALS = {ord(old): new for old, new in zip("零一二两三四五六七八九", "01223456789", strict=True)}
Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Essence:
    """What a question is about.

    ``characters``: each with its count so far, so that 水管漏水 has two 水. ``asks``: what it asks for; ``numbers`` it
    says; ``denies``: it says no to something.
    """

    characters: frozenset[tuple[str, int]]
    pairs: frozenset[str]
    asks: frozenset[str]
    numbers: frozenset[str]
    denies: bool

    @property
    def comparable(self) -> bool:
        return len(self.characters) >= LEAST_CHARS


@dataclass(frozen=True, slots=True)
class _Words:
    asks: Sequence[tuple[str, re.Pattern[str]]]
    either: re.Pattern[str]
    filling: re.Pattern[str]
    negative: re.Pattern[str]


def essence(question: str) -> Essence:
    """The question as it is compared."""
    words = _words()
    text = _TAIL.sub("", words.either.sub("", load_language().plain(question[: 4 * LONGEST])[:LONGEST]))
    asks = set()
    for name, pattern in words.asks:
        text, found = pattern.subn("", text)
        if found:
            asks.add(name)
    numbers = frozenset(number.translate(_NUMERALS) for number in _NUMBER.findall(text))
    text = _NUMBER.sub("", text)
    text, denied = words.negative.subn("", text)
    left = words.filling.sub("", text)
    return Essence(
        characters=frozenset((character, left[:at].count(character)) for at, character in enumerate(left)),
        pairs=frozenset(a + b for a, b in pairwise(left)),
        asks=frozenset(asks),
        numbers=numbers,
        denies=bool(denied),
    )


def likeness(one: Essence, other: Essence) -> float:
    """From 0 to 1; 0 where they certainly differ."""
    if not (one.comparable and other.comparable):
        return 0.0
    if one.numbers != other.numbers or one.denies != other.denies or one.asks != other.asks:
        return 0.0
    common = one.characters & other.characters
    if one.characters - common and other.characters - common:
        return 0.0  # each says something that the other does not: 塔吊 beside 吊篮
    if _share(one.pairs, other.pairs) < LEAST_PAIRS:
        return 0.0
    return len(common) / len(one.characters | other.characters)


def same(one: Essence, other: Essence) -> bool:
    return likeness(one, other) >= SAME


def nearest(question: Essence, among: Iterable[tuple[Key, Essence]]) -> Key | None:
    """Whose question it is, the likest of those that are the same."""
    best, found = 0.0, None
    for key, other in among:
        near = likeness(question, other)
        if near >= SAME and near > best:
            best, found = near, key
    return found


def grouped(questions: Mapping[Key, Essence]) -> list[list[Key]]:
    """The questions in groups, each begun by its first; larger groups first, a question alone is a group of one."""
    groups: list[list[Key]] = []
    holders: dict[str, list[int]] = {}  # groups by the pairs of their first
    for key, question in questions.items():
        close = {number for pair in question.pairs for number in holders.get(pair, ())}
        at = nearest(question, ((number, questions[groups[number][0]]) for number in sorted(close)))
        if at is not None:
            groups[at].append(key)
            continue
        for pair in question.pairs:
            holders.setdefault(pair, []).append(len(groups))
        groups.append([key])
    return sorted(groups, key=len, reverse=True)


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0


@lru_cache(maxsize=1)
def _words() -> _Words:
    raw = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return _Words(
        asks=[(name, _any(words)) for name, words in raw["asks"].items()],
        either=_any(raw["either"]),
        filling=_any(raw["filling"]),
        negative=_any(raw["negative"]),
    )


def _any(words: Sequence[str]) -> re.Pattern[str]:
    """Any of the words, the longest first."""
    return re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))))
