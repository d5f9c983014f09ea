"""Finds the entry that answers a question, or knows that none does.

``matching`` says how far entries match, ``confidence`` orders them and says how likely they are right, and the limits
here decide between answering, offering choices and declining.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import lru_cache

from knowledge.confidence import Judgement, Models, load_models
from knowledge.content import load_topics
from knowledge.embedding import Embedder, Vector
from knowledge.language import load_language
from knowledge.matching import Matcher
from knowledge.meaning import Meaning, Places, load_places
from knowledge.schema import Entry, Source, Topic


class Band(Enum):
    """What to do with a question. LIKELY: answer it with the first entry and offer the others besides."""

    ANSWER = "answer"
    LIKELY = "likely"
    CHOOSE = "choose"
    DECLINE = "decline"


@dataclass(frozen=True, slots=True)
class Limits:
    """Where the bands lie, by the chances of confidence.yaml.

    A question that ``belongs`` here by this chance is answered: by itself from ``answer`` on, the chance that the first
    entry is right, with the others besides from ``likely`` on, else with choices. One that may belong, ``doubtful``,
    gets choices where ``choose`` is the least chance that one of the first three is right. What stands beside the best
    has at least the share ``near`` of its chance.
    """

    belongs: float = 0.92
    answer: float = 0.85
    likely: float = 0.30
    doubtful: float = 0.33
    choose: float = 0.20
    near: float = 0.1


# Words alone are surer of themselves than they should be, so they must be surer that a question belongs here. By
# meaning an answer stands alone only where it is all but certain: what else may be meant costs a few lines below it.
BY_WORDS = Limits()
BY_MEANING = Limits(belongs=0.82, answer=0.95, likely=0.20, doubtful=0.30)


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
    """Built once from entries; immutable and safe to share between threads.

    With ``places`` a question that comes with its embedding is compared by meaning too; ``embedder`` places what
    ``places`` does not know yet. ``limits`` hold for both ways; by default each has its own.
    """

    def __init__(
        self,
        entries: Iterable[Entry],
        limits: Limits | None = None,
        models: Models | None = None,
        *,
        places: Places | None = None,
        embedder: Embedder | None = None,
    ) -> None:
        self.entries: tuple[Entry, ...] = tuple(entries)
        self.by_id: Mapping[str, Entry] = {entry.id: entry for entry in self.entries}
        self._by_words, self._by_meaning = limits or BY_WORDS, limits or BY_MEANING
        self.matcher = Matcher(self.entries)
        self.meaning = Meaning(self.entries, load_language().plain, places, embedder) if places else None
        self._models = models

    def judged_by(self, models: Models) -> Index:
        """The same entries with other models."""
        other = copy(self)
        other._models = models
        return other

    def plain(self, question: str) -> str:
        """The question as it is compared, and as it is to be embedded."""
        return self.matcher.plain(question)

    def says_little(self, question: str) -> bool:
        """Whether a question names nothing that it could be about."""
        return self.matcher.says_little(self.plain(question))

    def find(self, question: str, most: int = 3, vector: Vector | None = None) -> Found:
        """The entries nearest to ``question`` and what to do with it; ``vector`` is the plain question's embedding."""
        judgement = self._judge(question, vector)
        candidates = self._candidates(judgement, most)
        if not candidates:
            return Found(Band.DECLINE, ())
        limits = self._by_words if vector is None or self.meaning is None else self._by_meaning
        floor = candidates[0].confidence * limits.near
        near = tuple(candidate for candidate in candidates if candidate.confidence >= floor)
        return Found(_band(judgement, limits), near)

    def search(self, question: str, most: int = 5, vector: Vector | None = None) -> list[Candidate]:
        """The nearest entries whatever their confidence, for staff."""
        return self._candidates(self._judge(question, vector), most)

    def _judge(self, question: str, vector: Vector | None) -> Judgement:
        models = self._models or load_models()
        text = self.plain(question)
        if vector is None or self.meaning is None:
            return models.words.judge(text, self.matcher.matches(text))
        return models.meaning.judge(text, self.matcher.matches(text, self.meaning.likeness(vector)))

    def _candidates(self, judgement: Judgement, most: int) -> list[Candidate]:
        return [Candidate(self.entries[judged.number], judged.right) for judged in judgement.ranked[:most]]


def _band(judgement: Judgement, limits: Limits) -> Band:
    right = judgement.ranked[0].right
    if judgement.belongs >= limits.belongs and not judgement.contested:
        if right >= limits.answer:
            return Band.ANSWER
        return Band.LIKELY if right >= limits.likely else Band.CHOOSE
    if judgement.vague or (judgement.belongs >= limits.doubtful and judgement.among >= limits.choose):
        return Band.CHOOSE
    return Band.DECLINE


@lru_cache(maxsize=1)
def load_index() -> Index:
    """The index of the entries in the tree; built once a process."""
    return build(load_topics())


def build(topics: Iterable[Topic], embedder: Embedder | None = None) -> Index:
    """An index of all entries of ``topics``."""
    entries = (entry for topic in topics for entry in topic.entries)
    return Index(entries, places=load_places(), embedder=embedder)
