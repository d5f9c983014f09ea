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
    """``word``: the next word or sign of a text. ``same``: for each word of a line the first one of it. The others are
    described in the file."""

    word: re.Pattern[str]
    same: Mapping[str, str]
    free: frozenset[str]
    before_amount: frozenset[str]
    breath: frozenset[str]
    opening: frozenset[str]
    allowing: frozenset[str]
    held: frozenset[str]
    conditions: frozenset[str]
    forbidding: frozenset[str]
    steps: frozenset[str]
    binding: frozenset[str]
    leaning: re.Pattern[str]


@lru_cache(maxsize=1)
def load_lexicon() -> Lexicon:
    raw = yaml.safe_load(LEXICON_FILE.read_text(encoding="utf-8"))
    same = {word: line[0] for line in raw["same"] for word in line}
    known = {*same, *(word for name in raw if name not in {"same", "leaning", "binding"} for word in raw[name])}
    return Lexicon(
        word=re.compile(f"{any_of(known)}|.", re.DOTALL),
        same=same,
        free=frozenset(raw["free"]),
        before_amount=frozenset(raw["before_amount"]),
        breath=frozenset(raw["breath"]),
        opening=frozenset(raw["opening"]),
        allowing=frozenset(raw["allowing"]),
        held=frozenset(raw["held"]),
        conditions=frozenset(raw["conditions"]),
        forbidding=frozenset(raw["forbidding"]),
        steps=frozenset(raw["steps"]),
        binding=frozenset(raw["binding"]),
        leaning=re.compile(any_of(raw["leaning"])),
    )


def any_of(words: Iterable[str]) -> str:
    """A pattern for any of the words, the longest that fits."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
