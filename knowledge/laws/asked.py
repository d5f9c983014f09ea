"""Reads which law and article a message asks for: 「安全生产法第四十一条说什么」, 「安法41条」, 「那第四十二条呢」.

Only a message that asks for nothing but the text is taken. Every character has to be the law's name, the article, or a
word that frames such a question (``asked.yaml``); 「违反安全生产法第四十一条罚多少」 goes on to retrieval.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

import yaml

from knowledge.laws.numerals import MOST, NUMERAL, ArticleNumber, chinese, value
from knowledge.text import normalise

FRAMES_FILE = Path(__file__).parent / "asked.yaml"
MOST_CHARS = 60
LEANING_CHARS = 12
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
_CLEAR = re.compile(rf"第{_NUMBER}条|[0-9]+条|^那(?!一条|条).+条|^[{NUMERAL}]{{2,8}}条")
_MAY = re.compile(rf"[条條章]|全文|原文|正文|[法例定令办]第?[{NUMERAL}0-9０-９]")
# After a law's name 条 may be left out (「安法56」); after an article that was shown, in a few shapes (「那五十六呢」).
_BARE = re.compile(rf"第?(?P<number>[0-9]{{1,3}}|[{NUMERAL}]{{1,5}})(?![0-9年版条])")
_LEANS = re.compile(
    rf"^(?:(?:那么?|再看|换)第?(?P<number>{_NUMBER})|第?(?P<before>{_NUMBER})(?=[呢咧嘞])|(?P<alone>[0-9]{{2}}|[{NUMERAL}]{{2,5}})$)"
)
_GENERIC = re.compile(
    rf"^(?:这个|这部|那个|那部|该|本)?(?P<kind>条例|规定|办法|规范|标准|规程|细则|法)(?=第|[0-9]|[{NUMERAL}]{{2,}}条)"
)
_WHEN = re.compile(
    r"(?P<year>20\d\d)年(?:(?P<month>\d{1,2})月)?(?:(?P<day>\d{1,2})[日号])?"
    r"(?:(?P<before>以前|之前|前)|的?时候?|那会儿?|那时候?|当时|发生的?|出的事?)的?"
)
_WHOLE = re.compile(rf"全文|原文|正文|第?{_NUMBER}章")
_UNKNOWN = re.compile(rf"^(?P<law>[\u4e00-\u9fff]{{2,24}}?(?:法|条例|规定|办法|规范|规程|细则|标准))第?{_NUMBER}条")
MIDDLE = (6, 30)
"""The day meant by a year alone, where no version begins or ends: its middle."""


@dataclass(frozen=True, slots=True)
class ArticleAsked:
    """``law``: its name, "" where only an article is said; ``part``: the part of a code, where that is said.
    ``paragraph`` and ``item``: 款 and 项, 0 for the whole. ``more``: further articles in the same breath. ``step``: 1
    or -1 for the article after or before the last one, ``same`` the last one itself (``number`` is then meaningless).
    ``year`` (0 for none) and ``old`` ask for another version than the one in force, ``on`` for the one of a day.
    ``kind``: 条例 where no more than that is said of the law."""

    law: str
    number: ArticleNumber
    paragraph: int = 0
    item: int = 0
    more: tuple[ArticleNumber, ...] = ()
    step: int = 0
    year: int = 0
    old: bool = False
    part: str = ""
    same: bool = False
    on: date | None = None
    kind: str = ""


def mentions_article(text: str) -> bool:
    """Whether a text may name an article at all; quick, for every message."""
    return bool(_MAY.search(text))


def may_lean(text: str) -> bool:
    """Whether a text is short enough to lean on an article shown before."""
    return len(text.strip()) <= LEANING_CHARS


def read(text: str, names: Mapping[str, str], *, leaning: bool = False) -> ArticleAsked | None:
    """What ``text`` asks for; None where it asks something else or more. ``names``: each way to say a law's name, as
    ``normalise`` leaves it, and the name. ``leaning``: an article was shown just before, so that 「那五十六呢」 and
    「2014版」 mean something."""
    plain = normalise(_LIST.sub("和", text[: MOST_CHARS * 2]))
    if not plain or len(plain) > MOST_CHARS:
        return None
    said = _longest_name(plain, names)
    rest = plain.replace(said, "|", 1) if said else plain
    kind = None if said else _GENERIC.match(rest)
    if kind:
        rest = rest[kind.end() :]
    if not said and not (_CLEAR.search(rest) or _STEP.search(rest) or (leaning and may_lean(plain))):
        return None
    day, rest = _day(rest)
    asked, rest = _article(rest, named=bool(said))
    year = _YEAR.search(rest)
    if year:
        rest = rest.replace(year.group(), "|", 1)
    if asked is None and leaning and not said:
        asked, rest = _leaning(rest, bool(year) or day is not None)
    if asked is None or _frames().sub("", rest).replace("|", ""):
        return None
    return replace(
        asked,
        law=names[said] if said else "",
        part=said if said.endswith("编") else "",
        year=int(year["year"]) if year else 0,
        old=bool(_OLD.search(rest)),
        on=day,
        kind=kind["kind"] if kind else "",
    )


def read_whole(text: str, names: Mapping[str, str]) -> str:
    """The law whose whole text, or a chapter of it, is asked for (「安全生产法全文」); "" for all else."""
    plain = normalise(text[: MOST_CHARS * 2])
    said = _longest_name(plain, names)
    if not said or len(plain) > MOST_CHARS or not _WHOLE.search(plain):
        return ""
    rest = _WHOLE.sub("|", plain.replace(said, "|", 1))
    return "" if _frames().sub("", rest).replace("|", "") else names[said]


def unknown_law(text: str) -> str:
    """The name of a law, by its form, of which an article is asked for and nothing else; "" for all else. For texts in
    which no known law was read."""
    plain = normalise(text[: MOST_CHARS * 2])
    match = _UNKNOWN.match(plain)
    if match is None or len(plain) > MOST_CHARS or _frames().sub("", plain[match.end() :]):
        return ""
    first = _first_frames().match(match["law"])
    return match["law"][first.end() :] if first else match["law"]


def _day(rest: str) -> tuple[date | None, str]:
    """The day for which the law is asked (2021年之前, 2019年5月的时候), and what is left."""
    when = _WHEN.search(rest)
    if when is None:
        return None, rest
    year, month, day = int(when["year"]), int(when["month"] or 0), int(when["day"] or 0)
    try:
        if when["before"]:
            found = date(year, month or 1, day or 1) - timedelta(days=1)
        else:
            found = date(year, month or MIDDLE[0], day or (15 if month else MIDDLE[1]))
    except ValueError:
        return None, rest
    return found, rest.replace(when.group(), "|", 1)


def _leaning(rest: str, version: bool) -> tuple[ArticleAsked | None, str]:
    """「那五十六呢」 after an article, or with ``version`` the same one in another version."""
    match = _LEANS.match(rest)
    if match:
        try:
            number = value(match["number"] or match["before"] or match["alone"])
        except ValueError:
            return None, rest
        return ArticleAsked("", ArticleNumber(number)), rest[match.end() :]
    if version or ("版" in rest and _OLD.search(rest)):
        return ArticleAsked("", ArticleNumber(1), same=True), rest
    return None, rest


def named_law(text: str, names: Mapping[str, str]) -> str:
    """The law that a text names anywhere, by the longest of its names; "" for none."""
    said = _longest_name(normalise(text), names)
    return names[said] if said else ""


def _longest_name(plain: str, names: Mapping[str, str]) -> str:
    return max((name for name in names if name in plain), key=len, default="")


def _article(rest: str, *, named: bool) -> tuple[ArticleAsked | None, str]:
    """The articles that ``rest`` names, and what is left of it. ``named``: so is the law, so 条 may be left out."""
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
    if not found and named and (bare := _BARE.search(rest)):
        try:
            return ArticleAsked("", ArticleNumber(value(bare["number"]))), rest.replace(bare.group(), "|", 1)
        except ValueError:
            return None, rest
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
def _first_frames() -> re.Pattern[str]:
    return re.compile(rf"(?:{_frames().pattern})+")


@lru_cache(maxsize=1)
def _frames() -> re.Pattern[str]:
    raw = yaml.safe_load(FRAMES_FILE.read_text(encoding="utf-8"))
    words = sorted({normalise(word) for word in raw["frames"].split()}, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, words)))
