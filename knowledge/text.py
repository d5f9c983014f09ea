"""Text as retrieval compares it: simplified characters, one width, no blanks or signs."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from opencc import OpenCC

CJK = range(0x4E00, 0xA000)
_KEEP = re.compile(r"[^0-9a-z\u4e00-\u9fff]+")


@lru_cache(maxsize=1)
def simplified() -> dict[int, str]:
    """Traditional characters to simplified, one for one (a character table is enough for comparing)."""
    traditional = [chr(code) for code in CJK]
    plain = OpenCC("t2s").convert("\n".join(traditional)).split("\n")
    table = {ord(old): new for old, new in zip(traditional, plain, strict=True) if old != new and len(new) == 1}
    table[ord("著")] = "着"
    return table


def normalise(text: str) -> str:
    """Compatibility forms folded, traditional characters simplified, letters in lower case, all else left out."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(simplified())
    return _KEEP.sub("", text.lower())


def grams(text: str) -> list[str]:
    """Characters and pairs of characters of a normalised text, in order."""
    return [*text, *(text[i : i + 2] for i in range(len(text) - 1))]
