"""What documents say line by line, as numbers of grams in flat arrays, to be compared with a question gram by gram.

Flat arrays, for an index may hold half a million lines: as objects they would fill the memory, and the garbage
collector would stop to look through them amid questions.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int32]
Weights = NDArray[np.float64]


class Sought(NamedTuple):
    """A question's grams. ``weights``: of each, and a 0 at the end. ``places``: for every gram that documents hold its
    place in ``weights``, the end for those the question does not say. ``mass``: the weight of all."""

    weights: Weights
    places: Numbers
    mass: float


class Shared(NamedTuple):
    """What a document shares with a question, by weight. ``said``: grams that any of its lines holds; ``answered``:
    grams that only its answer holds. ``likeness``: of the most alike line and the question as wholes, and
    ``contained``: the largest share of a line that the question says, both from 0 to 1."""

    said: float
    answered: float
    likeness: float
    contained: float


class Rows:
    """Rows of numbers, of different lengths, in one array."""

    def __init__(self, rows: Iterable[Iterable[int]]) -> None:
        held, ends = array("i"), array("q", [0])
        for row in rows:
            held.extend(row)
            ends.append(len(held))
        self.held: Numbers = np.frombuffer(held, dtype=np.int32) if held else np.zeros(0, dtype=np.int32)
        self.ends: NDArray[np.int64] = np.frombuffer(ends, dtype=np.int64)

    def __len__(self) -> int:
        return len(self.ends) - 1

    def row(self, number: int) -> Numbers:
        return self.held[self.ends[number] : self.ends[number + 1]]


class Lines:
    """Built once; immutable and safe to share between threads."""

    def __init__(self, lines: Rows, counts: Iterable[int], answers: Rows, weights: Weights) -> None:
        """``lines``: the grams of each line, each gram once, the lines of a document together and none empty;
        ``counts``: how many of them each document has. ``answers``: of each document. ``weights``: of every gram."""
        self._lines, self._answers = lines, answers
        self._first: NDArray[np.int64] = np.concatenate(([0], np.cumsum(np.fromiter(counts, dtype=np.int64))))
        whole = np.add.reduceat(weights[lines.held], lines.ends[:-1]) if len(lines) else np.zeros(0)
        self._whole: Weights = np.asarray(whole, dtype=np.float64)

    def shared(self, number: int, sought: Sought) -> Shared:
        """What the document shares with a question."""
        first, end = self._first[number], self._first[number + 1]
        if first == end:
            return Shared(0.0, 0.0, 0.0, 0.0)
        start, stop = self._lines.ends[first], self._lines.ends[end]
        places = sought.places[self._lines.held[start:stop]]
        parts = np.add.reduceat(sought.weights[places], self._lines.ends[first:end] - start)
        whole = self._whole[first:end]
        said = np.zeros(len(sought.weights), dtype=bool)
        answered = said.copy()
        said[places] = True
        answered[sought.places[self._answers.row(number)]] = True
        return Shared(
            said=float(sought.weights[said].sum()),
            answered=float(sought.weights[answered & ~said].sum()),
            likeness=float((2 * parts / (sought.mass + whole)).max()),
            contained=float((parts / whole).max()),
        )
