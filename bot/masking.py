"""Numbers that must not stay in clear: ID cards, bank cards, phones. Masked at intake for every conversation."""

from __future__ import annotations

import re
import unicodedata

_SEP = r"[\s\-‐-―·.]?"
_ID_CARD = re.compile(
    rf"(?<![0-9A-Za-z])\d{{6}}{_SEP}(?:18|19|20)\d{{2}}{_SEP}[01]\d{_SEP}[0-3]\d{_SEP}\d{{3}}[0-9Xx](?![0-9A-Za-z])"
)
_OLD_ID_CARD = re.compile(r"(?<!\d)[1-8]\d{5}\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}(?!\d)")
_BANK_CARD = re.compile(rf"(?<!\d)(?:\d{_SEP}){{15,18}}\d(?!\d)")
_MOBILE = re.compile(rf"(?<!\d)(?:\+?86{_SEP})?1[3-9]\d{_SEP}\d{{4}}{_SEP}\d{{4}}(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)0\d{2,3}[\s\-]?[2-9]\d{6,7}(?!\d)")
_CHINESE = str.maketrans("零〇一二三四五六七八九幺", "001234567891")
_SPOKEN = re.compile(r"[零〇一二三四五六七八九幺]{11,19}")

_LIKELY = re.compile(r"(?:\d\D{0,2}){9}\d|[零〇一二三四五六七八九幺]{11}")

ID_WORDS, CARD_WORDS, PHONE_WORDS = "［证件号已隐去］", "［卡号已隐去］", "［电话已隐去］"


def mask(text: str) -> tuple[str, bool]:
    """The text with such numbers replaced by what they were, and whether there were any.

    Full-width digits and digits written or recognised as Chinese numerals count. Hotlines (119, 12350, 95598 …) and
    other short numbers stay.
    """
    if len(text) < 10 or not _LIKELY.search(text):
        return text, False
    folded = "".join(_fold(char) for char in text)
    spans: list[tuple[int, int, str]] = []
    for pattern, words in (
        (_ID_CARD, ID_WORDS),
        (_OLD_ID_CARD, ID_WORDS),
        (_MOBILE, PHONE_WORDS),
        (_BANK_CARD, CARD_WORDS),
        (_LANDLINE, PHONE_WORDS),
    ):
        for match in pattern.finditer(folded):
            if all(match.end() <= start or match.start() >= end for start, end, _ in spans):
                spans.append((match.start(), match.end(), words))
    for match in _SPOKEN.finditer(text):
        digits = match.group().translate(_CHINESE)
        words = ID_WORDS if len(digits) == 18 else CARD_WORDS if len(digits) > 13 else PHONE_WORDS
        if all(match.end() <= start or match.start() >= end for start, end, _ in spans):
            spans.append((match.start(), match.end(), words))
    if not spans:
        return text, False
    for start, end, words in sorted(spans, reverse=True):
        text = text[:start] + words + text[end:]
    return text, True


def _fold(char: str) -> str:
    """One character for one, so that places stay the same: full-width and other digits as ASCII."""
    if char.isascii():
        return char
    if char.isdigit():
        digit = unicodedata.digit(char, -1)
        return str(digit) if digit >= 0 else char
    return {"－": "-", "＋": "+", "　": " ", "Ｘ": "X", "ｘ": "x"}.get(char, char)
