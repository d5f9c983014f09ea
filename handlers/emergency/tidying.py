"""A message as the reader works with it: one way of writing, the signs of its words, and the place it names. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from handlers.emergency.lexicon import OTHER, STOP, Lexicon, simplified

# The most a chat message holds.
READ_CHARS = 2048
STOPS = "，？！"
_STOPS = re.compile(f"[{STOPS}]")
_REPEAT = re.compile(r"(.{1,8}?)\1{2,}", re.DOTALL)
_EMOJI = re.compile("[\U00010000-\U0010ffff\ufe00-\ufe0f]+")
# A blank between longer pieces stands for a stop; between single characters it stands for nothing.
_PAUSE = re.compile(r"(?<=[\u4e00-\u9fff]{3})\s+(?=[\u4e00-\u9fff]{3})")


@dataclass(frozen=True)
class Cut:
    """A text as the signs of its words, one for each character that belongs to no class, and where each begins."""

    signs: str
    starts: tuple[int, ...]


def tidy(text: str, lexicon: Lexicon) -> str:
    """Simplified characters without blanks, emoji and double stops, and what was misheard put right."""
    text = text[:READ_CHARS]
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    text = _REPEAT.sub(r"\1\1", _PAUSE.sub("，", text))
    plain = _EMOJI.sub("", text.replace("🆘", "救命").translate(simplified()))
    if lexicon.spelling_gate.search(plain):
        for wrong, meant in lexicon.spelling:
            plain = wrong.sub(meant, plain)
    return plain


def quietened(plain: str) -> str:
    """A tidied text without the marks at its end: 「谢谢！！！」 is no cry where its words are none."""
    return plain.rstrip("！，")


def cut(plain: str, lexicon: Lexicon) -> Cut:
    """A tidied text cut into words; a class that comes earlier in the lexicon has the first choice."""
    slots = [OTHER] * len(plain)
    free = [True] * len(plain)
    for stop in _STOPS.finditer(plain):
        slots[stop.start()] = STOP
    for word_class in lexicon.classes:
        start = 0
        while match := word_class.pattern.search(plain, start):
            first, last = match.span()
            taken = next((place for place in range(first, last) if not free[place]), last)
            if first < taken < last:
                shorter = word_class.pattern.match(plain[:taken] + OTHER, first)
                last = shorter.end() if shorter and shorter.end() <= taken else first
            elif taken == first:
                last = first
            if first < last:
                slots[first:last] = [word_class.sign] + [""] * (last - first - 1)
                free[first:last] = [False] * (last - first)
            start = max(last, first + 1)
    return Cut("".join(slots), tuple(place for place, sign in enumerate(slots) if sign))


def place(plain: str, lexicon: Lexicon) -> str | None:
    """The findable place a tidied text names; None where it names none for sure."""
    match = lexicon.region.search(plain) or lexicon.named.search(plain)
    return match.group() if match else None
