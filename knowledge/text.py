"""Text as retrieval compares it: simplified characters, one width, no blanks or signs."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

from opencc import OpenCC

CJK = range(0x4E00, 0xA000)
_LATIN = re.compile("[0-9a-z]")
_UNIT = re.compile("[0-9]+|[a-z]+|[\u4e00-\u9fff]")
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
    """What a normalised text is compared by: characters, pairs of characters, and each number or Latin word as one."""
    if text.isascii() or _LATIN.search(text):
        units = _UNIT.findall(text)
        pairs = [a + b for a, b in pairwise(units)]
        return units + [pair for pair in pairs if not pair.isascii()]
    return [*text, *(text[i : i + 2] for i in range(len(text) - 1))]
