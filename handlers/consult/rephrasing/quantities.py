"""The amounts in a text by value, unit and limit: 5万元 and 五万元 are one, 5% and 5‰ are two, 2米以上 is not 2米以下.

Text is taken as ``plain.plain`` leaves it. What is no amount (一样, 千万别) is not counted; articles are read apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

UNITS_FILE = Path(__file__).parent / "units.yaml"
_VALUES = ("零〇", "一", "二两", "三", "四", "五", "六", "七", "八", "九")
_DIGITS = {char: value for value, chars in enumerate(_VALUES) for char in chars}
_DIGITS |= {"幺": 1, "俩": 2, "仨": 3, "双": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8, "廿": 20, "卅": 30}
_HAN_ONE = "零〇一二三四五六七八九十百千万亿两廿卅幺"
_NUMBER = (
    r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[万亿]|[百千](?![瓦克米伏牛帕]))*"
    rf"|[{_HAN_ONE}]+(?:点[零〇一二三四五六七八九]+)?"
)
_CODE = re.compile(r"(?<!°)(?:[a-z][a-z0-9/\-]*\d[\da-z.\-/]*|[a-z]+-[a-z]+|[a-z]+)")
_DOTTED = re.compile(r"\d+(?:\.\d+){2,}|\d+·\d+")
_ARTICLE = re.compile(rf"第(?:{_NUMBER})条(?:之[一二三四五六七八九十]+)?(?:第(?:{_NUMBER})[款项])*")
_SHARE = re.compile(rf"(?P<whole>百|千|万|[{_HAN_ONE}]+|\d+)分之(?P<part>{_NUMBER})")
_HALF = re.compile(r"一半|半数|对半")
_JOIN = r"(?:到|至|-|~|—+|–|－)"
_NO_AMOUNT = frozenset("一十百千两")
_YEARS = range(1900, 2101)
_FOLLOWS = {
    ("calendar year", "calendar month"): "month of a year",
    ("month of a year", "calendar day"): "date",
    ("calendar month", "calendar day"): "day of a year",
}


@dataclass(frozen=True, slots=True, order=True)
class Quantity:
    """``low`` and ``high`` differ for a range. ``measure``: money, length, a counting word …; "" for a bare number.
    ``limit``: least (2米以上), most, over, under, about, each, earlier, later, beyond, or ""."""

    measure: str
    low: Fraction
    high: Fraction
    limit: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A quantity and where it stands, its limit not counted."""

    quantity: Quantity
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Units:
    sizes: dict[str, tuple[str, Fraction]]
    pattern: re.Pattern[str]
    half: re.Pattern[str]
    idioms: re.Pattern[str]
    before: re.Pattern[str]
    after: re.Pattern[str]
    limits: dict[str, str]
    ends: dict[str, str]


def amounts(text: str) -> list[Found]:
    """All amounts in order."""
    units = _units()
    text = _ARTICLE.sub(_blank, units.idioms.sub(_blank, text))
    text = _CODE.sub(lambda found: found.group() if found.group() in units.sizes else _blank(found), text)
    text = _DOTTED.sub(_blank, text)
    found = []
    for match in units.pattern.finditer(text):
        read = _read(match, text, units)
        if read is not None:
            found.append(read)
    return _dates(found)


def _dates(found: list[Found]) -> list[Found]:
    """Year, month and day that follow each other as one date."""
    joined: list[Found] = []
    for one in found:
        last = joined[-1] if joined else None
        step = (last.quantity.measure if last else "", one.quantity.measure)
        if last and last.last == one.first and step in _FOLLOWS:
            low, high = (last.quantity.low * 100 + day for day in (one.quantity.low, one.quantity.high))
            joined[-1] = Found(Quantity(_FOLLOWS[step], low, high, one.quantity.limit), last.first, one.last)
        else:
            joined.append(one)
    return joined


def articles(text: str) -> frozenset[str]:
    """第四十一条 and 第41条 alike, as 41; with 款 and 项 where they are said."""
    return frozenset(
        ".".join(str(number(said)) for said in re.findall(_NUMBER, match.group())) for match in _ARTICLE.finditer(text)
    )


def number(written: str) -> Fraction:
    """The value of digits, Chinese numerals or both: 10万, 一百零五, 一点五, 一二〇."""
    digits = re.match(r"[\d,]+(?:\.\d+)?", written)
    if digits:
        value = Fraction(digits.group().replace(",", ""))
        for unit in written[digits.end() :]:
            value *= _UNITS[unit]
        return value
    whole, _, decimals = written.partition("点")
    value = Fraction(_whole(whole))
    if decimals:
        value += Fraction(int("".join(str(_DIGITS[char]) for char in decimals)), 10 ** len(decimals))
    return value


def _whole(said: str) -> int:
    if all(char in _DIGITS for char in said):
        return int("".join(str(_DIGITS[char]) for char in said) or 0)
    total = section = digit = 0
    for char in said:
        if char in _DIGITS:
            digit = _DIGITS[char]
        elif _UNITS[char] >= 10**4:
            total = (total + section + digit or 1) * _UNITS[char]
            section = digit = 0
        else:
            unit = _UNITS[char]
            section += unit if char in "廿卅" else (digit or 1) * unit
            digit = 0
    return total + section + digit


