"""Where an emergency is: places as ``knowledge.whereabouts`` reads them, their words masked and short for officers."""

from __future__ import annotations

from dataclasses import replace

from bot.masking import mask
from knowledge import whereabouts
from knowledge.whereabouts import WORDS_CHARS, Place, apart, apart_cities, load_names, same, vague

__all__ = [
    "WORDS_CHARS",
    "Place",
    "answered",
    "apart",
    "apart_cities",
    "load_names",
    "pinned",
    "same",
    "stated",
    "vague",
]


def stated(text: str, hint: str = "") -> Place | None:
    """The place that a report names; ``hint`` is what the emergency reading made out. None where nobody could go."""
    return _masked(whereabouts.stated(text, hint))


def answered(text: str) -> Place | None:
    """The place in the reply to 「在哪里」; None for a question, a feeling, 「不知道」 or 「在工地」."""
    return _masked(whereabouts.answered(text))


def pinned(label: str, latitude: float | None, longitude: float | None) -> Place:
    """The place of a sent position: its label, else its numbers; without a label, positions 100 m apart are one."""
    place = whereabouts.pinned(label, latitude, longitude)
    return replace(place, words=_short(place.words))


def _masked(place: Place | None) -> Place | None:
    return replace(place, words=_short(place.words)) if place is not None else None


def _short(words: str) -> str:
    return mask(words)[0][:WORDS_CHARS]
