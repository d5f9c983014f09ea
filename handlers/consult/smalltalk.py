"""What people say that asks and tells nothing: thanks, a good morning, 「吃了吗」, 「哈哈」; and 「我想问一下」, after
which the question is still to come. Such a message is no question: nothing of it is kept, nothing is handed over."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import yaml

from knowledge.text import normalise

FILE = Path(__file__).parent / "smalltalk.yaml"
MOST_CHARS = 20
GO_ON = "您请说，想问什么，一句话就行。"
FACES = "收到，注意安全。想问什么，随时说。"
_FACES = re.compile(r"(?:\[[\u4e00-\u9fffA-Za-z]{1,6}\]|[\U0001F300-\U0001FAFF\u2600-\u27BF\ufe0f\u200d\s])+")


def small_talk(text: str) -> str:
    """A short kind line for small talk; "" for all else."""
    if _FACES.fullmatch(text[: 4 * MOST_CHARS]):
        return FACES
    said = _said(text)
    return next((reply for pattern, reply in _read()[0] if pattern.fullmatch(said)), "") if said else ""


def opens(text: str) -> bool:
    """Whether it only says that a question will come."""
    said = _said(text)
    return bool(said) and _read()[1].fullmatch(said) is not None


def _said(text: str) -> str:
    said = normalise(text[: 4 * MOST_CHARS])
    return said if len(said) <= MOST_CHARS else ""


@lru_cache(maxsize=1)
def _read() -> tuple[Sequence[tuple[re.Pattern[str], str]], re.Pattern[str]]:
    raw = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    kinds = tuple((re.compile(kind["said"].strip()), str(kind["reply"])) for kind in raw["kinds"])
    return kinds, re.compile(raw["openers"].strip())
