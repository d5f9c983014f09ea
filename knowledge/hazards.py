"""Tells a hazard told as a statement from a question: a worker who sees one writes 「架子没有护栏」, never 「举报」.

Pure: no database, no channel. Whether anyone is in danger this minute is read elsewhere, and before. A wrong stop costs
somebody an answer, so whatever asks something, or is about rules, lessons, news or the past, is left to consultation.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from pathlib import Path

import yaml

from knowledge.text import simplified
from knowledge.whereabouts import Place, named

WORDS_FILE = Path(__file__).parent / "hazards.yaml"
LEAST_CHARS, MOST_CHARS, READ_CHARS = 5, 400, 300
REACH = 8
KEYWORD_CHARS = 6
SENTENCE_CHARS, SURE_CHARS = 9, 30
# A few words that only name what is wrong (「塔吊基础下沉」) may be looked up as well as told; fewer are a keyword.
SHORT_CHARS = 6
_BLANKS = re.compile(r"\s+")
_SENTENCE = re.compile(r"[^。！？!?；;\n]+[。！？!?；;]*")
_WIDE = str.maketrans(",;!:()", "，；！：（）")  # NFKC makes them narrow; the lists stop at the wide ones


class Way(Enum):
    """What to do with a message."""

    CONSULT = "consult"
    ASK = "ask"
    TIP = "tip"


class Peril(Enum):
    """What may kill the next minute: people come out before anything is reported."""

    COLLAPSE = "collapse"
    GAS = "gas"


@dataclass(frozen=True, slots=True)
class Told:
    """What a message tells. ``place``: the one it names, where it does. ``home``: it is about a home or a street, no
    site. ``sure``: nothing in it hints at a question; where something does, a known answer is given besides.
    ``peril``: what first needs a word of its own."""

    way: Way
    place: Place | None = None
    home: bool = False
    sure: bool = False
    peril: Peril | None = None


CONSULTED = Told(Way.CONSULT)


@dataclass(frozen=True, slots=True)
class _Words:
    """The lists of ``hazards.yaml``; ``lack`` is a lack of one of the things, ``background`` all that makes a text no
    statement of something that is there now."""

    things: re.Pattern[str]
    acts: re.Pattern[str]
    defects: re.Pattern[str]
    lack: re.Pattern[str]
    own: re.Pattern[str]
    state: re.Pattern[str]
    pleas: re.Pattern[str]
    questions: re.Pattern[str]
    background: re.Pattern[str]
    report: re.Pattern[str]
    site: re.Pattern[str]
    common: re.Pattern[str]
    homes: re.Pattern[str]
    dwelling: re.Pattern[str]
    neighbours: re.Pattern[str]
    dilemma: re.Pattern[str]
    collapse: re.Pattern[str]
    gas: re.Pattern[str]
    same: re.Pattern[str]


@lru_cache(maxsize=1)
def load_words() -> _Words:
    """Compiled; read once a process."""
    raw = {name: "|".join(lines) for name, lines in yaml.safe_load(WORDS_FILE.read_text(encoding="utf-8")).items()}
    things, lacks = raw["things"], raw.pop("lacks")
    raw["lack"] = (
        f"(?:{lacks})[^，。]{{0,{REACH}}}(?:{things})|(?:{things})[^，。]{{0,{REACH}}}(?:{lacks})(?:了|$|[，。]|有)"
    )
    raw["background"] = "|".join(raw.pop(name) for name in ("rules", "past", "drill", "news", "labour", "harm"))
    return _Words(**{name: re.compile(words) for name, words in raw.items()})


def read(text: str) -> Told:
    """What to do with a message. ``ask``: it may be a hazard somewhere now; ``tip``: it is, and says where, or that it
    is a report; ``consult``: anything else."""
    if len(text) > MOST_CHARS or _keywords(text):
        return CONSULTED
    plain = _plain(text)
    words = load_words()
    if len(plain) < LEAST_CHARS or words.background.search(plain) or _asks(plain, words):
        return CONSULTED
    site = bool(words.site.search(plain))
    described = _describes(plain, words)
    if not described and not (site and len(plain) >= SENTENCE_CHARS and words.state.search(plain)):
        return CONSULTED
    if words.dwelling.search(plain) and not words.neighbours.search(plain):
        return CONSULTED
    place = named(text)
    home = not site and bool(words.homes.search(plain))
    dilemma = bool(words.dilemma.search(plain))
    if (place is not None and not dilemma) or (described and words.report.search(plain)):
        return Told(Way.TIP, place, home, True, _peril(plain, words))
    if not (site or words.common.search(plain)):
        return CONSULTED
    stated = len(plain) >= SENTENCE_CHARS or bool(words.own.search(plain))
    if not stated and len(plain) < SHORT_CHARS:
        return CONSULTED
    sure = stated and described and len(plain) <= SURE_CHARS and not dilemma
    return Told(Way.ASK, place, home, sure, _peril(plain, words))


def continues(before: str, text: str) -> bool:
    """Whether a second hazard is plainly more of the first: it says so (「还有」, 「那里」) or names the same thing."""
    words, plain = load_words(), _plain(text)
    if words.same.search(plain):
        return True
    return bool(_things(plain, words) & _things(_plain(before), words))


def _things(plain: str, words: _Words) -> set[str]:
    """What it names; scaffolds by any of their names are one thing."""
    return {"架" if "架" in thing else thing for thing in words.things.findall(plain)}


def _peril(plain: str, words: _Words) -> Peril | None:
    if words.gas.search(plain):
        return Peril.GAS
    return Peril.COLLAPSE if words.collapse.search(plain) else None


def sentences(text: str) -> list[str]:
    """The sentences of a text with their signs; one may tell of a hazard where another asks."""
    return [found.strip() for found in _SENTENCE.findall(text)]


def _keywords(text: str) -> bool:
    """Whether it is a few words with blanks between them, as people type into a search box."""
    pieces = text.split()
    return len(pieces) > 2 and all(len(piece) <= KEYWORD_CHARS for piece in pieces)


def _plain(text: str) -> str:
    """Simplified, without blanks, with the wide signs of Chinese."""
    folded = unicodedata.normalize("NFKC", text).translate(simplified())
    return _BLANKS.sub("", folded).translate(_WIDE)[:READ_CHARS]


def _describes(plain: str, words: _Words) -> bool:
    """Whether a thing is said to be wrong, or somebody to do something dangerous."""
    if words.acts.search(plain) or words.lack.search(plain):
        return True
    return bool(words.defects.search(plain) and words.things.search(plain))


def _asks(plain: str, words: _Words) -> bool:
    """Whether anything is asked, a plea to come and look aside."""
    return bool(words.questions.search(words.pleas.sub("", plain)))
