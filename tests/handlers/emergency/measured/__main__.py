"""Prints the figures; with a name (``development``, ``held_out``, ``questions``) and ways also the sentences that
came to them: ``python -m tests.handlers.emergency.measured questions page ask``."""

from __future__ import annotations

import sys

from knowledge.evaluation.evaluate import Kind
from tests.handlers.emergency.measured import DEVELOPMENT, WAYS, questions, sets, way, ways

GROUPS: dict[str, dict[str, list[str]]] = {
    "questions": {kind.value: questions(kind) for kind in Kind},
    "development": sets(*DEVELOPMENT),
    "held_out": sets("held_out"),
}


def main() -> None:
    for name, group in GROUPS.items():
        for sort, texts in group.items():
            counted = ways(texts)
            figures = "  ".join(f"{one} {counted[one]:4} {counted[one] / len(texts):6.1%}" for one in WAYS)
            print(f"{name:12}{sort:12}{len(texts):5}   {figures}")
    if len(sys.argv) > 1:
        for sort, texts in GROUPS[sys.argv[1]].items():
            for text in texts:
                if (came := way(text)) in sys.argv[2:]:
                    print(f"{sort:12}{came:8}{text}")


main()
