"""Reads and checks the entries in ``knowledge/content``."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import yaml
from pydantic import ValidationError

from knowledge.schema import Topic

CONTENT_DIR = Path(__file__).parent / "content"


class ContentError(ValueError):
    """A content file does not fit the schema; the message names file, entry and field."""


def load_topics(folder: Path = CONTENT_DIR) -> list[Topic]:
    """All topics in ``folder``, in order of file name.

    Raises ContentError for a file that does not fit, an id that stands twice or belongs to another file, or a related
    id that does not exist.
    """
    topics = [_read(path) for path in sorted(folder.glob("*.yaml"))]
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
    return topics


def _read(path: Path) -> Topic:
    try:
        topic = Topic.model_validate(yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER))  # noqa: S506 (a safe one)
    except (yaml.YAMLError, ValidationError) as error:
        raise ContentError(f"{path.name}: {error}") from error
    if topic.topic != path.stem:
        raise ContentError(f"{path.name}: its topic is {topic.topic}, the file's name says {path.stem}")
    return topic


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
