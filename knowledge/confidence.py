"""From how entries match to their order and to chances: that the first is right, that one of the first three is, and
that the question belongs here at all.

Four linear models over the figures of ``matching.Features``, once for questions compared by words alone and once for
those compared by meaning too. Their numbers stand in ``confidence.yaml``, written by
``python -m knowledge.evaluation.train`` together with the figures they reached on questions they were not trained on.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from knowledge.matching import Features, Match

MODEL_FILE = Path(__file__).parent / "confidence.yaml"
# A question is contested where at least this many others also say this share of it.
RIVALS, WHOLE = 2, 0.95
# A word or two ask nothing in particular, unless an entry is asked just so.
BARE_CHARS, JUST_SO = 3, 0.9
# Yet of a few characters in common use here one can ask back, even where no entry is likely.
SHORT_CHARS, UNKNOWN, SPOKEN = 5, 0.05, 0.6
# One character alone must be a word of the trade: this many entries are asked with it.
TRADE_ENTRIES = 5


@dataclass(frozen=True, slots=True)
class Weights:
    """A weight for each of some figures of ``Features``, by name."""

    names: tuple[str, ...]
    values: tuple[float, ...]

    @classmethod
    def of(cls, named: Mapping[str, float]) -> Weights:
        return cls(tuple(named), tuple(named.values()))

    def sum(self, features: Features) -> float:
        """Of the figures, weighed."""
        total = 0.0
        for name, value in zip(self.names, self.values, strict=True):
            total += value * getattr(features, name)
        return total

    def named(self) -> dict[str, float]:
        return dict(zip(self.names, self.values, strict=True))


@dataclass(frozen=True, slots=True)
class Chance:
    """A logistic model: the chance of something, from an entry's figures and its ``lead``: its share of the odds of
    being the one among those looked at."""

    base: float
    weights: Weights
    lead: float

    def of(self, features: Features, lead: float) -> float:
        """From 0 to 1."""
        odds = self.base + self.weights.sum(features) + self.lead * lead
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))


@dataclass(frozen=True, slots=True)
class Judged:
    """One entry with its chance of being right, were it the answer."""

    number: int
    right: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """The entries looked at, best first, the chance that a right one is ``among`` the first three, and the chance that
    the question ``belongs`` here: that some entry answers it.

    ``contested``: the first and others say the whole question alike, as with a bare 安全带; nothing in it decides.
    ``vague``: a few characters that belong here and ask nothing in particular.
    """

    ranked: tuple[Judged, ...]
    among: float
    belongs: float
    contested: bool
    vague: bool


@dataclass(frozen=True, slots=True)
class Model:
    """``order``: what entries are sorted by; the difference of two sums is the log of their odds. ``right``: the chance
    that an entry is the answer; ``among``: that the first three hold it; ``belongs``: that any does."""

    order: Weights
    right: Chance
    among: Chance
    belongs: Chance

    def judge(self, text: str, matches: Sequence[Match]) -> Judgement:
        """The order and the chances of what a plain ``text`` matches. An entry's chance never exceeds that of one
        before it."""
        if not matches:
            return Judgement((), 0.0, 0.0, contested=False, vague=False)
        ranked = self.ranked(matches)
        judged: list[Judged] = []
        least = 1.0
        for match, lead in ranked:
            least = min(least, self.right.of(match.features, lead))
            judged.append(Judged(match.number, least))
        first, lead = ranked[0]
        whole = sum(match.features.spoken >= WHOLE for match in matches)
        contested = first.features.spoken >= WHOLE and whole > RIVALS
        bare = len(text) <= BARE_CHARS and max(match.features.likeness for match in matches) < JUST_SO
        among = self.among.of(first.features, lead)
        belongs = self.belongs.of(first.features, lead)
        vague = _vague(text, first.features) and (len(text) > 1 or whole >= TRADE_ENTRIES)
        return Judgement(tuple(judged), among, belongs, contested or bare, vague)

    def ranked(self, matches: Sequence[Match]) -> list[tuple[Match, float]]:
        """``matches`` with their lead, best first."""
        scores = [self.order.sum(match.features) for match in matches]
        top = max(scores)
        odds = [math.exp(each - top) for each in scores]
        total = sum(odds)
        leads = ((match, each / total) for match, each in zip(matches, odds, strict=True))
        return sorted(leads, key=lambda pair: -pair[1])


def _vague(text: str, features: Features) -> bool:
    spoken = features.unknown <= UNKNOWN and features.spoken >= SPOKEN
    return len(text) <= SHORT_CHARS and spoken and features.domain > 0


@dataclass(frozen=True, slots=True)
class Models:
    """``words``: for questions compared by words alone; ``meaning``: by meaning too."""

    words: Model
    meaning: Model


@lru_cache(maxsize=1)
def load_models() -> Models:
    """The models in the tree; read once a process."""
    raw = yaml.safe_load(MODEL_FILE.read_text(encoding="utf-8"))
    return Models(words=_model(raw["words"]), meaning=_model(raw["meaning"]))


def _model(raw: Mapping[str, Mapping[str, float]]) -> Model:
    return Model(Weights.of(raw["order"]), _chance(raw["right"]), _chance(raw["among"]), _chance(raw["belongs"]))


def _chance(raw: Mapping[str, float]) -> Chance:
    figures = {name: value for name, value in raw.items() if name not in {"base", "lead"}}
    return Chance(raw["base"], Weights.of(figures), raw["lead"])
