"""An inverted index: for each gram the documents that hold it, with their BM25 impact, in flat arrays.

BM25 after Robertson and Zaragoza (2009), with a weight of our own for each gram in place of the inverse document
frequency.
"""

from __future__ import annotations

from array import array
from collections import Counter
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
        self, documents: Iterable[Mapping[str, int]], weights: Mapping[str, float], unsought: AbstractSet[str]
    ) -> None:
        """``documents``: how often each holds which gram. ``unsought``: grams that nothing is looked up by."""
        numbers: dict[str, int] = {}
        of, counts, sizes, lengths = array("i"), array("f"), array("i"), array("f")
        for counted in documents:
            of.extend([numbers.setdefault(gram, len(numbers)) for gram in counted])
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
        weight = np.array([0.0 if gram in unsought else weights[gram] for gram in numbers], dtype=np.float32)
        self._documents: NDArray[np.int32] = documents_of[order]
        self._impacts: NDArray[np.float32] = (weight[gram_of] * count * (K1 + 1) / (count + norm[documents_of]))[
            order
        ].astype(np.float32)
        bounds = np.searchsorted(gram_of[order], np.arange(len(numbers) + 1)).tolist()
        common = max(COMMON_SHARE * self.size, COMMON_LEAST)
        self._bounds: dict[str, tuple[int, int]] = {
            gram: (bounds[number], bounds[number + 1])
            for gram, number in numbers.items()
            if gram not in unsought and bounds[number + 1] - bounds[number] <= common
        }

    def scores(self, counted: Counter[str]) -> NDArray[np.float32]:
        """The BM25 score of every document for a question's grams."""
        scores = np.zeros(self.size, dtype=np.float32)
        for gram, count in counted.items():
            bounds = self._bounds.get(gram)
            if bounds is not None:
                start, end = bounds
                scores[self._documents[start:end]] += self._impacts[start:end] * count
        return scores


def best(scores: NDArray[np.float32], most: int) -> Sequence[int]:
    """The documents with the best scores above 0, best first, equal ones in their order."""
    near = np.argpartition(scores, -most)[-most:] if len(scores) > most else np.arange(len(scores))
    near = near[scores[near] > 0]
    return [int(number) for number in near[np.lexsort((near, -scores[near]))][:most]]
