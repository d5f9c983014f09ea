"""What is not for a machine to answer: named officials and firms, an accident's causes and dead, petitions, media,
politics. One polite text, no retrieval, no model; the officer on duty reads it, no expert does and no screen shows it.

The words stand in sensitive.yaml. Ordinary questions about the same things (compensation, who investigates, how to
report an official) are none of this.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.messages import Inbound, Reply, Text
from bot.turn import Turn
from handlers.consult.answering import Outcome
from handlers.consult.recording import record
from handlers.consult.records import DECLINED, SENSITIVE
from knowledge.text import simplified

FILE = Path(__file__).parent / "sensitive.yaml"
FIRM, ACCIDENT = "firms", "accident"
AT_ONCE, OVERLAP, MOST_CHARS = 600, 100, 24_000
"""Characters of a text that are read together, so that a lawful word at its beginning excuses nothing at its end; what
two such pieces share; and how much is read at all, more than a message holds."""
NOT_HERE = (
    "这件事不能在这里回答，已转给值班员看，请您谅解。\n"
    "要反映情况，打12345（政务热线）；安全生产方面的打12350。有人受伤、着火，先打120、119。"
)
_FIRM_NAME = re.compile(r"([\u4e00-\u9fff]{2,14}?)(?:公司|集团)")
_BLANK = re.compile(r"\s+")
_NAME_CHARS = 2


@dataclass(frozen=True, slots=True)
class Words:
    """sensitive.yaml, made ready."""

    patterns: Mapping[str, re.Pattern[str]]
    unless_lawful: Mapping[str, re.Pattern[str]]
    lawful: re.Pattern[str]
    process: re.Pattern[str]
    brand: re.Pattern[str]
    bad_firm: re.Pattern[str]
    kinds: re.Pattern[str]
    nobody: re.Pattern[str]


def kind_of(text: str) -> str:
    """Why a text is sensitive: officials, firms, accident, petition, press, politics; "" where it is not."""
    said = _fold(text)
    step = AT_ONCE - OVERLAP
    pieces = (said[at : at + AT_ONCE] for at in range(0, max(1, len(said) - OVERLAP), step))
    return next(filter(None, map(_kind, pieces)), "")


def _kind(said: str) -> str:
    words = _words()
    for name, pattern in words.patterns.items():
        if pattern.search(said) and not (name == ACCIDENT and words.process.search(said)):
            return name
    if _of_a_firm(said, words):
        return FIRM
    if not words.lawful.search(said):
        for name, pattern in words.unless_lawful.items():
            if pattern.search(said):
                return name
    return ""


def keep(text: str, message: Inbound, turn: Turn) -> Reply | None:
    """The fixed text for what is sensitive, which waits for the officer on duty; None for all else."""
    if not kind_of(text):
        return None
    record(text, Outcome(DECLINED), message, turn, queue=True, mark=SENSITIVE)
    return Text(NOT_HERE)


def _of_a_firm(said: str, words: Words) -> bool:
    """Something bad is said or asked of a firm by its name."""
    if not words.bad_firm.search(said):
        return False
    return bool(words.brand.search(said)) or any(_is_a_name(found[1], words) for found in _FIRM_NAME.finditer(said))


def _is_a_name(before: str, words: Words) -> bool:
    """What stands before 公司, from the last word that can be no part of a name on: 「听说宏达建筑」 → 宏达."""
    last = words.nobody.split(words.kinds.sub("", before))[-1]
    return len(last) >= _NAME_CHARS


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFKC", _BLANK.sub("", text)[:MOST_CHARS]).translate(simplified()).lower()
    return _BLANK.sub("", plain)[:MOST_CHARS]


@lru_cache(maxsize=1)
def _words() -> Words:
    raw: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    lists = {name: _any(words) for name, words in raw["lists"].items()}
    return Words(
        patterns=_compiled(raw["patterns"], lists),
        unless_lawful=_compiled(raw["unless_lawful"], lists),
        lawful=re.compile(_any(raw["lawful"])),
        process=re.compile(_any(raw["process"])),
        brand=re.compile(lists["brand"]),
        bad_firm=re.compile(lists["bad_firm"]),
        kinds=re.compile(_any(raw["firm_kinds"])),
        nobody=re.compile(_any(raw["firm_nobody"])),
    )


def _compiled(raw: Mapping[str, Sequence[str]], lists: Mapping[str, str]) -> dict[str, re.Pattern[str]]:
    return {name: re.compile("|".join(one.format(**lists) for one in patterns)) for name, patterns in raw.items()}


def _any(words: Sequence[str]) -> str:
    return f"(?:{'|'.join(words)})"
