"""The process's embedder: loaded once, after the fork, and asked in a lane of its own.

A question that would wait for its embedding longer than people should wait for an answer is compared by words alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import structlog
from prometheus_client import Counter

from bot.doctor import Finding
from bot.offload import Lane
from knowledge.embedding import Embedder, NoEmbedder, Vector, load_embedder

if TYPE_CHECKING:
    from bot.services import Services

log = structlog.get_logger(__name__)

WITHIN_S = 0.5
# Eight wait about a tenth of a second; in a rush the others are better served by words than by a queue.
MOST_WAITING = 8
# What a question is about stands in so many characters; the time of an embedding grows with its length.
MOST_CHARS = 120
LOOKED_UP = Counter("anquanshao_consult_lookups_total", "Questions looked up, by how they were compared", ["path"])

_lane = Lane(MOST_WAITING, WITHIN_S)
_enabled = True
_model: Embedder | None = None
_tried = False


def install(services: Services) -> None:
    """Load the model now, so that no question waits for it; nothing where EMBEDDING=0."""
    global _enabled
    _enabled = services.settings.embedding
    if _enabled:
        _load(services.settings.embedding_threads)


def examine(services: Services) -> Iterator[Finding]:
    """What ``doctor`` says of it."""
    if not services.settings.embedding:
        yield Finding(True, "comparing by meaning: switched off (EMBEDDING=0)")
        return
    try:
        load_embedder(services.settings.embedding_threads)
    except NoEmbedder as error:
        yield Finding(True, f"comparing by meaning: not here, words alone answer ({error})")
    else:
        yield Finding(True, "comparing by meaning")


def embedder() -> Embedder | None:
    """The process's own; None where there is none or it is switched off."""
    return _load() if _enabled else None


def vector(text: str) -> Vector | None:
    """The embedding of a plain question; None where there is no embedder or too many questions wait for it."""
    model = embedder()
    found = None if model is None else _lane.run(lambda: model.vector(text[:MOST_CHARS]))
    LOOKED_UP.labels("words" if found is None else "meaning").inc()
    return found


def _load(threads: int = 1) -> Embedder | None:
    """Once a process; what cannot be loaded is not tried again."""
    global _model, _tried
    if not _tried:
        _tried = True
        try:
            _model = load_embedder(threads)
        except NoEmbedder as error:
            log.warning("knowledge.by_words_only", reason=str(error))
    return _model
