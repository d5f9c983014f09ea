"""The words of lexicon.yaml, compiled once a process."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

LEXICON_FILE = Path(__file__).parent / "lexicon.yaml"


@dataclass(frozen=True, slots=True)
class Lexicon:
    """``duties`` and ``actors``: what each word stands for; ``neutral``: what looks like a duty and is none.
    ``required`` conditions may not be lost, those of ``once`` not be added. ``turning``: characters that turn a
    sentence round; ``opposites``: for each those that say the contrary; ``leading``: those that must stand before what
    they stand before. ``plain``: words that may be brought along."""

    duties: Mapping[str, str]
    duty: re.Pattern[str]
    neutral: re.Pattern[str]
    actors: Mapping[str, str]
    actor: re.Pattern[str]
    conditions: Mapping[str, re.Pattern[str]]
    required: frozenset[str]
    once: frozenset[str]
    turning: frozenset[str]
    leading: frozenset[str]
    opposites: Mapping[str, frozenset[str]]
    plain: frozenset[str]


@lru_cache(maxsize=1)
def load_lexicon() -> Lexicon:
    raw = yaml.safe_load(LEXICON_FILE.read_text(encoding="utf-8"))
    duties = {word: kind for kind, words in raw["duty"].items() for word in words}
    actors = {word: kind for kind, words in raw["actors"].items() for word in words}
    return Lexicon(
        duties=duties,
        duty=any_of(duties),
        neutral=re.compile("|".join(sorted(raw["neutral"], key=len, reverse=True))),
        actors=actors,
        actor=any_of(actors),
        conditions={kind: re.compile("|".join(words)) for kind, words in raw["conditions"].items()},
        required=frozenset(raw["required"]),
        once=frozenset(raw["once"]),
        turning=frozenset(raw["turning"]),
        leading=frozenset(raw["leading"]),
        opposites=_opposites(raw["opposites"].split()),
        plain=frozenset(raw["plain"].split()),
    )


def _opposites(pairs: Iterable[str]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for pair in pairs:
        one, other = pair[0], pair[1]
        found[one] = found.get(one, frozenset()) | {other}
        found[other] = found.get(other, frozenset()) | {one}
    return found


def any_of(words: Iterable[str]) -> re.Pattern[str]:
    """Any of the words, the longest that fits."""
    return re.compile("|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)))
