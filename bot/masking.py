"""Numbers that must not stay in clear: ID cards, bank cards, phones. Masked at intake for every conversation."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from bot.visible import visible

ID_WORDS, CARD_WORDS, PHONE_WORDS = "［证件号已隐去］", "［卡号已隐去］", "［电话已隐去］"

_NUMERALS = "零〇洞一幺壹二两贰三叁四肆五伍六陆七拐柒八捌九勾玖"
_VALUES = str.maketrans(_NUMERALS, "0001112223344556677788999")
_NUMERAL_SET = frozenset(_NUMERALS)
_S = r"[\s\-‐-―·.]{0,3}"
_ONE = r"[\s\-‐-―·.]"
_GROUPS = (
    rf"1[3-9]\d{_S}\d{{4}}{_S}\d{{4}}",
    rf"1[3-9]\d{_S}\d{{3}}{_S}\d{{5}}",
    rf"1[3-9]\d\d{_S}\d{{4}}{_S}\d{{3}}",
    rf"1[3-9]\d\d{_S}\d{{3}}{_S}\d{{4}}",
    rf"1{_ONE}[3-9](?:{_ONE}\d){{9}}",
)
_AREA = re.compile(rf"(?<!\d)[(（]?0\d{{2,3}}[)）]?{_S}[2-9]\d{{2,3}}{_S}\d{{4}}(?!\d)")
# Eight digits alone may be anything; a local number is what is said to be one. A date of eight digits is none.
_LOCAL = re.compile(
    r"(?:电话|座机|固话|号码|手机|联系(?:方式)?|致电|拨打?|打|找我|回电|tel|phone|call)"
    r"(?:号码?|是|为|我的?|家里?|给|[:：,，。.\s（(]){0,4}"
    rf"(?P<number>(?!(?:19|20)\d\d[01]\d[0-3]\d)[2-9]\d{{3}}{_S}\d{{4}})(?!\d)",
    re.IGNORECASE,
)
_PATTERNS = (
    (re.compile(rf"(?<!\d)\d{{6}}{_S}(?:18|19|20)\d\d{_S}[01]\d{_S}[0-3]\d{_S}\d{{3}}[\dXx](?!\d)"), ID_WORDS),
    (re.compile(r"(?<!\d)[1-8]\d{5}\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}(?!\d)"), ID_WORDS),
    (re.compile(rf"(?<!\d)(?:(?:\+|00)?86{_S})?(?:{'|'.join(_GROUPS)})(?!\d)"), PHONE_WORDS),
    (re.compile(rf"(?<!\d)(?:\d{{16,19}}|\d{{4}}(?:{_S}\d{{4}}){{3}}(?:{_S}\d{{1,3}}[Xx]?)?)(?!\d)"), CARD_WORDS),
)
_SPOKEN = re.compile(rf"(?<!\d)[{_NUMERALS}0-9](?:[\s，,\-]?[{_NUMERALS}0-9]){{9,18}}(?!\d)")
_LIKELY = re.compile(rf"(?:[\d{_NUMERALS}][^\d{_NUMERALS}]{{0,3}}){{7}}[\d{_NUMERALS}]")

Span = tuple[int, int, str]


def mask(text: str, *, landlines: bool = True) -> tuple[str, bool]:
    """The text with such numbers replaced by what they were, and whether there were any.

    Full-width digits, the usual ways of grouping, and digits written or recognised as Chinese numerals count. Hotlines
    (119, 12350, 95598 …), dates, sizes and other numbers stay. ``landlines`` is False for what staff write: an office's
    number is theirs to give; mobiles, ID and bank cards are hidden all the same. Characters that nobody sees and that
    would hide a word from whoever looks for it are dropped.
    """
    text = visible(text)
    if len(text) < 8 or not _LIKELY.search(text):
        return text, False
    spans: list[Span] = []
    taken = bytearray(len(text))
    folded = "".join(_fold(char) for char in text)
    for start, end, words in (*_written(folded, landlines), *_spoken(folded, landlines)):
        if not any(taken[start:end]):
            taken[start:end] = b"\1" * (end - start)
            spans.append((start, end, words))
    parts, done = [], 0
    for start, end, words in sorted(spans):
        parts += [text[done:start], words]
        done = end
    return "".join([*parts, text[done:]]), bool(spans)


def _written(folded: str, landlines: bool) -> Iterator[Span]:
    for pattern, words in _PATTERNS:
        for match in pattern.finditer(folded):
            yield match.start(), match.end(), words
    if landlines:
        for match in _AREA.finditer(folded):
            yield match.start(), match.end(), PHONE_WORDS
        for match in _LOCAL.finditer(folded.translate(_VALUES)):
            yield match.start("number"), match.end("number"), PHONE_WORDS


def _spoken(folded: str, landlines: bool) -> Iterator[Span]:
    """Numbers in which Chinese numerals stand for digits, as speech recognition writes them."""
    for match in _SPOKEN.finditer(folded):
        said = match.group()
        digits = "".join(char for char in said.translate(_VALUES) if char.isdigit())
        if not landlines and _AREA.fullmatch(digits):
            continue
        unbroken = len(digits) >= 11 and len(said) == len(digits)
        if not set(said) & _NUMERAL_SET or not (_is_phone(digits) or len(digits) >= 15 or unbroken):
            continue
        words = ID_WORDS if len(digits) == 18 else CARD_WORDS if len(digits) > 13 else PHONE_WORDS
        yield match.start(), match.end(), words


def _is_phone(digits: str) -> bool:
    return re.fullmatch(r"(?:(?:00)?86)?1[3-9]\d{9}|0\d{2,3}[2-9]\d{6,7}", digits) is not None


def _fold(char: str) -> str:
    """One character for one, so that places stay the same: full-width and other digits as ASCII."""
    if char.isascii():
        return char
    if char.isdigit():
        digit = unicodedata.digit(char, -1)
        return str(digit) if digit >= 0 else char
    return {"－": "-", "＋": "+", "　": " ", "Ｘ": "X", "ｘ": "x"}.get(char, char)
