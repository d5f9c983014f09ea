"""A question typed in pinyin: read as syllables, and compared by them with what entries are asked.

Tones are not typed and sounds are kept apart badly, so what is found is only ever offered, never answered.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

from knowledge.language import load_language, near_sound, syllables
from knowledge.schema import Entry
from knowledge.text import normalise

LEAST_SYLLABLES, MOST_CHARS = 2, 120
Pair = tuple[str, str]
# The share of what the typed pairs of syllables tell that an entry must be asked with to be offered.
LEAST_SHARE = 0.35
_WORD = re.compile(r"[a-z]+")


def read_pinyin(text: str) -> tuple[str, ...]:
    """The syllables of a text that is pinyin and nothing else, near sounds taken as one; () for all else."""
    lowered = text.lower().strip().replace("ü", "v").replace("'", " ")
    if len(lowered) > MOST_CHARS or re.search(r"[^a-z\s,.?!，。？！0-9]", lowered):
        return ()
    found: list[str] = []
    for word in _WORD.findall(lowered):
        parts = _split(word)
        if not parts:
            return ()
        found += parts
    return tuple(map(near_sound, found)) if len(found) >= LEAST_SYLLABLES else ()


def sounds_of(text: str) -> tuple[str, ...]:
    """The syllables of Chinese text; a character of unknown sound stands for itself."""
    known = load_language().sounds
    return tuple(known.get(character, character) for character in normalise(text))


class Sounds:
    """Entries by the syllables of all that they are asked. Built once for an index's entries."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = tuple(entries)
        self._pairs = [set[Pair]().union(*(_pairs(sounds_of(asked)) for asked in one.asked)) for one in self._entries]
        self._by_pair: dict[Pair, list[int]] = defaultdict(list)
        for number, pairs in enumerate(self._pairs):
            for pair in pairs:
                self._by_pair[pair].append(number)

    def near(self, typed: Sequence[str], most: int = 3) -> list[Entry]:
        """The entries that are asked what sounds most like it, best first; none where nothing is near. A pair tells the
        more the fewer entries are asked with it: 「是不是要」 tells little."""
        tells = {
            pair: math.log1p(len(self._entries) / (1 + len(self._by_pair.get(pair, ())))) for pair in _pairs(typed)
        }
        shared: dict[int, float] = defaultdict(float)
        for pair, told in tells.items():
            for number in self._by_pair.get(pair, ()):
                shared[number] += told
        least = LEAST_SHARE * sum(tells.values())
        ranked = sorted(shared, key=lambda number: (-shared[number], len(self._pairs[number])))
        return [self._entries[number] for number in ranked[:most] if shared[number] >= least]


def _pairs(sounds: Sequence[str]) -> set[Pair]:
    return set(pairwise(sounds))


@lru_cache(maxsize=256)
def _split(word: str) -> tuple[str, ...]:
    """A run of letters as syllables, the longest first; () where it is none."""
    if not word:
        return ()
    known = syllables()
    ways: list[tuple[str, ...] | None] = [()] + [None] * len(word)
    for end in range(1, len(word) + 1):
        for start in range(max(0, end - 6), end):
            before = ways[start]
            if before is not None and word[start:end] in known:
                ways[end] = (*before, word[start:end])
                break
    return ways[-1] or ()
