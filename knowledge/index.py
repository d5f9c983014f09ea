"""Finds the entry that answers a question, or knows that none does.

Lexical: each entry is one document of characters and character pairs from its question, phrasings and answer, scored
with BM25; the best few are then compared with the question as a whole and with their single phrasings. How much of the
question the best entry accounts for decides between answering, offering choices and declining.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import lru_cache

from knowledge.content import load_topics
from knowledge.schema import Entry, Source, Topic
from knowledge.text import grams, normalise

K1, B = 1.2, 0.6
QUESTION_WEIGHT, PHRASING_WEIGHT, ANSWER_WEIGHT = 3, 2, 1
RERANKED = 12
MOST_CHARS = 200
COMMON_SHARE = 0.35


class Band(Enum):
    """What to do with a question."""

    ANSWER = "answer"
    CHOOSE = "choose"
    DECLINE = "decline"


@dataclass(frozen=True, slots=True)
class Limits:
    """Where the bands lie. Figures from ``python -m bot knowledge eval`` on knowledge/evaluation/.

    ``answer``: the least confidence for an answer; ``choose``: the least for offering choices; ``near``: entries
    within this much of the best stand beside it as choices.
    """

    answer: float = 0.46
    choose: float = 0.30
    near: float = 0.05


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry and how sure it is the one, from 0 to 1."""

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


@dataclass(frozen=True, slots=True)
class _Phrase:
    grams: frozenset[str]
    weight: float


class Index:
    """Built once from entries; immutable and safe to share between threads."""

    def __init__(self, entries: Iterable[Entry], limits: Limits | None = None) -> None:
        self.entries: tuple[Entry, ...] = tuple(entries)
        self.by_id: Mapping[str, Entry] = {entry.id: entry for entry in self.entries}
        self.limits = limits or Limits()
        documents = [_document(entry) for entry in self.entries]
        self._idf = _idf(documents)
        self._unknown = math.log(1 + len(self.entries))
        self._postings = _postings(documents, self._idf)
        self._phrases = [self._phrases_of(entry) for entry in self.entries]
        self._vocabulary = [frozenset(document) for document in documents]

    def find(self, question: str, most: int = 3) -> Found:
        """The entries nearest to ``question`` and what to do with it."""
        text = normalise(question[:MOST_CHARS])
        if len(text) < 2 or not self.entries:
            return Found(Band.DECLINE, ())
        candidates = self._rank(text)[:most]
        return Found(self._band(candidates), self._near(candidates))

    def search(self, question: str, most: int = 5) -> list[Candidate]:
        """The nearest entries whatever their confidence, for staff."""
        text = normalise(question[:MOST_CHARS])
        return self._rank(text)[:most] if len(text) >= 2 else []

    # -- ranking ---------------------------------------------------------------------------------------------------
    def _rank(self, text: str) -> list[Candidate]:
        asked = Counter(grams(text))
        scores: dict[int, float] = {}
        for gram, count in asked.items():
            for number, impact in self._postings.get(gram, ()):
                scores[number] = scores.get(number, 0.0) + impact * count
        if not scores:
            return []
        best = sorted(scores.items(), key=lambda item: -item[1])[:RERANKED]
        top = best[0][1]
        query = frozenset(asked)
        mass = sum(self._weight(gram) for gram in query)
        ranked = [
            Candidate(self.entries[number], self._confidence(number, query, mass, score / top)) for number, score in best
        ]
        return sorted(ranked, key=lambda candidate: -candidate.confidence)

    def _confidence(self, number: int, query: frozenset[str], mass: float, relative: float) -> float:
        """How much of the question the entry accounts for, and how near its nearest phrasing is as a whole."""
        covered = sum(self._weight(gram) for gram in query if gram in self._vocabulary[number]) / mass
        nearest = 0.0
        for phrase in self._phrases[number]:
            shared = sum(self._weight(gram) for gram in query & phrase.grams)
            likeness = 2 * shared / (mass + phrase.weight)
            if likeness > nearest:
                nearest = likeness
        return 0.30 * covered + 0.50 * nearest + 0.20 * relative

    def _weight(self, gram: str) -> float:
        return self._idf.get(gram, self._unknown)

    def _phrases_of(self, entry: Entry) -> tuple[_Phrase, ...]:
        phrases = []
        for line in (entry.question, *entry.phrasings):
            said = frozenset(grams(normalise(line)))
            phrases.append(_Phrase(said, sum(self._weight(gram) for gram in said)))
        return tuple(phrases)

    # -- bands -----------------------------------------------------------------------------------------------------
    def _band(self, candidates: Sequence[Candidate]) -> Band:
        if not candidates or candidates[0].confidence < self.limits.choose:
            return Band.DECLINE
        first = candidates[0].confidence
        if first < self.limits.answer:
            return Band.CHOOSE
        second = candidates[1].confidence if len(candidates) > 1 else 0.0
        if first - second < self.limits.near and first < 0.75:
            return Band.CHOOSE
        return Band.ANSWER

    def _near(self, candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
        if not candidates:
            return ()
        floor = max(self.limits.choose * 0.8, candidates[0].confidence - 0.2)
        return tuple(candidate for candidate in candidates if candidate.confidence >= floor) or (candidates[0],)


def _document(entry: Entry) -> Counter[str]:
    document: Counter[str] = Counter()
    for weight, lines in (
        (QUESTION_WEIGHT, (entry.question,)),
        (PHRASING_WEIGHT, entry.phrasings),
        (ANSWER_WEIGHT, (entry.answer,)),
    ):
        for line in lines:
            for gram in grams(normalise(line)):
                document[gram] += weight
    return document


def _idf(documents: Sequence[Counter[str]]) -> dict[str, float]:
    seen: Counter[str] = Counter()
    for document in documents:
        seen.update(document.keys())
    total = len(documents)
    return {gram: math.log(1 + (total - count + 0.5) / (count + 0.5)) for gram, count in seen.items()}


def _postings(documents: Sequence[Counter[str]], idf: Mapping[str, float]) -> dict[str, list[tuple[int, float]]]:
    """For each gram the entries that hold it with their BM25 impact; grams that most entries hold tell nothing."""
    sizes = [sum(document.values()) for document in documents]
    mean = sum(sizes) / len(sizes) if sizes else 1.0
    postings: dict[str, list[tuple[int, float]]] = {}
    for number, document in enumerate(documents):
        norm = K1 * (1 - B + B * sizes[number] / mean)
        for gram, count in document.items():
            impact = idf[gram] * count * (K1 + 1) / (count + norm)
            postings.setdefault(gram, []).append((number, impact))
    common = COMMON_SHARE * len(documents)
    return {gram: found for gram, found in postings.items() if len(found) <= max(common, 8)}


@lru_cache(maxsize=1)
def load_index() -> Index:
    """The index of the entries in the tree; built once a process."""
    return build(load_topics())


def build(topics: Iterable[Topic]) -> Index:
    """An index of all entries of ``topics``."""
    return Index(entry for topic in topics for entry in topic.entries)
