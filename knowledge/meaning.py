"""How alike a question and an entry are in meaning, by embeddings placed in a space made for telling entries apart.

``meaning.npz`` is written by ``python -m knowledge.evaluation.train``. It holds the space (a mean and a projection, see
``knowledge.evaluation.space``), where each entry lies in it, and where everyday questions lie that no entry answers. An
entry that was edited since lies where its new lines do once they are embedded; one that is new, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.embedding import Embedder, Vector
from knowledge.schema import Entry

MEANING_FILE = Path(__file__).parent / "meaning.npz"
# How much likelier a prototype is for being nearer: the factor of the cosine in the softmax they were trained with.
SHARPNESS = 20.0
NEIGHBOURS = 3
# So that a share of nothing has a log.
NOTHING = 1e-9
Plain = Callable[[str], str]


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
class Place:
    """Where one entry lies. ``centre``: the mean of the ways it is asked; ``passage``: its question and answer;
    ``prototype``: moved from the centre so that each way is nearer to its own entry's than to others'. The digests say
    what the two were made of."""

    asked: str
    centre: Vector
    told: str
    passage: Vector
    prototype: Vector


@dataclass(frozen=True, slots=True)
class Places:
    """The file: the space, the places of entries by their id, everyday questions' places, and prototypes of these."""

    space: Space
    entries: Mapping[str, Place]
    elsewhere: Vector
    outside: Vector


@dataclass(frozen=True, slots=True)
class Likeness:
    """A question's likeness to each entry, by its place in the index: cosines with ``centre`` and ``passage``, the
    product with the ``prototype`` (about a cosine) and the log of its ``share`` among all prototypes. Of the question
    alone: ``outside``, the log of what everyday questions' prototypes have of that, and ``elsewhere``, the mean cosine
    with the nearest everyday questions."""

    centre: Vector
    passage: Vector
    prototype: Vector
    share: Vector
    outside: float
    elsewhere: float


class Meaning:
    """The places of an index's entries; immutable and safe to share between threads.

    Without an ``embedder`` an edited entry stays where it was, and a new one is like nothing (-1).
    """

    def __init__(
        self, entries: Sequence[Entry], plain: Plain, places: Places, embedder: Embedder | None = None
    ) -> None:
        self._space, self._elsewhere, self._outside = places.space, places.elsewhere, places.outside
        found = [
            places.entries.get(entry.id) if embedder is None else placed(entry, plain, places, embedder)
            for entry in entries
        ]
        nowhere = np.zeros(places.space.dimensions, dtype=np.float32)
        self._absent: NDArray[np.int64] = np.array([n for n, place in enumerate(found) if place is None], np.int64)
        rows = [place or Place("", nowhere, "", nowhere, nowhere) for place in found]
        self._centres = _table([place.centre for place in rows], places.space.dimensions)
        self._passages = _table([place.passage for place in rows], places.space.dimensions)
        self._prototypes = _table([place.prototype for place in rows], places.space.dimensions)

    def likeness(self, vector: Vector) -> Likeness:
        """Of the question that ``vector`` was embedded from."""
        at = self._space.place(vector[None])[0]
        centre, passage, prototype = self._centres @ at, self._passages @ at, self._prototypes @ at
        for figures in (centre, passage, prototype):
            figures[self._absent] = -1.0
        outside = SHARPNESS * (self._outside @ at)
        most = max(SHARPNESS * prototype.max(initial=-1.0), outside.max(initial=-SHARPNESS))
        others = np.exp(outside - most).sum()
        total = np.log(np.exp(SHARPNESS * prototype - most).sum() + others + NOTHING) + most
        return Likeness(
            centre=centre,
            passage=passage,
            prototype=prototype,
            share=np.asarray(SHARPNESS * prototype - total, dtype=np.float32),
            outside=float(np.log(others + NOTHING) + most - total),
            elsewhere=self._from_elsewhere(at),
        )

    def _from_elsewhere(self, at: Vector) -> float:
        cosines = self._elsewhere @ at
        most = min(NEIGHBOURS, len(cosines))
        return float(np.partition(cosines, -most)[-most:].mean()) if most else 0.0


