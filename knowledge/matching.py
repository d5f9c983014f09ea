"""How far each entry matches a question: the figures that the order and the confidence are worked out from.

By words. An entry is one document of characters and character pairs from its question, the other ways it is asked and
its answer. BM25 over a gram's weight picks the entries worth a closer look; those are compared with the question gram
by gram and line by line. A gram weighs by how few entries hold it; frames of questions (怎么办, 请问) weigh half, are
not looked up and alone ask nothing; what people say in everyday questions outside the service speaks against an entry.

By meaning, where the question comes with its likeness to the entries (``knowledge.meaning``): the entries most like it
are looked at too, and their cosines join the figures.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from knowledge.language import Spelling, load_language
from knowledge.meaning import Likeness
from knowledge.postings import Postings, best
from knowledge.schema import Entry
from knowledge.text import grams

QUESTION_WEIGHT, PHRASING_WEIGHT, ANSWER_WEIGHT = 3, 2, 1
LOOKED_AT = 8
MOST_CHARS = 200
# A gram that no entry holds weighs this much, in an index of any size; a frame and a single character less.
RAREST = 6.0
FRAME_SHARE, CHARACTER_SHARE = 0.5, 0.6
# Domain of a gram: the log of how much commoner it is in phrasings than in everyday questions, within these bounds.
RARE, DOMAIN_BOUND = 5e-4, 2.0
# A text no longer than this says little where no more of its pairs of characters carry a meaning of their own.
LITTLE_CHARS, LITTLE_SAID = 10, 1
# Entries compared line by line are kept taken apart, this many.
TAKEN_APART = 2048


class Features(NamedTuple):
    """How one entry matches one question. Shares are of weight, from 0 to 1.

    ``relative``: its BM25 score beside the best one's. ``spoken``: share of the question found in the ways the entry is
    asked; ``covered``: in these or its answer. ``likeness``: of the most alike way and the question as wholes.
    ``contained``: the largest share of a way that the question says. ``evidence``: log of the weight found in the ways.
    Of the question alone: ``domain``: mean domain of its grams; ``unknown``: share of it that no entry is asked by.
    By meaning, 0 where it is not known: ``centre`` to ``elsewhere`` as in ``Likeness``.
    """

    relative: float
    spoken: float
    covered: float
    likeness: float
    contained: float
    evidence: float
    domain: float
    unknown: float
    centre: float = 0.0
    passage: float = 0.0
    prototype: float = 0.0
    share: float = 0.0
    outside: float = 0.0
    elsewhere: float = 0.0


@dataclass(frozen=True, slots=True)
class Match:
    """An entry, by its place in the index, and how it matches."""

    number: int
    features: Features


class _Gram(NamedTuple):
    weight: float
    domain: float
    spoken: bool


@dataclass(frozen=True, slots=True)
class _Document:
    """``spoken``: for each gram of the ways it is asked, which of them hold it; ``weights``: of each of them whole;
    ``answer``: the grams of the answer."""

    spoken: Mapping[str, Sequence[int]]
    weights: Sequence[float]
    answer: frozenset[str]


class _Asked(NamedTuple):
    """A question's grams with their weights, the weight of all, and its own figures."""

    weights: Sequence[tuple[str, float]]
    mass: float
    domain: float
    unknown: float


