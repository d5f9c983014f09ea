"""How far each entry matches a question: the figures that the order and the confidence are worked out from.

Lexical. An entry is one document of characters and character pairs from its question, phrasings and answer. BM25 over
a gram's weight picks the entries worth a closer look; those are compared with the question gram by gram and phrasing
by phrasing. A gram weighs by how few entries hold it; frames of questions (怎么办, 请问) weigh half, are not
looked up and alone ask nothing; what people say in everyday questions outside the service speaks against an entry.

Another source of evidence, such as likeness of meaning, would add its figure to Features and its name to RANKED_BY and
JUDGED_BY; ``python -m knowledge.evaluation.train`` then weighs it against the others.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from operator import itemgetter
from typing import NamedTuple

from knowledge.language import Spelling, load_language
from knowledge.schema import Entry
from knowledge.text import grams

K1, B = 1.2, 0.6
QUESTION_WEIGHT, PHRASING_WEIGHT, ANSWER_WEIGHT = 3, 2, 1
LOOKED_AT = 8
MOST_CHARS = 200
COMMON_SHARE = 0.35
# A gram that no entry holds weighs this much, in an index of any size; a frame and a single character less.
RAREST = 6.0
FRAME_SHARE, CHARACTER_SHARE = 0.5, 0.6
# Domain of a gram: the log of how much commoner it is in phrasings than in everyday questions, within these bounds.
RARE, DOMAIN_BOUND = 5e-4, 2.0


class Features(NamedTuple):
    """How one entry matches one question. Shares are of weight, from 0 to 1.

    ``relative``: its BM25 score beside the best one's. ``spoken``: share of the question found in the entry's question
    and phrasings; ``covered``: in these or its answer. ``likeness``: of the most alike phrasing and the question as
    wholes. ``contained``: the largest share of a phrasing that the question says. ``evidence``: log of the weight found
    in question and phrasings. Of the question alone: ``domain``: mean domain of its grams; ``unknown``: share of it
    that no entry's question or phrasing holds.
    """

    relative: float
    spoken: float
    covered: float
    likeness: float
    contained: float
    evidence: float
    domain: float
    unknown: float


@dataclass(frozen=True, slots=True)
class Match:
    """An entry, by its place in the index, and how it matches."""

    number: int
    features: Features


@dataclass(frozen=True, slots=True)
class _Gram:
    weight: float
    domain: float
    spoken: bool
    postings: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, slots=True)
class _Document:
    """``spoken``: for each gram of question and phrasings, which of them hold it; ``weights``: of each of them whole;
    ``answer``: the grams of the answer."""

    spoken: Mapping[str, tuple[int, ...]]
    weights: tuple[float, ...]
    answer: frozenset[str]


class Matcher:
    """Built once from entries; immutable and safe to share between threads."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._language = load_language()
        lines = [tuple(map(self._language.plain, (entry.question, *entry.phrasings))) for entry in entries]
        answers = [self._language.plain(entry.answer) for entry in entries]
        self._spelling = Spelling((line for said in lines for line in said), self._language)
        self._spelling.learn(answers)
        documents = [_counted(said, answer) for said, answer in zip(lines, answers, strict=True)]
        self._grams = self._weighed(lines, documents)
        self._documents = [self._document(said, answer) for said, answer in zip(lines, answers, strict=True)]

    def plain(self, question: str) -> str:
        """The question as it is compared: normalised, in plain words, its spelling put right, not too long."""
        return self._spelling.correct(self._language.plain(question[: 4 * MOST_CHARS])[:MOST_CHARS])

    def matches(self, text: str) -> list[Match]:
        """The entries worth a closer look for a ``plain`` text, the best BM25 score first; none for a bare frame."""
        counted = Counter(grams(text))
        if all(len(gram) == 1 or gram in self._language.frames for gram in counted):
            return []
        known = [(gram, self._grams.get(gram) or self._unheard(gram), count) for gram, count in counted.items()]
        scores: dict[int, float] = {}
        for _, seen, count in known:
            for number, impact in seen.postings:
                scores[number] = scores.get(number, 0.0) + impact * count
        if not scores:
            return []
        best = nlargest(LOOKED_AT, scores.items(), key=itemgetter(1))
        weights = [(gram, seen.weight) for gram, seen, _ in known]
        mass = sum(weight for _, weight in weights)
        domain = sum(seen.weight * seen.domain for _, seen, _ in known) / mass
        unknown = sum(seen.weight for _, seen, _ in known if not seen.spoken) / mass
        return [
            Match(number, self._features(number, weights, mass, score / best[0][1], domain, unknown))
            for number, score in best
        ]

    def _features(
        self,
        number: int,
        weights: Sequence[tuple[str, float]],
        mass: float,
        relative: float,
        domain: float,
        unknown: float,
    ) -> Features:
        document = self._documents[number]
        spoken, answer = document.spoken, document.answer
        shared = [0.0] * len(document.weights)
        found = covered = 0.0
        for gram, weight in weights:
            holders = spoken.get(gram)
            if holders:
                found += weight
                for holder in holders:
                    shared[holder] += weight
            elif gram in answer:
                covered += weight
        return Features(
            relative=relative,
            spoken=found / mass,
            covered=(found + covered) / mass,
            likeness=max([2 * part / (mass + whole) for part, whole in zip(shared, document.weights, strict=True)]),
            contained=max([part / whole for part, whole in zip(shared, document.weights, strict=True)]),
            evidence=math.log(1 + found),
            domain=domain,
            unknown=unknown,
        )

    # -- building --------------------------------------------------------------------------------------------------
    def _weighed(self, lines: Sequence[Sequence[str]], documents: Sequence[Counter[str]]) -> dict[str, _Gram]:
        """Every gram that entries or everyday questions hold, with its postings."""
        holders: Counter[str] = Counter()
        phrasings: Counter[str] = Counter()
        for said in lines:
            within = [set(grams(line)) for line in said]
            holders.update(set().union(*within))
            for line in within:
                phrasings.update(line)
        total, spoken = max(len(lines), 1), max(sum(map(len, lines)), 1)
        weights = {
            gram: self._weight(gram, holders[gram], total)
            for gram in {gram for document in documents for gram in document} | self._language.asked.keys()
        }
        postings = _postings(documents, weights, self._language.frames)
        return {
            gram: _Gram(weight, self._domain(gram, phrasings[gram] / spoken), gram in holders, postings.get(gram, ()))
            for gram, weight in weights.items()
        }

    def _weight(self, gram: str, holders: int, total: int) -> float:
        rarity = math.log(1 + (total - holders + 0.5) / (holders + 0.5)) / math.log(1 + total)
        if gram in self._language.frames:
            return RAREST * FRAME_SHARE * rarity
        return RAREST * rarity * (CHARACTER_SHARE if len(gram) == 1 else 1.0)

    def _domain(self, gram: str, share: float) -> float:
        likelier = math.log((share + RARE) / (self._language.asked.get(gram, 0.0) + RARE))
        return max(-DOMAIN_BOUND, min(DOMAIN_BOUND, likelier))

    def _unheard(self, gram: str) -> _Gram:
        return _Gram(self._weight(gram, 0, max(len(self._documents), 1)), 0.0, spoken=False)

    def _document(self, said: Sequence[str], answer: str) -> _Document:
        holders: dict[str, list[int]] = {}
        for number, line in enumerate(said):
            for gram in dict.fromkeys(grams(line)):
                holders.setdefault(gram, []).append(number)
        weights = tuple(sum(self._grams[gram].weight for gram in dict.fromkeys(grams(line))) for line in said)
        return _Document({gram: tuple(numbers) for gram, numbers in holders.items()}, weights, frozenset(grams(answer)))


def _counted(said: Sequence[str], answer: str) -> Counter[str]:
    document: Counter[str] = Counter()
    for number, line in enumerate(said):
        for gram in grams(line):
            document[gram] += PHRASING_WEIGHT if number else QUESTION_WEIGHT
    for gram in grams(answer):
        document[gram] += ANSWER_WEIGHT
    return document


def _postings(
    documents: Sequence[Counter[str]], weights: Mapping[str, float], frames: frozenset[str]
) -> dict[str, tuple[tuple[int, float], ...]]:
    """For each gram the entries that hold it with their BM25 impact; frames and what most entries hold find nothing."""
    sizes = [document.total() for document in documents]
    mean = sum(sizes) / len(sizes) if sizes else 1.0
    postings: dict[str, list[tuple[int, float]]] = {}
    for number, document in enumerate(documents):
        norm = K1 * (1 - B + B * sizes[number] / mean)
        for gram, count in document.items():
            if gram not in frames:
                impact = weights[gram] * count * (K1 + 1) / (count + norm)
                postings.setdefault(gram, []).append((number, impact))
    common = max(COMMON_SHARE * len(documents), 8)
    return {gram: tuple(found) for gram, found in postings.items() if len(found) <= common}
