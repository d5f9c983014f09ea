"""How alike a question and an entry are in meaning, by embeddings placed in a space made for telling entries apart.

``meaning.npz`` is written by ``python -m knowledge.evaluation.train``. It holds the space (a mean and a projection) and
the places of all lines in the tree, each under a hash of its text, so that only an edited line must be embedded anew.
The space is a linear discriminant analysis of the lines people ask by: it shrinks the directions in which ways of
asking the same thing differ, and keeps those in which entries do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.embedding import Embedder, Vector
from knowledge.schema import Entry

MEANING_FILE = Path(__file__).parent / "meaning.npz"
# A place has length 1, so its coordinates fit a byte when scaled by this.
SCALE = 127.0
NEIGHBOURS = 3


@dataclass(frozen=True, slots=True)
class Line:
    """A text in plain words; a ``passage`` is embedded as one to be found, else as a question."""

    text: str
    passage: bool = False

    @property
    def key(self) -> bytes:
        """What it is known by in the file; 8 bytes."""
        return blake2b(f"{int(self.passage)}{self.text}".encode(), digest_size=8).digest()


@dataclass(frozen=True, slots=True)
class Space:
    """``mean`` is taken off an embedding, ``projection`` (size of the embedding x dimensions) applied."""

    mean: Vector
    projection: Vector

    @property
    def dimensions(self) -> int:
        return int(self.projection.shape[1])

    def place(self, vectors: Vector) -> Vector:
        """The places of ``vectors``, a row each, of length 1."""
        return unit(np.asarray((vectors - self.mean) @ self.projection, dtype=np.float32))


@dataclass(frozen=True, slots=True)
class Places:
    """The space, the places of lines by their key, and those of everyday questions that no entry answers."""

    space: Space
    known: Mapping[bytes, Vector]
    elsewhere: Vector

    def adding(self, lines: Iterable[Line], embedder: Embedder) -> Places:
        """With the places of those of ``lines`` that are not known yet."""
        missing = list({line.key: line for line in lines if line.key not in self.known}.values())
        if not missing:
            return self
        return Places(self.space, {**self.known, **embedded(missing, self.space, embedder)}, self.elsewhere)


@dataclass(frozen=True, slots=True)
class Likeness:
    """Cosines of one question. Of each entry, by its place in the index: with the ``centre`` of the ways it is asked,
    the ``nearest`` of them, and the ``passage`` of question and answer. ``elsewhere``: the mean with the nearest
    everyday questions that no entry answers."""

    centre: Vector
    nearest: Vector
    passage: Vector
    elsewhere: float


class Meaning:
    """The places of an index's entries; immutable and safe to share between threads.

    Lines without a place are left out, or embedded where there is an ``embedder``. An entry of which no line has a
    place is like nothing (-1), so words alone can find it.
    """

    def __init__(
        self, entries: Sequence[Entry], plain: Callable[[str], str], places: Places, embedder: Embedder | None = None
    ) -> None:
        asked = [[Line(plain(line)) for line in entry.asked] for entry in entries]
        passages = [passage(entry, plain) for entry in entries]
        if embedder is not None:
            places = places.adding([*(line for lines in asked for line in lines), *passages], embedder)
        self._space, self._elsewhere = places.space, places.elsewhere
        rows, held = [], []
        for lines in asked:
            found = [place for line in lines if (place := places.known.get(line.key)) is not None]
            rows += found
            held.append(len(found))
        self._lines = _table(rows, places.space.dimensions)
        counts = np.array(held, dtype=np.int64)
        self._present: NDArray[np.int64] = np.flatnonzero(counts)
        self._absent: NDArray[np.int64] = np.flatnonzero(counts == 0)
        self._starts: NDArray[np.int64] = (np.cumsum(counts) - counts)[self._present]
        self._centres = np.zeros((len(entries), places.space.dimensions), dtype=np.float32)
        if len(rows):
            self._centres[self._present] = unit(np.add.reduceat(self._lines, self._starts))
        nowhere = np.zeros(places.space.dimensions, dtype=np.float32)
        self._passages = _table([places.known.get(each.key, nowhere) for each in passages], places.space.dimensions)

    def likeness(self, vector: Vector) -> Likeness:
        """Of the question that ``vector`` was embedded from."""
        at = self._space.place(vector[None])[0]
        centre, nearest = self._centres @ at, np.full(len(self._centres), -1.0, dtype=np.float32)
        centre[self._absent] = -1.0
        if len(self._present):
            nearest[self._present] = np.maximum.reduceat(self._lines @ at, self._starts)
        return Likeness(centre, nearest, self._passages @ at, self._from_elsewhere(at))

    def _from_elsewhere(self, at: Vector) -> float:
        cosines = self._elsewhere @ at
        most = min(NEIGHBOURS, len(cosines))
        return float(np.partition(cosines, -most)[-most:].mean()) if most else 0.0


def passage(entry: Entry, plain: Callable[[str], str]) -> Line:
    """An entry's question and answer as the text to be found."""
    return Line(f"{plain(entry.question)}\n{plain(entry.answer)}", passage=True)


def embedded(lines: Sequence[Line], space: Space, embedder: Embedder) -> dict[bytes, Vector]:
    """The places of ``lines`` by their key."""
    found: dict[bytes, Vector] = {}
    for passages in (False, True):
        kind = [line for line in lines if line.passage == passages]
        if kind:
            rows = space.place(embedder.vectors([line.text for line in kind], passages=passages))
            found.update(zip((line.key for line in kind), rows, strict=True))
    return found


def unit(rows: Vector) -> Vector:
    """``rows`` with their lengths made 1."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-9), dtype=np.float32)


def save(places: Places, path: Path = MEANING_FILE) -> None:
    """Write the file; places are rounded to bytes."""
    keys = sorted(places.known)
    np.savez_compressed(
        path,
        mean=places.space.mean.astype(np.float16),
        projection=places.space.projection.astype(np.float16),
        keys=np.frombuffer(b"".join(keys), dtype=np.uint8).reshape(len(keys), 8),
        places=_bytes(_table([places.known[key] for key in keys], places.space.dimensions)),
        elsewhere=_bytes(places.elsewhere),
    )


@lru_cache(maxsize=1)
def load_places(path: Path = MEANING_FILE) -> Places:
    """The file in the tree; read once a process."""
    with np.load(path, allow_pickle=False) as raw:
        space = Space(raw["mean"].astype(np.float32), raw["projection"].astype(np.float32))
        rows = raw["places"].astype(np.float32) / SCALE
        keys = raw["keys"].tobytes()
        elsewhere = raw["elsewhere"].astype(np.float32) / SCALE
    known = {keys[8 * number : 8 * number + 8]: row for number, row in enumerate(rows)}
    return Places(space, known, elsewhere)


def _bytes(rows: Vector) -> NDArray[np.int8]:
    return np.asarray(np.rint(rows * SCALE), dtype=np.int8)


def _table(rows: Sequence[Vector], dimensions: int) -> Vector:
    return np.array(rows, dtype=np.float32).reshape(len(rows), dimensions)
