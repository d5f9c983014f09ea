"""Where the lines of published entries lie in meaning: embedded here once, beside those that the tree already has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from handlers.consult import vectors
from knowledge.language import load_language
from knowledge.meaning import Line, Places, load_places, passage
from knowledge.schema import Entry

LINE_S, PASSAGE_S = 0.02, 0.15
"""About what embedding takes on one thread."""


class Placing:
    """The places of lines, those of the tree and those learned since; ``learn`` is for one thread at a time."""

    def __init__(self, tree: Mapping[str, Entry]) -> None:
        self._tree = tree
        self.places: Places = load_places()

    def missing(self, entries: Iterable[Entry]) -> list[Line]:
        """The lines of published entries without a place; none where nothing can be embedded here.

        What the tree's own entries lack is the tree's: it is written with its places.
        """
        if vectors.embedder() is None:
            return []
        plain = load_language().plain
        changed = [entry for entry in entries if self._tree.get(entry.id) is not entry]
        lines = [Line(plain(line)) for entry in changed for line in entry.asked]
        lines += [passage(entry, plain) for entry in changed]
        return [line for line in lines if line.key not in self.places.known]

    def learn(self, lines: Sequence[Line]) -> None:
        """Embed them."""
        embedder = vectors.embedder()
        if embedder is not None and lines:
            self.places = self.places.adding(lines, embedder)


def seconds(lines: Iterable[Line]) -> float:
    """About how long ``learn`` takes."""
    return sum(PASSAGE_S if line.passage else LINE_S for line in lines)
