"""Finds the entry that answers a question, or knows that none does.

``matching`` says how far entries match, ``confidence`` orders them and says how likely they are right, and the limits
here decide between answering, offering choices and declining.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import lru_cache

from knowledge.confidence import Judgement, Model, load_model
from knowledge.content import load_topics
from knowledge.matching import Matcher
from knowledge.schema import Entry, Source, Topic

LEAST_CHARS = 2


class Band(Enum):
    """What to do with a question."""

    ANSWER = "answer"
    CHOOSE = "choose"
    DECLINE = "decline"


@dataclass(frozen=True, slots=True)
class Limits:
    """Where the bands lie. The figures behind them stand in confidence.yaml.

    ``answer``: the least chance that the first entry is right, for an answer; ``choose``: the least chance that one of
    the first three is, for choices; ``near``: what stands beside the best has at least this share of its chance.
    """

    answer: float = 0.75
    choose: float = 0.20
    near: float = 0.1


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry and the chance that it is the right one, from 0 to 1."""

    entry: Entry
    confidence: float


@dataclass(frozen=True, slots=True)
class Found:
    """The outcome for one question: the band and the best entries, best first."""

    band: Band
    candidates: tuple[Candidate, ...]

    @property
    def best(self) -> Entry | None:
        return self.candidates[0].entry if self.candidates else None


@dataclass(frozen=True, slots=True)
class Wording:
    """An entry's answer as it held on a day, with its sources."""

    answer: str
    sources: tuple[Source, ...]
    outdated: bool = False


def wording(entry: Entry, as_of: date) -> Wording:
    """The answer that held on ``as_of``: an earlier one where the rule changed since."""
    held = [earlier for earlier in entry.earlier if as_of <= earlier.until]
    if not held:
        return Wording(entry.answer, entry.sources)
    earliest = min(held, key=lambda earlier: earlier.until)
    return Wording(earliest.answer, earliest.sources, outdated=True)


class Index:
    """Built once from entries; immutable and safe to share between threads."""

    def __init__(self, entries: Iterable[Entry], limits: Limits | None = None, model: Model | None = None) -> None:
        self.entries: tuple[Entry, ...] = tuple(entries)
        self.by_id: Mapping[str, Entry] = {entry.id: entry for entry in self.entries}
        self.limits = limits or Limits()
        self.matcher = Matcher(self.entries)
        self._model = model or load_model()

    def find(self, question: str, most: int = 3) -> Found:
        """The entries nearest to ``question`` and what to do with it."""
        judgement = self._judge(question)
        candidates = self._candidates(judgement, most)
        if not candidates:
            return Found(Band.DECLINE, ())
        floor = candidates[0].confidence * self.limits.near
        near = tuple(candidate for candidate in candidates if candidate.confidence >= floor)
        return Found(self._band(judgement), near)

    def search(self, question: str, most: int = 5) -> list[Candidate]:
        """The nearest entries whatever their confidence, for staff."""
        return self._candidates(self._judge(question), most)

    def _judge(self, question: str) -> Judgement:
        text = self.matcher.plain(question)
        return self._model.judge(self.matcher.matches(text) if len(text) >= LEAST_CHARS else ())

    def _candidates(self, judgement: Judgement, most: int) -> list[Candidate]:
        return [Candidate(self.entries[judged.number], judged.right) for judged in judgement.ranked[:most]]

    def _band(self, judgement: Judgement) -> Band:
        if judgement.ranked[0].right >= self.limits.answer and not judgement.contested:
            return Band.ANSWER
        return Band.CHOOSE if judgement.among >= self.limits.choose else Band.DECLINE


@lru_cache(maxsize=1)
def load_index() -> Index:
    """The index of the entries in the tree; built once a process."""
    return build(load_topics())


def build(topics: Iterable[Topic]) -> Index:
    """An index of all entries of ``topics``."""
    return Index(entry for topic in topics for entry in topic.entries)
