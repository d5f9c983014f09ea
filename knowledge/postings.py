"""An inverted index: for each gram the documents that hold it, with their BM25 impact, in flat arrays.

BM25 after Robertson and Zaragoza (2009), with a weight of our own for each gram in place of the inverse document
frequency.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

import numpy as np
from numpy.typing import NDArray

K1, B = 1.2, 0.6
# What more than this share of all documents hold finds nothing.
COMMON_SHARE, COMMON_LEAST = 0.35, 8


class Postings:
    """Built once; immutable and safe to share between threads."""

    def __init__(
        self, documents: Iterable[Mapping[int, int]], weights: NDArray[np.float64], unsought: AbstractSet[int]
    ) -> None:
        """``documents``: how often each holds which gram, by its number in ``weights``. ``unsought``: grams that
        nothing is looked up by."""
        of, counts, sizes, lengths = array("i"), array("f"), array("i"), array("f")
        for counted in documents:
            of.extend(counted)
            counts.extend(counted.values())
            sizes.append(len(counted))
            lengths.append(sum(counted.values()))
        self.size = len(sizes)
        gram_of = np.frombuffer(of, dtype=np.int32) if of else np.zeros(0, dtype=np.int32)
        order = np.argsort(gram_of, kind="stable")
        documents_of = np.repeat(np.arange(self.size, dtype=np.int32), np.frombuffer(sizes, np.int32) if sizes else 0)
        length = np.frombuffer(lengths, dtype=np.float32) if lengths else np.zeros(0, dtype=np.float32)
        norm = K1 * (1 - B + B * length / (length.mean() if self.size else 1.0))
        count = np.frombuffer(counts, dtype=np.float32) if counts else np.zeros(0, dtype=np.float32)
        weight = weights.astype(np.float32)
        weight[list(unsought)] = 0.0
        self._documents: NDArray[np.int32] = documents_of[order]
        self._impacts: NDArray[np.float32] = (weight[gram_of] * count * (K1 + 1) / (count + norm[documents_of]))[
            order
        ].astype(np.float32)
        self._ends: NDArray[np.int64] = np.searchsorted(gram_of[order], np.arange(len(weights) + 1))
        common = max(COMMON_SHARE * self.size, COMMON_LEAST)
        self._sought: NDArray[np.bool_] = np.diff(self._ends) <= common
        self._sought[list(unsought)] = False

    def scores(self, counted: Mapping[int, int]) -> NDArray[np.float32]:
        """The BM25 score of every document for a question's grams."""
        scores = np.zeros(self.size, dtype=np.float32)
        for gram, count in counted.items():
            if self._sought[gram]:
                start, end = self._ends[gram], self._ends[gram + 1]
                scores[self._documents[start:end]] += self._impacts[start:end] * count
        return scores


def best(scores: NDArray[np.float32], most: int) -> Sequence[int]:
    """The documents with the best scores above 0, best first, equal ones in their order.

    Looks for the best one ``most`` times, which is a fraction of what numpy's partition takes where many are equal.
    """
    left = scores.copy()
    found: list[int] = []
    for _ in range(min(most, len(left))):
        number = int(left.argmax())
        if left[number] <= 0:
            break
        found.append(number)
        left[number] = 0
    return found
