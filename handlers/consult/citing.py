"""Sources and phone numbers as an answer on a phone says them: short, and still enough to find them by."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
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
_BRACKETS = re.compile(r"（[^（）]*）$")


def sources_line(sources: Iterable[Source], most: int = SOURCES_SHOWN) -> str:
    """The first ``most`` documents, articles of one document together: 《安全生产法》第四十五条（2021-09-01起）."""
    grouped = groupby(sources, key=lambda source: (source.title, source.in_force_from))
    cited = [_cite(title, [source.article for source in held], since) for (title, since), held in grouped]
    return f"依据：{'；'.join(islice(cited, most))}"


def phones_line(numbers: Iterable[str]) -> str:
    """电话：安全生产举报12350、政务热线12345."""
    return f"电话：{'、'.join(HOTLINES.get(number, '') + number for number in numbers)}"


def short_title(title: str) -> str:
    """A standard by its number, anything else by its name without what stands in brackets after it."""
    standard = _STANDARD.search(title)
    return standard.group() if standard else f"《{_BRACKETS.sub('', title).strip()}》"


def _cite(title: str, articles: Iterable[str], since: object) -> str:
    joined = "、".join(article for article in articles if article)
    named = short_title(title)
    if joined[:1].isdigit():
        named += "第" if joined[-1:] == "条" else " "
    return f"{named}{joined}" + (f"（{since}起）" if since else "")
