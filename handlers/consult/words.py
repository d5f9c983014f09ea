"""What people say that is no question, from words.yaml."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import yaml

from bot.dispatch import normal

FILE = Path(__file__).parent / "words.yaml"


def words(name: str) -> frozenset[str]:
    """The words under ``name``, as ``bot.dispatch.normal`` leaves them."""
    return frozenset(normal(word) for word in _all()[name])


@lru_cache(maxsize=1)
def _all() -> dict[str, list[str]]:
    read: dict[str, list[str]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return read
