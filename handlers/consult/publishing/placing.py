"""Where published entries lie in meaning: those that differ from the tree's are embedded here once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from handlers.consult import vectors
from knowledge.language import load_language
from knowledge.meaning import Places, is_placed, load_places, placed
from knowledge.schema import Entry

ENTRY_S = 0.6
"""About what embedding the ways one entry is asked, and its answer, takes on one thread."""


class Placing:
    """The places of the tree's entries and those learned since; ``learn`` is for one thread at a time."""

    def __init__(self, tree: Mapping[str, Entry]) -> None:
        self._tree = tree
        self.places: Places = load_places()

    def missing(self, entries: Iterable[Entry]) -> list[Entry]:
        """The published entries without a place of their own; none where nothing can be embedded here.

        What the tree's own entries lack is the tree's: it is written with its places.
        """
        if vectors.embedder() is None:
            return []
        plain = load_language().plain
        changed = [entry for entry in entries if self._tree.get(entry.id) is not entry]
        return [entry for entry in changed if not is_placed(entry, plain, self.places)]

    def learn(self, entries: Sequence[Entry]) -> None:
        """Embed them."""
        embedder = vectors.embedder()
        if embedder is not None and entries:
            plain = load_language().plain
            learned = {entry.id: placed(entry, plain, self.places, embedder) for entry in entries}
            self.places = replace(self.places, entries={**self.places.entries, **learned})


def seconds(entries: Sequence[Entry]) -> float:
    """About how long ``learn`` takes."""
    return ENTRY_S * len(entries)
