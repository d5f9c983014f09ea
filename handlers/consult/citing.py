"""Sources and phone numbers as an answer on a phone says them: short, and still enough to find them by."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import groupby, islice

from knowledge.schema import Source

SOURCES_SHOWN = 2
# Names as people know them; the numbers are national ones, 96119 and 12350 as in the department's plan of 2021.
HOTLINES: Mapping[str, str] = {
    "119": "火警",
    "120": "急救",
    "110": "报警",
    "122": "交通事故",
    "12350": "安全生产举报",
    "12345": "政务热线",
    "12333": "劳动保障",
    "12348": "法律援助",
    "12309": "检察服务",
    "12356": "心理援助",
    "12315": "消费投诉",
    "12122": "高速救援",
    "96119": "火灾隐患举报",
    "96333": "电梯救援",
    "95598": "供电抢修",
}
_STANDARD = re.compile(r"(?:GB|JGJ|CJJ|JG|DB|AQ|TSG)(?:\s?/\s?T)?\s?\d+(?:-\d{4})?")
# In this order they are cited: laws, regulations, then what offices and standards say.
_RANKS = (re.compile(r"(?:法|法典|宪法|编)$"), re.compile(r"条例$"), re.compile(r"(?:规定|办法|细则|决定|令)$"))
_BRACKETS = re.compile(r"（[^（）]*）$")


def sources_line(sources: Iterable[Source], most: int = SOURCES_SHOWN) -> str:
    """The first ``most`` documents, laws before regulations before standards, articles of one document together:
    《安全生产法》第四十五条（2021-09-01起）; where only the version is known, （2018-12-29版）."""
    grouped = groupby(sources, key=lambda source: (source.title, source.in_force_from, source.version))
    first = list(islice(((key, [source.article for source in held]) for key, held in grouped), most))
    ordered = sorted(first, key=lambda one: _rank(one[0][0]))
    return f"依据：{'；'.join(_cite(title, articles, since, version) for (title, since, version), articles in ordered)}"


def phones_line(numbers: Iterable[str]) -> str:
    """电话：安全生产举报12350、政务热线12345."""
    return f"电话：{'、'.join(HOTLINES.get(number, '') + number for number in numbers)}"


def short_title(title: str) -> str:
    """A standard by its number, anything else by its name without what stands in brackets after it."""
    standard = _STANDARD.search(title)
    return standard.group() if standard else f"《{_BRACKETS.sub('', title).strip()}》"


def _rank(title: str) -> int:
    if _STANDARD.search(title):
        return len(_RANKS)
    name = _BRACKETS.sub("", title).strip()
    return next((rank for rank, pattern in enumerate(_RANKS) if pattern.search(name)), len(_RANKS) + 1)


def _cite(title: str, articles: Iterable[str], since: date | None, version: date | None) -> str:
    joined = "、".join(article for article in articles if article)
    named = short_title(title)
    if joined[:1].isdigit():
        named += "第" if joined[-1:] == "条" else " "
    dated = f"（{since}起）" if since else f"（{version}版）" if version else ""
    return f"{named}{joined}{dated}"
