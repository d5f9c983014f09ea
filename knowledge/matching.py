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
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from knowledge.language import Spelling, load_language
from knowledge.lines import Lines, Rows, Sought
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


class _Asked(NamedTuple):
    """A question's grams, and its own figures."""

    sought: Sought
    domain: float
    unknown: float


class _Numbers(dict[str, int]):
    """Numbers grams as they come."""

    def __missing__(self, gram: str) -> int:
        number = self[gram] = len(self)
        return number

    def of(self, text: str) -> list[int]:
        return [self[gram] for gram in grams(text)]


class Matcher:
    """Built once from entries; immutable and safe to share between threads."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._language = load_language()
        lines: list[list[str]] = []
        answers: list[str] = []
        for entry in entries:
            lines.append([line for line in map(self._language.plain, entry.asked) if line])
            answers.append(self._language.plain(entry.answer))
        self._size = len(lines)
        self._spelling = Spelling((line for said in lines for line in said), self._language)
        self._spelling.learn(answers)
        self._numbers = _Numbers((gram, number) for number, gram in enumerate(self._language.asked))
        of_lines = Rows(dict.fromkeys(self._numbers.of(line)) for said in lines for line in said)
        of_answers = Rows(dict.fromkeys(self._numbers.of(answer)) for answer in answers)
        counts = [len(said) for said in lines]
        holders = np.bincount(Rows(_together(of_lines, counts)).held, minlength=len(self._numbers))
        phrasings = np.bincount(of_lines.held, minlength=len(self._numbers))
        self._spoken = holders > 0
        self._weights = np.array([self._weight(gram, holders[n]) for gram, n in self._numbers.items()])
        shares = phrasings / max(len(of_lines), 1)
        self._domains = np.array([self._domain(gram, shares[n]) for gram, n in self._numbers.items()])
        self._lines = Lines(of_lines, counts, of_answers, self._weights)
        unsought = {self._numbers[gram] for gram in self._language.frames & self._numbers.keys()}
        self._postings = Postings(map(self._counted, lines, answers), self._weights, unsought)

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
        numbered = {self._numbers[gram]: count for gram, count in counted.items() if gram in self._numbers}
        scores = self._postings.scores(numbered)
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

    def _asked(self, counted: Iterable[str]) -> _Asked:
        known = [self._numbers[gram] for gram in counted if gram in self._numbers]
        unheard = [self._weight(gram, 0) for gram in counted if gram not in self._numbers]
        weights = self._weights[known]
        mass = float(weights.sum()) + sum(unheard)
        unspoken = float(weights[~self._spoken[known]].sum()) + sum(unheard)
        places = np.full(len(self._numbers), len(known), dtype=np.int32)
        places[known] = np.arange(len(known))
        return _Asked(
            Sought(np.append(weights, 0.0), places, mass),
            domain=float(weights @ self._domains[known]) / mass,
            unknown=unspoken / mass,
        )

    def _features(self, number: int, asked: _Asked, relative: float, likeness: Likeness | None) -> Features:
        shared, mass = self._lines.shared(number, asked.sought), asked.sought.mass
        return Features(
            relative=relative,
            spoken=shared.said / mass,
            covered=(shared.said + shared.answered) / mass,
            likeness=shared.likeness,
            contained=shared.contained,
            evidence=math.log(1 + shared.said),
            domain=asked.domain,
            unknown=asked.unknown,
            **(_by_meaning(number, likeness) if likeness else {}),
        )

    # -- building --------------------------------------------------------------------------------------------------
    def _weight(self, gram: str, holders: int) -> float:
        """Of a gram that so many entries are asked by."""
        total = max(self._size, 1)
        rarity = math.log(1 + (total - holders + 0.5) / (holders + 0.5)) / math.log(1 + total)
        if gram in self._language.frames:
            return RAREST * FRAME_SHARE * rarity
        return RAREST * rarity * (CHARACTER_SHARE if len(gram) == 1 else 1.0)

    def _domain(self, gram: str, share: float) -> float:
        likelier = math.log((share + RARE) / (self._language.asked.get(gram, 0.0) + RARE))
        return max(-DOMAIN_BOUND, min(DOMAIN_BOUND, likelier))

    def _counted(self, said: Sequence[str], answer: str) -> Counter[int]:
        """How often a document holds which gram, what weighs more counted more often."""
        document: Counter[int] = Counter()
        for place, line in enumerate(said):
            for number in self._numbers.of(line):
                document[number] += PHRASING_WEIGHT if place else QUESTION_WEIGHT
        for number in self._numbers.of(answer):
            document[number] += ANSWER_WEIGHT
        return document


def _together(lines: Rows, counts: Iterable[int]) -> Iterator[set[int]]:
    """The grams of each document's lines, each once."""
    first = 0
    for count in counts:
        yield set(lines.held[lines.ends[first] : lines.ends[first + count]].tolist())
        first += count


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