def _read(match: re.Match[str], text: str, units: _Units) -> Found | None:
    if match["share"]:
        part, whole = number(match["part"]), number(match["whole"])
        quantity = Quantity("share", part / whole, part / whole)
    elif match["half"]:
        measure, size = units.sizes.get(match["halved"] or "", ("share", Fraction(1)))
        quantity = Quantity(measure, size / 2, size / 2)
    else:
        read = _range(match, text, units)
        if read is None:
            return None
        quantity = read
    return Found(_limited(quantity, match, text, units), match.start(), match.end())


def _range(match: re.Match[str], text: str, units: _Units) -> Quantity | None:
    high_said, high_unit = match["high"], match["unit"] or ""
    low_said, low_unit = match["low"] or high_said, match["low_unit"] or high_unit
    if not match["low"] and len(high_said) == 2 and all(char in _DIGITS for char in high_said) and high_unit:
        low_said, high_said = high_said[0], high_said[1]  # 三五个, 一两个
    if match["low"] and low_said[-1:].isdigit() and high_said[-1] in "万亿" and not match["low_unit"]:
        low_said += re.search("[万亿]+$", high_said).group()  # type: ignore[union-attr]
    if match["ordinal"]:
        return Quantity(f"第{high_unit}", number(low_said), number(high_said))
    if not high_unit and high_said in _NO_AMOUNT and not match["low"]:
        return None
    high = number(high_said) + (Fraction(1, 2) if match["and_half"] else 0)
    low = number(low_said) if low_said != high_said else high
    measure, size = _measure(high_unit, high_said, match, text, units)
    low_measure, low_size = _measure(low_unit, low_said, match, text, units)
    if low_measure != measure:
        return Quantity(f"{low_measure}:{measure}", low * low_size, high * size)
    return Quantity(measure, low * low_size, high * size)


def _measure(unit: str, said: str, match: re.Match[str], text: str, units: _Units) -> tuple[str, Fraction]:
    """What a unit measures, with days of the month and years of the calendar told from spans of time."""
    one = Fraction(1)
    if not unit:
        return ("money", one) if said[-1] in "万亿" else ("", one)
    if unit == "年" and number(said) in _YEARS:
        return "calendar year", one
    if unit in {"月", "月份"}:
        return "calendar month", one
    if unit in {"日", "号"} and re.search(r"月(?:\d+(?:日|号)?[到至\-~—、和])?$", text[: match.start()]):
        return "calendar day", one
    return units.sizes.get(unit, (unit, one))


def _limited(quantity: Quantity, match: re.Match[str], text: str, units: _Units) -> Quantity:
    after = units.after.match(text, match.end())
    before = units.before.search(text[max(0, match.start() - 9) : match.start()])
    limit = units.limits[before["limit"]] if before else units.ends[after["limit"]] if after else ""
    limit = limit or ("over" if match["more"] else "")
    return Quantity(quantity.measure, quantity.low, quantity.high, limit)


def _blank(match: re.Match[str]) -> str:
    return "□" * len(match.group())


def _any(words: list[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


@lru_cache(maxsize=1)
def _units() -> _Units:
    raw: dict[str, Any] = yaml.safe_load(UNITS_FILE.read_text(encoding="utf-8"))
    sizes = {
        unit: (measure, Fraction(str(size)))
        for measure, units in raw["measures"].items()
        for unit, size in units.items()
    }
    sizes |= {unit: ("thing", Fraction(1)) for unit in raw["things"]}
    sizes |= {unit: (unit, Fraction(1)) for unit in raw["counters"] if unit not in sizes}
    latin = [f"{unit}(?![a-z])" for unit in sizes if unit.isascii() and unit.isalnum()]
    others = _any([unit for unit in [*sizes, "月", "月份"] if not (unit.isascii() and unit.isalnum())])
    unit = f"(?:{'|'.join(sorted(latin, key=len, reverse=True))}|{others})"
    limits = {word: limit for limit, words in raw["before"].items() for word in words}
    ends = {word: limit for limit, words in raw["after"].items() for word in words}
    pattern = (
        rf"(?P<share>(?P<whole>百|千|万|[{_HAN_ONE}]+|\d+)分之(?P<part>{_NUMBER}))"
        rf"|(?P<half>一半|半数|对半|(?<![\d{_HAN_ONE}多月年])半(?P<halved>{unit}))"
        rf"|(?P<ordinal>第)?(?:(?P<low>{_NUMBER})(?P<low_unit>{unit})?{_JOIN})?(?P<high>{_NUMBER}|[俩仨双](?=人|方|手|脚))"
        rf"(?P<more>多|来)?(?P<unit>{unit})?(?P<and_half>半)?"
    )
    return _Units(
        sizes=sizes,
        pattern=re.compile(pattern),
        half=_HALF,
        idioms=re.compile(rf"{_any(raw['idioms'])}|一点(?![{_HAN_ONE}])|(?<!分)之一"),
        before=re.compile(rf"(?P<limit>{_any(list(limits))})[^,。;:!?、\d□{_HAN_ONE}]{{0,4}}$"),
        after=re.compile(rf"(?:\((?:含|不含)\))?(?:的)?[及或和]?(?P<limit>{_any(list(ends))})"),
        limits=limits,
        ends=ends,
    )
