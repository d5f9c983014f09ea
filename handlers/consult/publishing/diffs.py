"""What differs between two wordings of an entry, field by field and character by character."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from diff_match_patch import diff_match_patch

from handlers.consult.publishing.forms import AUDIENCES, LABELS

SECONDS = 0.5
"""After which a long comparison ends with coarser pieces."""
MOST_CHARS = 10_000
"""Of both texts; longer ones are shown whole, old and new."""


class Change(Enum):
    """What became of a piece of text."""

    SAME = "same"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of text and what became of it."""

    change: Change
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that differs; ``label`` is the field in words."""

    label: str
    pieces: tuple[Piece, ...]


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Difference, ...]:
    """The fields of two bodies that differ, in the form's order. An empty mapping is no entry at all."""
    found = []
    for name, label in LABELS.items():
        old, new = field_text(name, before.get(name)), field_text(name, after.get(name))
        if old != new:
            found.append(Difference(label, pieces(old, new)))
    return tuple(found)


def pieces(old: str, new: str) -> tuple[Piece, ...]:
    """The steps from one text to the other, in pieces that a person can read."""
    if len(old) + len(new) > MOST_CHARS:
        return tuple(Piece(change, text) for change, text in ((Change.GONE, old), (Change.NEW, new)) if text)
    engine = diff_match_patch()
    engine.Diff_Timeout = SECONDS
    steps = engine.diff_main(old, new)
    engine.diff_cleanupSemantic(steps)
    kinds = {0: Change.SAME, -1: Change.GONE, 1: Change.NEW}
    return tuple(Piece(kinds[kind], text) for kind, text in steps)


def field_text(name: str, value: Any) -> str:
    """A field as a person reads it: lists one item a line, sources in one line each, a mark as 是 or 否."""
    if name in {"emergency", "confirm"}:
        return "是" if value else "否"
    if value is None or value == "":
        return ""
    if name == "audience":
        return "、".join(AUDIENCES.get(str(one), str(one)) for one in value)
    if name == "sources":
        return "\n".join(map(_source, value))
    if name == "earlier":
        return "\n".join(f"{one.get('until', '')}以前：{one.get('answer', '')}" for one in value)
    if name in {"related", "hotlines"}:
        return "、".join(map(str, value))
    return value if isinstance(value, str) else "\n".join(map(str, value))


def _source(source: Mapping[str, Any]) -> str:
    days = [
        f"{words}{source[name]}"
        for name, words in (("version", "版本"), ("in_force_from", "施行"), ("in_force_to", "失效"))
        if source.get(name)
    ]
    about = "，".join([*days, *([str(source["issuer"])] if source.get("issuer") else [])])
    return f"《{source.get('title', '')}》{source.get('article', '')}" + (f"（{about}）" if about else "")
