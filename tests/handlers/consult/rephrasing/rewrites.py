"""The rewrites of rewrites.yaml, made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from handlers.consult.rephrasing.checking import Original

FILE = Path(__file__).parent / "rewrites.yaml"
FIRST, BECOMES, AND = "^", "→", "|"


@dataclass(frozen=True)
class Rewrite:
    """``how``: the line of the file it was made by."""

    original: Original
    how: str
    said: str


def rewrites(kind: str) -> Iterator[Rewrite]:
    """All that are ``harmless``, or all that are ``harmful``."""
    for row in yaml.safe_load(FILE.read_text(encoding="utf-8")):
        original = Original(row["question"], row["answer"])
        for how in row[kind]:
            yield Rewrite(original, how, _made(how, original.answer))


def _made(how: str, answer: str) -> str:
    for step in how.split(AND):
        if step.startswith(FIRST):
            assert answer.count(step[1:]) == 1, how
            answer = step[1:] + answer.replace(step[1:], "")
            continue
        there, _, instead = step.partition(BECOMES)
        assert answer.count(there) == 1 and there != instead, how
        answer = answer.replace(there, instead)
    return answer
