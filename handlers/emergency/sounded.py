"""Danger typed in pinyin: 「tong shi chu dian le zen me ban」. Sounds alone are never sure, so nobody is paged for
them: the numbers and the first step are shown, and whether it is happening is asked. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from handlers.emergency.signals import Signal
from knowledge.language import near_sound
from knowledge.pinyin import read_pinyin

SOUNDS_FILE = Path(__file__).parent / "sounds.yaml"


@dataclass(frozen=True, slots=True)
class Sounds:
    """Runs of syllables, written with a blank around each: of danger by kind, of what is told,
    of what is asked, and of what is idle."""

    danger: tuple[tuple[str, tuple[str, ...]], ...]
    told: tuple[str, ...]
    asked: tuple[str, ...]
    idle: tuple[str, ...]


@lru_cache(maxsize=1)
def load_sounds() -> Sounds:
    """The runs of ``sounds.yaml``."""
    raw = yaml.safe_load(SOUNDS_FILE.read_text(encoding="utf-8"))
    return Sounds(
        tuple((kind, tuple(map(_near, runs))) for kind, runs in raw["danger"].items()),
        tuple(map(_near, raw["told"])),
        tuple(map(_near, raw["asked"])),
        tuple(map(_near, raw["idle"])),
    )


def sounded(text: str) -> Signal | None:
    """The emergency that a text in pinyin speaks of, or None; never one that pages."""
    if not text.isascii():
        return None
    typed = f" {' '.join(read_pinyin(text))} "
    known = load_sounds()
    kind = next((kind for kind, runs in known.danger if _has(typed, runs)), "")
    if not kind or _has(typed, known.idle):
        return None
    ask = _has(typed, known.told) and not _has(typed, known.asked)
    return Signal(kind=kind, show=True, page=False, ask=ask, answer=not ask)


def _near(run: str) -> str:
    return f" {' '.join(map(near_sound, run.split()))} "


def _has(typed: str, runs: tuple[str, ...]) -> bool:
    return any(run in typed for run in runs)
