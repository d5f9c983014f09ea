"""Makes the space of ``knowledge.meaning`` and the places in it, from the ways entries are asked.

Two steps. A linear discriminant analysis shrinks the directions in which ways of asking the same thing differ. Then a
prototype for each entry, and for each cluster of everyday questions that no entry answers, starts at its lines' centre
and is moved by a softmax over all of them until each line is nearest to its own. The development set has no part in it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from knowledge.embedding import Embedder, Vector
from knowledge.language import Language
from knowledge.meaning import SHARPNESS, Place, Places, Space, asked, digest, passage, unit
from knowledge.schema import Entry

DIMENSIONS, SHRINKAGE = 256, 0.6
CLUSTERS, CLUSTERING = 80, 30
ROUNDS, BATCH, RATE, DECAY, SQUARE_DECAY = 10, 256, 0.005, 0.9, 0.999
SEED = 616
Rows = NDArray[np.float64]
Owners = NDArray[np.int64]


def places(entries: Sequence[Entry], language: Language, embedder: Embedder) -> Places:
    """The space for ``entries``, where each lies in it, and where everyday questions do."""
    lines = [asked(entry, language.plain) for entry in entries]
    owners = np.repeat(np.arange(len(entries)), [len(said) for said in lines])
    vectors = embedder.vectors([line for said in lines for line in said])
    space = discriminating(vectors, owners)
    rows = space.place(vectors)
    elsewhere = space.place(embedder.vectors(language.elsewhere))
    outside, belongs_to = clustered(elsewhere.astype(np.float64), CLUSTERS)
    centres = unit(np.array([rows[owners == number].mean(axis=0) for number in range(len(entries))], dtype=np.float32))
    moved = prototypes(
        np.vstack([rows, elsewhere]).astype(np.float64),
        np.concatenate([owners, len(entries) + belongs_to]),
        np.vstack([centres, outside]).astype(np.float64),
    )
    told = [passage(entry, language.plain) for entry in entries]
    passages = space.place(embedder.vectors(told, passages=True))
    held = {
        entry.id: Place(digest(*lines[number]), centres[number], digest(told[number]), passages[number], moved[number])
        for number, entry in enumerate(entries)
    }
    return Places(space, held, elsewhere, moved[len(entries) :])


def discriminating(vectors: Vector, owners: Owners, dimensions: int = DIMENSIONS) -> Space:
    """Within-class covariance whitened, shrunk towards an even one, then the directions in which the classes' means
    differ most."""
    rows = vectors.astype(np.float64)
    means = np.array([rows[owners == number].mean(axis=0) for number in range(owners.max() + 1)])
    apart = rows - means[owners]
    within = apart.T @ apart / len(rows)
    within += SHRINKAGE * np.trace(within) / len(within) * np.eye(len(within))
    spread, axes = np.linalg.eigh(within)
    whitened = axes @ np.diag(spread**-0.5) @ axes.T
    mean = rows.mean(axis=0)
    centres = (means - mean) @ whitened
    _, _, directions = np.linalg.svd(centres - centres.mean(axis=0), full_matrices=False)
    return Space(mean.astype(np.float32), (whitened @ directions[:dimensions].T).astype(np.float32))


def clustered(rows: Rows, clusters: int) -> tuple[Rows, Owners]:
    """Spherical k-means: the clusters' centres, and which each row belongs to."""
    chance = np.random.default_rng(SEED)
    clusters = min(clusters, len(rows))
    centres = rows[chance.choice(len(rows), clusters, replace=False)]
    owners = (rows @ centres.T).argmax(axis=1)
    for _ in range(CLUSTERING):
        held = [rows[owners == number] for number in range(clusters)]
        means = [part.mean(axis=0) if len(part) else rows[chance.integers(len(rows))] for part in held]
        centres = np.array(means) / np.linalg.norm(means, axis=1, keepdims=True)
        owners = (rows @ centres.T).argmax(axis=1)
    return centres, owners


def prototypes(rows: Rows, owners: Owners, start: Rows) -> Vector:
    """``start`` moved, by Adam (Kingma and Ba, 2015), so that the softmax of ``rows`` over them favours a row's own."""
    chance = np.random.default_rng(SEED)
    moved, mean, square = start.copy(), np.zeros_like(start), np.zeros_like(start)
    step = 0
    for _ in range(ROUNDS):
        order = chance.permutation(len(rows))
        for begin in range(0, len(rows), BATCH):
            batch = order[begin : begin + BATCH]
            scores = SHARPNESS * (rows[batch] @ moved.T)
            odds = np.exp(scores - scores.max(axis=1, keepdims=True))
            odds /= odds.sum(axis=1, keepdims=True)
            odds[np.arange(len(batch)), owners[batch]] -= 1
            slope = SHARPNESS * odds.T @ rows[batch] / len(batch)
            step += 1
            mean = DECAY * mean + (1 - DECAY) * slope
            square = SQUARE_DECAY * square + (1 - SQUARE_DECAY) * slope**2
            along = (mean / (1 - DECAY**step)) / (np.sqrt(square / (1 - SQUARE_DECAY**step)) + 1e-8)
            moved -= RATE * along
    return moved.astype(np.float32)
