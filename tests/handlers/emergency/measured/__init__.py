"""What the reader does with sentences in bulk: how many real emergencies it sees, how many ordinary questions it
disturbs. ``python -m tests.handlers.emergency.measured`` prints it.

The ordinary ones are the development questions of the knowledge base and the calm sentences beside this file; the real
ones are the emergencies of the former and the happening sentences beside this file. ``held_out.yaml`` is not tuned on,
all others are: what the reader has learnt (``train``) it learnt from them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from handlers.emergency.signals import read
from knowledge.evaluation.evaluate import Kind, load_cases

HERE = Path(__file__).parent
WAYS = ("page", "ask", "show", "nothing")
DEVELOPMENT = ("development", "more", "asking", "idioms", "home")


def way(text: str) -> str:
    """What becomes of a text: officers are paged, the writer is asked, numbers stand above the answer, or nothing."""
    signal = read(text)
    if signal is None:
        return "nothing"
    return "page" if signal.page else "ask" if signal.ask else "show"


def sets(*names: str) -> dict[str, list[str]]:
    """The sentences of the files named: the happening ones, then the calm ones by sort."""
    found: dict[str, list[str]] = {}
    for name in names:
        raw: dict[str, Any] = yaml.safe_load((HERE / f"{name}.yaml").read_text(encoding="utf-8"))
        for sort, texts in {"happening": raw.get("happening", []), **raw.get("calm", {})}.items():
            found.setdefault(sort, []).extend(texts)
    return found


def questions(*kinds: Kind) -> list[str]:
    """The development questions of the knowledge base of these kinds."""
    return [case.question for case in load_cases() if case.kind in kinds]


def ways(texts: Iterable[str]) -> Counter[str]:
    """How many texts come to what."""
    return Counter(way(text) for text in texts)


def share(counted: Counter[str], *names: str) -> float:
    """The share of texts that came to one of ``names``."""
    return sum(counted[name] for name in names) / counted.total()