class Matcher:
    """Built once from entries; immutable and safe to share between threads."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._language = load_language()
        self._lines: list[tuple[str, ...]] = []
        self._answers: list[str] = []
        for entry in entries:
            self._lines.append(tuple(map(self._language.plain, entry.asked)))
            self._answers.append(self._language.plain(entry.answer))
        self._spelling = Spelling((line for said in self._lines for line in said), self._language)
        self._spelling.learn(self._answers)
        self._grams = self._weighed()
        self._weight_of = {gram: seen.weight for gram, seen in self._grams.items()}
        self._postings = Postings(map(_counted, self._lines, self._answers), self._weight_of, self._language.frames)
        self._document = lru_cache(maxsize=TAKEN_APART)(self._taken_apart)

    def plain(self, question: str) -> str:
        """The question as it is compared: normalised, in plain words, its spelling put right, not too long."""
        return self._spelling.correct(self._language.plain(question[: 4 * MOST_CHARS])[:MOST_CHARS])

    def says_little(self, text: str) -> bool:
        """Whether a short plain text is hardly more than the frame of a question: 「多高」「找谁负责啊」."""
        pairs = [gram for gram in grams(text) if len(gram) > 1]
        said = sum(gram not in self._language.frames for gram in pairs)
        return 2 <= len(text) <= LITTLE_CHARS and said <= LITTLE_SAID

    def matches(self, text: str, likeness: Likeness | None = None) -> list[Match]:
        """The entries worth a closer look for a ``plain`` text, the best BM25 score first; none for a bare frame."""
        counted = Counter(grams(text))
        said = [gram for gram in counted if gram not in self._language.frames and (len(gram) > 1 or len(text) == 1)]
        if not said or text.isdigit() or len(counted) < _least_grams(text):
            return []
        scores = self._postings.scores(counted)
        looked_at = dict.fromkeys(best(scores, LOOKED_AT))
        if likeness is not None:
            looked_at.update(dict.fromkeys(best(likeness.prototype, LOOKED_AT)))
        if not looked_at:
            return []
        most = float(scores.max()) or 1.0
        asked = self._asked(counted)
        return [
            Match(number, self._features(number, asked, float(scores[number]) / most, likeness)) for number in looked_at
        ]

    def _asked(self, counted: Counter[str]) -> _Asked:
        known = [(gram, self._grams.get(gram) or self._unheard(gram)) for gram in counted]
        mass = sum(seen.weight for _, seen in known)
        domain = sum(seen.weight * seen.domain for _, seen in known) / mass
        unknown = sum(seen.weight for _, seen in known if not seen.spoken) / mass
        return _Asked([(gram, seen.weight) for gram, seen in known], mass, domain, unknown)

    def _features(self, number: int, asked: _Asked, relative: float, likeness: Likeness | None) -> Features:
        document = self._document(number)
        spoken, answer, mass = document.spoken, document.answer, asked.mass
        shared = [0.0] * len(document.weights)
        found = covered = 0.0
        for gram, weight in asked.weights:
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
            domain=asked.domain,
            unknown=asked.unknown,
            **(_by_meaning(number, likeness) if likeness else {}),
        )

    # -- building --------------------------------------------------------------------------------------------------
    def _weighed(self) -> dict[str, _Gram]:
        """Every gram that entries or everyday questions hold."""
        holders: Counter[str] = Counter()
        phrasings: Counter[str] = Counter()
        for said in self._lines:
            within = [set(grams(line)) for line in said]
            holders.update(set().union(*within))
            for line in within:
                phrasings.update(line)
        total, spoken = max(len(self._lines), 1), max(sum(map(len, self._lines)), 1)
        answered = {gram for answer in self._answers for gram in grams(answer)}
        return {
            gram: _Gram(
                self._weight(gram, holders[gram], total), self._domain(gram, phrasings[gram] / spoken), gram in holders
            )
            for gram in holders.keys() | answered | self._language.asked.keys()
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
        return _Gram(self._weight(gram, 0, max(len(self._lines), 1)), 0.0, spoken=False)

    def _taken_apart(self, number: int) -> _Document:
        holders: dict[str, list[int]] = {}
        weights = []
        weight_of = self._weight_of.__getitem__
        for place, line in enumerate(self._lines[number]):
            within = dict.fromkeys(grams(line))
            weights.append(sum(map(weight_of, within)))
            for gram in within:
                if gram in holders:
                    holders[gram].append(place)
                else:
                    holders[gram] = [place]
        return _Document(holders, weights, frozenset(grams(self._answers[number])))


def _least_grams(text: str) -> int:
    """How many different grams a text of its length has at least, unless it says one thing over and over."""
    return min(len(text) // 4, 4)


def _by_meaning(number: int, likeness: Likeness) -> dict[str, float]:
    return {
        "centre": float(likeness.centre[number]),
        "passage": float(likeness.passage[number]),
        "prototype": float(likeness.prototype[number]),
        "share": float(likeness.share[number]),
        "outside": likeness.outside,
        "elsewhere": likeness.elsewhere,
    }


def _counted(said: Sequence[str], answer: str) -> Counter[str]:
    document: Counter[str] = Counter()
    for number, line in enumerate(said):
        for gram in grams(line):
            document[gram] += PHRASING_WEIGHT if number else QUESTION_WEIGHT
    for gram in grams(answer):
        document[gram] += ANSWER_WEIGHT
    return document
