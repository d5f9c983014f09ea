"""From how entries match to their order and to two chances: that the first is right, that one of the first three is.

Three linear models over the figures of ``matching.Features``. Their numbers stand in ``confidence.yaml``, written by
``python -m knowledge.evaluation.train`` together with the figures they reached on questions they were not trained on.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from pathlib import Path

import yaml

from knowledge.matching import Features, Match

MODEL_FILE = Path(__file__).parent / "confidence.yaml"
RANKED_BY = ("relative", "spoken", "likeness", "contained", "evidence")
# After these, a chance is judged by ``lead``: the entry's share of the odds of being the one among those looked at.
JUDGED_BY = ("covered", "likeness", "contained", "evidence", "domain", "unknown")
# A question is contested where at least this many others also say this share of it.
RIVALS, WHOLE = 2, 0.95
_ranked_by = attrgetter(*RANKED_BY)
_judged_by = attrgetter(*JUDGED_BY)


@dataclass(frozen=True, slots=True)
class Chance:
    """A logistic model: the chance of something, from the figures JUDGED_BY and ``lead``."""

    base: float
    weights: tuple[float, ...]

    def of(self, figures: Sequence[float]) -> float:
        """From 0 to 1."""
        odds = self.base + sum(weight * figure for weight, figure in zip(self.weights, figures, strict=True))
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))


@dataclass(frozen=True, slots=True)
class Judged:
    """One entry with its chance of being right, were it the answer."""

    number: int
    right: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """The entries looked at, best first, and the chance that a right one is among the first three.

    ``contested``: the first and others say the whole question alike, as with a bare 安全带; nothing in it decides.
    """

    ranked: tuple[Judged, ...]
    among: float
    contested: bool


@dataclass(frozen=True, slots=True)
class Model:
    """``order``: weights of the figures RANKED_BY. ``right``: the chance that an entry is the answer; ``among``: that
    the first three hold it."""

    order: tuple[float, ...]
    right: Chance
    among: Chance

    def judge(self, matches: Sequence[Match]) -> Judgement:
        """The order and the chances of ``matches``. An entry's chance never exceeds that of one before it."""
        if not matches:
            return Judgement((), 0.0, contested=False)
        ranked = self.ranked(matches)
        judged: list[Judged] = []
        least = 1.0
        for match, lead in ranked:
            least = min(least, self.right.of(figures(match.features, lead)))
            judged.append(Judged(match.number, least))
        first, lead = ranked[0]
        whole = sum(match.features.spoken >= WHOLE for match in matches)
        contested = first.features.spoken >= WHOLE and whole > RIVALS
        return Judgement(tuple(judged), self.among.of(figures(first.features, lead)), contested)

    def ranked(self, matches: Sequence[Match]) -> list[tuple[Match, float]]:
        """``matches`` with their lead, best first."""
        scores = [score(match.features, self.order) for match in matches]
        top = max(scores)
        odds = [math.exp(each - top) for each in scores]
        total = sum(odds)
        leads = ((match, each / total) for match, each in zip(matches, odds, strict=True))
        return sorted(leads, key=lambda pair: -pair[1])


def score(features: Features, order: Sequence[float]) -> float:
    """What entries are sorted by; the difference of two is the log of their odds."""
    said: tuple[float, ...] = _ranked_by(features)
    return sum(weight * figure for weight, figure in zip(order, said, strict=True))


def figures(features: Features, lead: float) -> tuple[float, ...]:
    """What a chance is judged by."""
    return (*_judged_by(features), lead)


@lru_cache(maxsize=1)
def load_model() -> Model:
    """The model in the tree; read once a process."""
    raw = yaml.safe_load(MODEL_FILE.read_text(encoding="utf-8"))
    return Model(
        order=tuple(raw["order"][name] for name in RANKED_BY),
        right=_chance(raw["right"]),
        among=_chance(raw["among"]),
    )


def _chance(raw: dict[str, float]) -> Chance:
    return Chance(raw["base"], tuple(raw[name] for name in (*JUDGED_BY, "lead")))
