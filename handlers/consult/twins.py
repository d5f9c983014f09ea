"""Entries that read alike and differ by one fact that the question states: of those, the one that the fact belongs to.

Retrieval compares nearness, and 「没履职罚多少」 is near 「没履职导致事故罚多少」; the articles are different ones.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

FILE = Path(__file__).parent / "twins.yaml"


@dataclass(frozen=True, slots=True)
class Twin:
    """A question for which ``found`` was found gets ``instead`` where it says all of ``said`` and none of ``unless``;
    the first of ``said`` is the fact by which the two differ."""

    found: str
    said: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]
    instead: str

    def denied(self, normalised: str) -> bool:
        """Whether the question says what keeps it with ``found``."""
        return any(fact.search(normalised) for fact in self.unless)


def right_one(entry_id: str, normalised: str) -> str:
    """The entry that a question is about for which ``entry_id`` was found: mostly that one."""
    for twin in load_twins():
        if twin.found != entry_id or twin.denied(normalised):
            continue
        if all(fact.search(normalised) for fact in twin.said):
            return twin.instead
    return entry_id


def turned(entry_id: str, normalised: str) -> str:
    """The entry that a follow-up turns to from the one talked about: 「那出了事故呢」; "" where it turns to none."""
    for twin in load_twins():
        if twin.found == entry_id and twin.said[0].search(normalised) and not twin.denied(normalised):
            return twin.instead
    return ""


def surely(normalised: str) -> str:
    """The entry that must answer a question, whatever is near it; "" for almost all."""
    for asked, unless, entry_id in _sure():
        if asked.match(normalised) and not unless.search(normalised):
            return entry_id
    return ""


@lru_cache(maxsize=1)
def _sure() -> tuple[tuple[re.Pattern[str], re.Pattern[str], str], ...]:
    raw = yaml.safe_load(FILE.read_text(encoding="utf-8"))["surely"]
    return tuple((re.compile(each["asked"].strip()), re.compile(each["unless"]), each["entry"]) for each in raw)


@lru_cache(maxsize=1)
def load_twins() -> tuple[Twin, ...]:
    """Read once a process."""
    raw = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    words = {name: re.compile(pattern) for name, pattern in raw["words"].items()}
    return tuple(
        Twin(
            each["found"],
            tuple(words[name] for name in each["said"]),
            tuple(words[name] for name in each["unless"]),
            each["instead"],
        )
        for each in raw["twins"]
    )
