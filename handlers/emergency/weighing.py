"""How a message sounds: the chance that it tells of somebody in danger now, and that it asks how to act in a danger.

Two linear models over the same plain signs: runs of up to four characters, the classes of words and which follow each
other, and the cues of the lexicon. They have read some thousands of real emergencies, questions and idioms, so they
know a question from a cry in words that no rule lists. ``weights.npz`` is written by
``python -m tests.handlers.emergency.measured.train``. Pure.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from handlers.emergency.lexicon import ALONE, OTHER, STOP, Lexicon, Pattern, load_lexicon
from handlers.emergency.tidying import Cut

WEIGHTS_FILE = Path(__file__).parent / "weights.npz"
LONGEST_RUN = 4
# Of a longer text the beginning and the end are read: a cry stands in one of them.
ENDS_CHARS = 150
LENGTH_STEP, LENGTHS = 6, 7
START, END = "^", "$"


@dataclass(frozen=True, slots=True)
class Chances:
    """``now``: somebody is in danger now; ``about``: it asks how to act in a danger, so that numbers help. From 0 to
    1."""

    now: float
    about: float


@dataclass(frozen=True, slots=True)
class Sums:
    """Log odds on the way to ``Chances``."""

    now: float
    about: float


def runs(plain: str) -> set[str]:
    """Every run of one to four characters, the ends of the text marked."""
    if len(plain) > 2 * ENDS_CHARS:
        plain = plain[:ENDS_CHARS] + plain[-ENDS_CHARS:]
    text = START + plain + END
    return {text[at : at + long] for long in range(1, LONGEST_RUN + 1) for at in range(len(text) - long + 1)}


def neighbours(words: Cut) -> set[str]:
    """The classes that occur and the pairs that follow each other in a clause, as one or two signs."""
    found: set[str] = set()
    for clause in words.signs.split(STOP):
        known = clause.replace(OTHER, "")
        found.update(known)
        found.update(known[at : at + 2] for at in range(len(known) - 1))
    return found


def cue_patterns(lexicon: Lexicon) -> dict[str, Pattern]:
    """The cues on the whole text that count, by name."""
    alone = {name: getattr(lexicon, name) for name in ALONE}
    return {**lexicon.cues, **lexicon.background, **alone}


def length(plain: str) -> int:
    """Which of the few lengths a text has."""
    return min(LENGTHS - 1, len(plain) // LENGTH_STEP)


@dataclass(frozen=True)
class Weighing:
    """The weights, for ``now`` and ``about`` each: of runs, of classes and pairs by their signs, of cues, and of the
    lengths, in which the base is contained."""

    runs: Mapping[str, tuple[float, float]]
    signs: Mapping[str, tuple[float, float]]
    cues: tuple[tuple[Pattern, tuple[float, float]], ...]
    lengths: tuple[tuple[float, float], ...]

    def glance(self, plain: str) -> Sums:
        """What the characters alone say; quick, and enough to leave most messages at."""
        now, about = self.lengths[length(plain)]
        weights = self.runs
        for run in runs(plain):
            if run in weights:
                one, two = weights[run]
                now += one
                about += two
        return Sums(now, about)

    def chances(self, glance: Sums, plain: str, words: Cut) -> Chances:
        """What characters, words and cues say together."""
        pairs = [self.signs[signs] for signs in neighbours(words) if signs in self.signs]
        pairs += [weight for pattern, weight in self.cues if pattern.search(plain)]
        return Chances(
            chance(glance.now + sum(now for now, _ in pairs)),
            chance(glance.about + sum(about for _, about in pairs)),
        )


def chance(log_odds: float) -> float:
    """The logistic function, of anything a text may add up to."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, log_odds))))


@lru_cache(maxsize=1)
def load_weighing() -> Weighing:
    """The weights of ``weights.npz``. Classes and cues that the lexicon does not have any more are left out."""
    lexicon = load_lexicon()
    with np.load(WEIGHTS_FILE, allow_pickle=False) as raw:
        tables = {
            name: dict(zip(_lines(raw[f"{name}_names"]), _pairs(raw[name]), strict=True))
            for name in ("runs", "signs", "cues")
        }
        lengths = tuple(_pairs(raw["lengths"]))
    patterns = cue_patterns(lexicon)
    return Weighing(
        runs=tables["runs"],
        signs={
            "".join(lexicon.signs[name] for name in names.split(">")): weight
            for names, weight in tables["signs"].items()
            if all(name in lexicon.signs for name in names.split(">"))
        },
        cues=tuple((patterns[name], weight) for name, weight in tables["cues"].items() if name in patterns),
        lengths=lengths,
    )


def save(
    path: Path, tables: Mapping[str, Mapping[str, tuple[float, float]]], lengths: Iterable[tuple[float, float]]
) -> None:
    """Write the file: for ``runs``, ``signs`` (classes by name, pairs with ">" between) and ``cues`` the weights."""
    arrays: dict[str, np.ndarray] = {"lengths": np.array(list(lengths), dtype=np.float32)}
    for name, table in tables.items():
        arrays[f"{name}_names"] = np.frombuffer("\n".join(table).encode(), dtype=np.uint8)
        arrays[name] = np.array(list(table.values()), dtype=np.float16).reshape(-1, 2)
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]


def _lines(raw: np.ndarray) -> list[str]:
    return raw.tobytes().decode().split("\n")


def _pairs(raw: np.ndarray) -> list[tuple[float, float]]:
    return [(float(now), float(about)) for now, about in raw]
