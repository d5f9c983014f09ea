"""Reads and checks the entries in ``knowledge/content`` and their variants in ``knowledge/variants``."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from knowledge.schema import Topic

CONTENT_DIR = Path(__file__).parent / "content"
VARIANTS_DIR = Path(__file__).parent / "variants"


class ContentError(ValueError):
    """A content file does not fit the schema; the message names file, entry and field."""


def load_topics(folder: Path = CONTENT_DIR, variants: Path | None = None) -> list[Topic]:
    """All topics in ``folder``, in order of file name, with the variants of ``variants`` (by default those in the tree
    for the tree's own entries, else none).

    Raises ContentError for a file that does not fit, an id that stands twice or belongs to another file, or a related
    id that does not exist; for variants of an entry that does not exist.
    """
    if variants is None and folder == CONTENT_DIR:
        variants = VARIANTS_DIR
    said = _variants(variants) if variants else {}
    topics = [_read(path, said) for path in sorted(folder.glob("*.yaml"))]
    ids = Counter(entry.id for topic in topics for entry in topic.entries)
    twice = [entry_id for entry_id, count in ids.items() if count > 1]
    if twice:
        raise ContentError(f"ids that stand twice: {', '.join(twice)}")
    for topic in topics:
        for entry in topic.entries:
            if entry.id.split(".")[0] != topic.topic:
                raise ContentError(f"{topic.topic}.yaml: {entry.id} does not begin with {topic.topic}.")
            lost = [other for other in entry.related if other not in ids]
            if lost:
                raise ContentError(f"{entry.id}: related entries that do not exist: {', '.join(lost)}")
    unknown = sorted(said.keys() - ids.keys())
    if unknown:
        raise ContentError(f"variants of entries that do not exist: {', '.join(unknown)}")
    return topics


def _variants(folder: Path) -> dict[str, list[str]]:
    """The further ways of asking, by entry. Each file is a mapping from entry id to lines."""
    said: dict[str, list[str]] = {}
    for path in sorted(folder.glob("*.yaml")):
        raw = _yaml(path) or {}
        if not isinstance(raw, dict) or not all(isinstance(lines, list) for lines in raw.values()):
            raise ContentError(f"{path.name}: is not a mapping from entry ids to lists of lines")
        twice = sorted(raw.keys() & said.keys())
        if twice:
            raise ContentError(f"{path.name}: variants that stand in another file too: {', '.join(twice)}")
        said.update(raw)
    return said


def _read(path: Path, variants: dict[str, list[str]]) -> Topic:
    raw = _yaml(path)
    for entry in raw.get("entries", ()) if isinstance(raw, dict) else ():
        if isinstance(entry, dict) and entry.get("id") in variants:
            entry["variants"] = variants[entry["id"]]
    try:
        topic = Topic.model_validate(raw)
    except ValidationError as error:
        raise ContentError(f"{path.name}: {error}") from error
    if topic.topic != path.stem:
        raise ContentError(f"{path.name}: its topic is {topic.topic}, the file's name says {path.stem}")
    return topic


def _yaml(path: Path) -> Any:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 (a safe one)
    except yaml.YAMLError as error:
        raise ContentError(f"{path.name}: {error}") from error


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