def asked(entry: Entry, plain: Plain) -> list[str]:
    """The ways an entry is asked, in plain words, each once."""
    return list(dict.fromkeys(map(plain, entry.asked)))


def passage(entry: Entry, plain: Plain) -> str:
    """An entry's question and answer as the text to be found."""
    return f"{plain(entry.question)}\n{plain(entry.answer)}"


def digest(*lines: str) -> str:
    """A name for a text, 16 characters."""
    return blake2b("\n".join(lines).encode(), digest_size=8).hexdigest()


def is_placed(entry: Entry, plain: Plain, places: Places) -> bool:
    """Whether an entry's place was made of the entry as it reads now."""
    known = places.entries.get(entry.id)
    return known is not None and (known.asked, known.told) == _digests(entry, plain)


def placed(entry: Entry, plain: Plain, places: Places, embedder: Embedder) -> Place:
    """Where an entry lies as it reads now; only what changed in it is embedded. A new one's prototype is its centre."""
    known = places.entries.get(entry.id)
    asked_digest, told_digest = _digests(entry, plain)
    if known is not None and known.asked == asked_digest:
        centre = known.centre
    else:
        lines = places.space.place(embedder.vectors(asked(entry, plain)))
        centre = unit(lines.mean(axis=0, keepdims=True))[0]
    if known is not None and known.told == told_digest:
        told = known.passage
    else:
        told = places.space.place(embedder.vectors([passage(entry, plain)], passages=True))[0]
    prototype = known.prototype if known is not None else centre * _usual_length(places)
    return Place(asked_digest, centre, told_digest, told, prototype)


def _digests(entry: Entry, plain: Plain) -> tuple[str, str]:
    return digest(*asked(entry, plain)), digest(passage(entry, plain))


def _usual_length(places: Places) -> float:
    lengths = [float(np.linalg.norm(place.prototype)) for place in places.entries.values()]
    return float(np.median(lengths)) if lengths else 1.0


def unit(rows: Vector) -> Vector:
    """``rows`` with their lengths made 1."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-9), dtype=np.float32)


def save(places: Places, path: Path = MEANING_FILE) -> None:
    """Write the file; coordinates are rounded to half precision."""
    ids = sorted(places.entries)
    held = [places.entries[name] for name in ids]
    size = places.space.dimensions
    np.savez_compressed(
        path,
        mean=places.space.mean.astype(np.float16),
        projection=places.space.projection.astype(np.float16),
        ids=np.array(ids),
        asked=np.array([place.asked for place in held]),
        told=np.array([place.told for place in held]),
        centres=_table([place.centre for place in held], size).astype(np.float16),
        passages=_table([place.passage for place in held], size).astype(np.float16),
        prototypes=_table([place.prototype for place in held], size).astype(np.float16),
        elsewhere=places.elsewhere.astype(np.float16),
        outside=places.outside.astype(np.float16),
    )


@lru_cache(maxsize=1)
def load_places(path: Path = MEANING_FILE) -> Places:
    """The file in the tree; read once a process."""
    with np.load(path, allow_pickle=False) as raw:
        held = {name: raw[name] for name in raw.files}
    tables = (_single(held[name]) for name in ("centres", "passages", "prototypes"))
    rows = zip(held["ids"].tolist(), held["asked"].tolist(), held["told"].tolist(), *tables, strict=True)
    entries = {
        name: Place(asked_digest, centre, told, passage_at, prototype)
        for name, asked_digest, told, centre, passage_at, prototype in rows
    }
    space = Space(_single(held["mean"]), _single(held["projection"]))
    return Places(space, entries, _single(held["elsewhere"]), _single(held["outside"]))


def _single(rows: NDArray[np.float16]) -> Vector:
    return rows.astype(np.float32)


def _table(rows: Sequence[Vector], dimensions: int) -> Vector:
    return np.array(rows, dtype=np.float32).reshape(len(rows), dimensions)
