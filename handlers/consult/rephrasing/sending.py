"""Which questions may go outside to be answered in their own words. Most others are answered just as well without."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import yaml

from bot.masking import mask
from handlers.consult.rephrasing.plain import plain
from handlers.consult.rephrasing.quantities import articles
from knowledge import hazards
from knowledge.schema import Entry
from knowledge.whereabouts import named

ORDERS_FILE = Path(__file__).parent / "orders.yaml"
LEAST_CHARS, MOST_CHARS, MOST_LETTERS = 4, 120, 8
FIRST_AID = "firstaid."
_MARKUP = re.compile(r"[{}<>\[\]`|\\$=#]|//|--|[:：]\s*[“\"「『]")
_LETTER = re.compile("[A-Za-z]")
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙朱胡林郭何罗郑梁谢宋唐许邓冯韩曹曾彭肖蔡潘董袁蒋杜苏魏程吕丁沈姚卢傅钟姜崔谭廖范汪陆戴贾韦邱侯邹熊孟秦"
    "薛尹段黎陶贺顾郝龚邵钱严符邢冼"
)
_NAMES = re.compile(
    "(?:有限|股份)公司|集团|建工|地产|置业|姓[\u4e00-\u9fff]的|(?:名叫|叫做)[\u4e00-\u9fff]{2,3}的"
    f"|[{_SURNAMES}](?:某某?|[\u4e00-\u9fff]{{0,2}}(?:经理|局长|厅长|科长|处长|主任|书记|市长|县长|老板|师傅|先生|女士|工长|总(?=[说让叫不在要])))"
)


def is_offered(entry: Entry) -> bool:
    """Whether an entry's answer may be put into other words at all: nothing about a danger that may be happening, and
    no first aid, where the order of the words is half of what they say."""
    return not entry.emergency and not entry.id.startswith(FIRST_AID)


def sendable(question: str) -> str:
    """The question as it may be sent, masked; "" where it must not be: it gives orders to a machine, tells of a hazard,
    asks for a law's text, or names a place, a firm or a person."""
    text = question.strip()
    if not LEAST_CHARS <= len(text) <= MOST_CHARS or "\n" in text:
        return ""
    masked, hidden = mask(text)
    if hidden or _MARKUP.search(text) or len(_LETTER.findall(text)) > MOST_LETTERS:
        return ""
    simple = plain(text)
    if _orders().search(simple) or _NAMES.search(simple) or articles(simple):
        return ""
    if named(simple) is not None or hazards.read(text).way is not hazards.Way.CONSULT:
        return ""
    return masked


@lru_cache(maxsize=1)
def _orders() -> re.Pattern[str]:
    raw = yaml.safe_load(ORDERS_FILE.read_text(encoding="utf-8"))
    return re.compile("|".join(raw["orders"]))
