"""Text as the checks compare it, and the pieces of it that they look at."""

from __future__ import annotations

import re
import unicodedata

from knowledge.text import simplified

_CIRCLED = re.compile("[\u2460-\u24ff\u2776-\u2793]")
_BLANKS = re.compile(r"[ \t\u00a0\u200b\u3000]+")
CLAUSE_END = ',。;:!?()"“”〔〕'
SENTENCE_END = "。!?"
HAN = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]")


def plain(text: str) -> str:
    """Compatibility forms folded, traditional characters simplified, blanks dropped, a line's end as a sentence's.

    Circled numbers only count sentences and become their marks.
    """
    folded = unicodedata.normalize("NFKC", _CIRCLED.sub("；", text.strip())).translate(simplified())
    return _BLANKS.sub("", folded).replace("\r", "").replace("\n", "。").replace(".。", "。").lower()


def clause(text: str, first: int, last: int, ends: str = CLAUSE_END) -> tuple[int, int]:
    """Where the clause around ``text[first:last]`` begins and ends."""
    start = first
    while start and text[start - 1] not in ends:
        start -= 1
    stop = last
    while stop < len(text) and text[stop] not in ends:
        stop += 1
    return start, stop


def han(text: str) -> str:
    """Its Chinese characters alone."""
    return "".join(HAN.findall(text))
