"""Reads which law and article a message asks for: 「安全生产法第四十一条说什么」, 「安法41条」, 「那第四十二条呢」.

Only a message that asks for nothing but the text is taken. Every character has to be the law's name, the article, or a
word that frames such a question (``asked.yaml``); 「违反安全生产法第四十一条罚多少」 goes on to retrieval.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import yaml

from knowledge.laws.numerals import MOST, NUMERAL, ArticleNumber, chinese, value
from knowledge.text import normalise

FRAMES_FILE = Path(__file__).parent / "asked.yaml"
MOST_CHARS = 60
LONG = 5
"""Characters from which a number is no article of any law, but surely meant as one."""
_NUMBER = rf"[{NUMERAL}0-9]{{1,8}}"
_ARTICLE = re.compile(
    rf"第?(?P<number>{_NUMBER})(?:条款?|之(?P<inner>{_NUMBER})条)(?:之(?P<branch>{_NUMBER}))?"
    rf"(?:第?(?P<paragraph>{_NUMBER})款)?(?:第?(?P<item>{_NUMBER})项)?"
)
_YEAR = re.compile(r"(?P<year>20\d\d)年?(?:版本?|修正版?|修订版?|修改版?|新版|的)?")
_STEP = re.compile(r"(?P<way>[上下前后])(?:面)?[一1]?条")
_LIST = re.compile(rf"(?<=[{NUMERAL}0-9０-９])\s*[、,，/]\s*(?=[第{NUMERAL}0-9０-９])")
_OLD = re.compile("[旧老](?!师)")
_CLEAR = re.compile(rf"第{_NUMBER}条|[0-9]+条|^那(?!一条|条).+条")


@dataclass(frozen=True, slots=True)
class ArticleAsked:
    """``law``: its name, "" where only an article is said; ``part``: the part of a code, where that is said.
    ``paragraph`` and ``item``: 款 and 项, 0 for the whole. ``more``: further articles in the same breath. ``step``: 1
    or -1 for the article after or before the last one (``number`` is then meaningless). ``year`` (0 for none) and
    ``old`` ask for another version than the one in force."""

    law: str
    number: ArticleNumber
    paragraph: int = 0
    item: int = 0
    more: tuple[ArticleNumber, ...] = ()
    step: int = 0
    year: int = 0
    old: bool = False
    part: str = ""


def mentions_article(text: str) -> bool:
    """Whether a text may name an article at all; quick, for every message."""
    return "条" in text or "條" in text


def read(text: str, names: Mapping[str, str]) -> ArticleAsked | None:
    """What ``text`` asks for; None where it asks something else or more. ``names``: each way to say a law's name, as
    ``normalise`` leaves it, and the name."""
    plain = normalise(_LIST.sub("和", text[: MOST_CHARS * 2]))
    if not plain or len(plain) > MOST_CHARS:
        return None
    said = _longest_name(plain, names)
    rest = plain.replace(said, "|", 1) if said else plain
    if not said and not (_CLEAR.search(rest) or _STEP.search(rest)):
        return None
    asked, rest = _article(rest)
    if asked is None:
        return None
    year = _YEAR.search(rest)
    if year:
        rest = rest.replace(year.group(), "|", 1)
    if _frames().sub("", rest).replace("|", ""):
        return None
    return replace(
        asked,
        law=names[said] if said else "",
        part=said if said.endswith("编") else "",
        year=int(year["year"]) if year else 0,
        old=bool(_OLD.search(rest)),
    )


def named_law(text: str, names: Mapping[str, str]) -> str:
    """The law that a text names anywhere, by the longest of its names; "" for none."""
    said = _longest_name(normalise(text), names)
    return names[said] if said else ""


def _longest_name(plain: str, names: Mapping[str, str]) -> str:
    return max((name for name in names if name in plain), key=len, default="")


def _article(rest: str) -> tuple[ArticleAsked | None, str]:
    """The articles that ``rest`` names, and what is left of it."""
    step = _STEP.search(rest)
    if step:
        way = 1 if step["way"] in "下后" else -1
        return ArticleAsked("", ArticleNumber(1), step=way), rest.replace(step.group(), "|", 1)
    found: list[ArticleAsked] = []
    for match in _ARTICLE.finditer(rest):
        try:
            number = ArticleNumber(value(match["number"]), _value(match["inner"] or match["branch"]))
            found.append(ArticleAsked("", number, _value(match["paragraph"]), _value(match["item"])))
        except ValueError:
            if len(match["number"]) < LONG:
                continue
            found.append(ArticleAsked("", ArticleNumber(MOST)))
        rest = rest.replace(match.group(), "|" * len(match.group()), 1)
    if not found:
        return None, rest
    return replace(found[0], more=tuple(asked.number for asked in found[1:])), rest


def _value(written: str | None) -> int:
    return value(written) if written else 0


def said_article(asked: ArticleAsked) -> str:
    """第四十一条第二款（三）项 as it is cited."""
    text = str(asked.number)
    if asked.paragraph:
        text += f"第{chinese(asked.paragraph)}款"
    if asked.item:
        text += f"第（{chinese(asked.item)}）项"
    return text


@lru_cache(maxsize=1)
def _frames() -> re.Pattern[str]:
    raw = yaml.safe_load(FRAMES_FILE.read_text(encoding="utf-8"))
    words = sorted({normalise(word) for word in raw["frames"].split()}, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, words)))
