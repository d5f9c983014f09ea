"""What is told or asked at the scene of an open emergency and has one life-saving answer: 「门把手很烫」, 「他还有气」,
「要不要跳下去」. Pure; the sentences are in ``scene.yaml``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.dispatch import normal
from handlers.emergency import said
from handlers.emergency.incidents import PERSON, family
from handlers.emergency.lexicon import simplified

SCENE_FILE = Path(__file__).parent / "scene.yaml"
# A longer text tells a story of its own, which the reader of emergencies reads.
MOST_CHARS = 24
ANY_PERSON = "@person"
# Dangers that one may be in oneself, so that despair amid them is of them.
_DANGERS = frozenset(
    {"fire", "elevator", "collapse", "buried", "flood", "lifting", "fumes", "gas", "confined", "drowning", "electric"}
)
# Dangers that go on, or may hold others, where one who was hurt is in hospital.
_GOES_ON = (_DANGERS | {"livewire", "highup"}) - {"drowning", "electric"}
_ANOTHER = re.compile("有人|[他她]|欠|工资|老[公婆]")
_HEAT = re.compile("中暑|热射|晒")


class SceneError(ValueError):
    """``scene.yaml`` does not fit; the message names the scene."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One thing to hear, in which kinds of danger (none: in all), and what to do about it. ``sure``: it is of that
    danger, whatever kind of its own the text sounds like."""

    name: str
    of: frozenset[str]
    text: re.Pattern[str]
    unless: re.Pattern[str] | None
    say: str
    sure: bool

    def fits(self, kind: str, plain: str) -> bool:
        if self.of and kind not in self.of and not (ANY_PERSON in self.of and family(kind) == PERSON):
            return False
        return bool(self.text.search(plain)) and not (self.unless and self.unless.search(plain))


@dataclass(frozen=True, slots=True)
class Scenes:
    """All scenes, and how one asks for plainer words."""

    scenes: tuple[Scene, ...]
    simpler: re.Pattern[str]


@lru_cache(maxsize=1)
def load_scenes() -> Scenes:
    """The scenes of ``scene.yaml``. Raises SceneError for what does not compile or lacks its words."""
    raw = yaml.safe_load(SCENE_FILE.read_text(encoding="utf-8"))
    return Scenes(tuple(_scene(one) for one in raw["scenes"]), re.compile(raw["simpler"]))


def _scene(one: dict[str, Any]) -> Scene:
    try:
        unless = re.compile(one["unless"]) if "unless" in one else None
        text, of = re.compile(one["text"]), frozenset(one.get("of", ()))
        return Scene(one["name"], of, text, unless, one["say"], one.get("sure", False))
    except (re.error, KeyError) as error:
        raise SceneError(f"{one.get('name')}: {error}") from error


def at_scene(text: str, kind: str) -> Scene | None:
    """The scene that somebody in an emergency of ``kind`` tells or asks about; None where it is no such thing."""
    plain = _plain(text)
    if not plain or len(plain) > MOST_CHARS:
        return None
    return next((one for one in load_scenes().scenes if one.fits(kind, plain)), None)


def wants_simpler(text: str) -> bool:
    """Whether plainer words are asked for: 「我听不懂，你讲简单点」."""
    plain = _plain(text)
    return len(plain) <= MOST_CHARS and bool(load_scenes().simpler.search(plain))


def same_danger(kind: str, told: str) -> bool:
    """Whether a text that tells of ``told`` may be about an emergency of ``kind``."""
    return family(told) in {family(kind), PERSON}


def despairs_of_danger(text: str, kind: str) -> bool:
    """Whether words of despair, said amid a danger of ``kind``, are of that danger and of the writer."""
    return kind in _DANGERS and not _ANOTHER.search(_plain(text))


def ended(text: str, kind: str) -> bool:
    """Whether it says that this emergency is over; of a danger that goes on, who is in hospital ends nothing."""
    return said.over(text) and not (said.in_hospital(text) and kind in _GOES_ON)


def of_heat(text: str) -> bool:
    """Whether it names the heat, so that it is no worsening of another harm."""
    return bool(_HEAT.search(_plain(text)))


def _plain(text: str) -> str:
    return normal(text.translate(simplified()))
