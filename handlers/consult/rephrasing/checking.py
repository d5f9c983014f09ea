"""Whether a rephrasing says what the entry says, no more and no less. Pure, and strict: doubt is a difference.

A rephrasing is the entry's own sentences in an order that may differ, each with all its words in theirs; the few words
that may be put for one another, come or go stand in lexicon.yaml. A refused rephrasing costs style, a wrong one a life.
"""

from __future__ import annotations

from dataclasses import dataclass

from handlers.consult.rephrasing import moving, shape
from handlers.consult.rephrasing.plain import plain


@dataclass(frozen=True, slots=True)
class Original:
    """What may be rephrased: the entry's question and answer."""

    question: str
    answer: str


def difference(said: str, original: Original) -> str:
    """Why ``said`` is not what the entry says, as one word for the log; "" where it may be shown."""
    fault = shape.fault(said, original.answer)
    if fault:
        return fault
    return moving.difference(plain(said), plain(original.answer), plain(original.question))
