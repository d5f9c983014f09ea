"""Numbers of articles as law texts and people write them: 第一百三十四条之一, 134条, 第四一条."""

from __future__ import annotations

import re
from dataclasses import dataclass

NUMERAL = "零〇一二三四五六七八九十百千两"
MOST = 9999
_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_NAMES = "零一二三四五六七八九"


@dataclass(frozen=True, slots=True, order=True)
class ArticleNumber:
    """An article's number; ``branch`` is the second one of 第一百三十四条之一, else 0."""

    number: int
    branch: int = 0

    def __str__(self) -> str:
        """As it is cited: 第一百三十四条之一."""
        return f"第{chinese(self.number)}条" + (f"之{chinese(self.branch)}" if self.branch else "")


def value(written: str) -> int:
    """The number that Chinese numerals or digits of any width write. ValueError for what is no number up to 9999."""
    text = "".join(str(int(char)) if char.isdecimal() else char for char in written)
    if text.isdecimal():
        found = int(text) if len(text) <= len(str(MOST)) else 0
    elif text and all(char in _DIGITS for char in text):
        found = int("".join(str(_DIGITS[char]) for char in text[:5]))
    else:
        found = _with_units(text)
    if not 0 < found <= MOST:
        raise ValueError(f"no number of an article: {written[:20]}")
    return found


def _with_units(text: str) -> int:
    """一百三十四; also 百三四 and 一百三, where the last digit is of the next lower unit (130)."""
    total, digit, unit, zero = 0, -1, 10_000, False
    for char in text:
        if char in _UNITS:
            if _UNITS[char] >= unit:
                raise ValueError("units out of order")
            unit = _UNITS[char]
            total += (1 if digit < 0 else digit) * unit
            digit, zero = -1, False
        elif char in _DIGITS:
            if _DIGITS[char] == 0:
                zero = True
            elif digit >= 0:
                if unit != 100 or zero:
                    raise ValueError("two digits in a row")
                total, digit, unit = total + digit * 10, _DIGITS[char], 10
            else:
                digit = _DIGITS[char]
        else:
            raise ValueError("no numeral")
    if digit < 0:
        return total
    return total + digit * (unit // 10 if unit in {100, 1000} and not zero else 1)


def chinese(number: int) -> str:
    """一百三十四, 二百零五, 十九; as law texts write them."""
    if not 0 < number <= MOST:
        raise ValueError(f"no number of an article: {number}")
    said, gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        if digit == 0:
            gap = bool(said)
            continue
        said += ("零" if gap else "") + _NAMES[digit] + name
        gap = False
    return said[1:] if said.startswith("一十") else said


ORDINAL = rf"[{NUMERAL}0-9０-９]{{1,8}}"
ARTICLE = re.compile(rf"第\s*(?P<number>{ORDINAL})\s*条(?:\s*之\s*(?P<branch>{ORDINAL}))?")


def read_article(match: re.Match[str]) -> ArticleNumber:
    """The number in a match of ARTICLE or of an expression with the same groups. ValueError where it is none."""
    branch = match["branch"]
    return ArticleNumber(value(match["number"]), value(branch) if branch else 0)


RANGE = re.compile(rf"第\s*(?P<first>{ORDINAL})\s*条\s*[至到—~-]+\s*第\s*(?P<last>{ORDINAL})\s*条")
MOST_IN_RANGE = 50


def articles_in(text: str) -> list[ArticleNumber]:
    """All articles that a citation names: 第四十一条、第四十三条, and all of 第二十条至第二十二条, in order."""
    found = set()
    for match in ARTICLE.finditer(text):
        try:
            found.add(read_article(match))
        except ValueError:
            continue
    for match in RANGE.finditer(text):
        try:
            first, last = value(match["first"]), value(match["last"])
        except ValueError:
            continue
        if 0 < last - first <= MOST_IN_RANGE:
            found.update(ArticleNumber(number) for number in range(first, last))
    return sorted(found)
