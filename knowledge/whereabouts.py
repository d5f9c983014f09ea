"""Where it is, read from what people write: their own words for the officers, and a short name that two reports of one
place share. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from knowledge.text import normalise, simplified

NAMES_FILE = Path(__file__).parent / "whereabouts.yaml"
WORDS_CHARS = 60
READ_CHARS = 600
_BLOCK = (
    "小区|花园|家园|公寓|大厦|广场|农场|林场|水库|码头|学校|小学|中学|大学|医院|学院|幼儿园|工业园|产业园|科技园|开发区|高新区|"
    "工业区|新城|新区|酒店|宾馆|机场|高铁站|火车站|汽车站|车站|加油站|收费站|变电站|派出所|项目部|项目|工地|标段|市场|超市|商场|"
    "公园|景区|社区|度假村|安置房|售楼部|体育馆|隧道|立交|大桥|半岛|[^家屋]厂"
)
_SMALL = "[城苑府庭园郡轩墅湾港岛](?![里市镇乡路街大高])"
_ROAD = "大道|高速|国道|省道|[东南西北中一二三四五六七八九十0-9]路|路|街|巷"
_TOWN = "村|镇|乡"
_STOP = (
    "我你您他她它这那了的被塌埋着掉在是们快来救命里漏困倒摔栽垮淹没就说请从去把吗呢啊现刚才正别哪某每各整全"
    "都还很对隔该咱俺送叫到火烧爆条往号栋幢"
)
_EDGE = r"\s，。、；：！？,.;:!?~…\d"
_NOT_NAMES = re.compile(
    "^(?:走|马|公|铁|高速|水|道|线|电|管|思|出|回|十字|半|短|断|迷|带|让|堵|修|一|大|逛|上|下|有人|人|农|山|渔|小)$"
)
_SIGN = f"[^{_STOP}{_EDGE}]"
_NAMED = re.compile(
    f"({_SIGN}{{1,10}}?)(?:((?:{_BLOCK})+)|(?<={_SIGN}{_SIGN})(?:({_SMALL}(?:{_BLOCK})*)|({_ROAD})|({_TOWN})))"
)
_HOUSE = re.compile(
    r"\d+(?:号楼|号院|号(?!线)|栋|幢|座|单元|楼|层|室|弄|标段?|#|公里|米处)|[A-Za-z]\d?(?:座|栋|区)|[Kk]\d+"
    r"|[一二三四五六七八九十]+(?:号楼|号(?!线)|栋|幢|单元|标段?|期|楼|层)|(?<=[栋幢座元楼])-?\d{3,4}"
)
_HIGHWAY = re.compile(r"(?<![A-Za-z\d])[GgSs]\d{1,3}(?:[^，。]{0,6}?[Kk]\d+)?")
_LANDMARK = re.compile(
    f"([^{_STOP}{_EDGE}]{{2,12}}?)(?:附近|旁边|隔壁|斜?对面|后面|前面|门口|路口|楼下|边上|后门|前门|交叉口|十字路口)"
)
_KIND_ONLY = (
    "工地|工棚|板房|宿舍|家|学校|医院|路|马路|公司|厂|单位|小区|村|镇|县城|城|市|楼|屋|房间|地下室|超市|菜市场|市场|商场|酒店|"
    "河|海|山|店|饭店|办公室|车间|仓库|项目部?|公园|广场|大门|学校大门|工地大门"
)
_KIND = re.compile(f"^(?:{_KIND_ONLY}|十字|丁字|三岔)(?:大?门)?$")
_PROPER = re.compile(
    "(?:大道|[东南西北中一二三四五六七八九十0-9]路|.路|.街|花园|家园|公寓|大厦|广场|农场|水库|大学|[^我这那]小区|度假村|新城|半岛)$"
)
_SOMEWHERE = re.compile(
    "^(?:(?:我们?|人|他|就|现|现在|都|还|正)*在?)(?:我们?|自己|老板|一个|那个|这个|的|小|大)*"
    f"(?:{_KIND_ONLY})[里上下边内头面外口门]*[这那边里儿]*[啊呢呀哦了]*$"
)
_ALONE = (
    "^(?:我们?|人|他|就|现在|这边|这里|地点|位置|是|在|于)*({})"
    "(?:这边|那边|这里|镇上|县城|市里|城里|附近|[市县区镇乡啊呀哦的这那])*$"
)
_QUESTION = re.compile(
    "[?？]|吗|[呢么嘛]$|要不要|怎么|怎样|咋|什么|啥|多少|几[个人天分点]|能不能|可不可以|会不会|是不是|有没有|管不管|谁|凭什么|"
    "哪(?!大)|行不行|来不来|死人了|气死"
)
_UNKNOWN = re.compile("[不没](?:太)?(?:知道|清楚|晓得|认识|认得|懂|记得|熟)|[说搞弄]不清|不识|迷路|找不到")
_CLAUSE = re.compile(r"[，。；！？,;!?\n]|(?<=[\u4e00-\u9fff]{2})\s+(?=[\u4e00-\u9fff]{2})")


@dataclass(frozen=True, slots=True)
class Place:
    """A place that someone named. ``words``: their own, as they came. ``key``: what reports of the
    same place share, as fine as was said ("" for a town's or city's name alone, which joins nothing). ``city``: "" when
    none was said."""

    words: str
    key: str = ""
    city: str = ""


@dataclass(frozen=True, slots=True)
class _Names:
    city: re.Pattern[str]
    alone: re.Pattern[str]
    home: dict[str, str]


@lru_cache(maxsize=1)
def load_names() -> _Names:
    """The names of ``whereabouts.yaml``, compiled."""
    raw = yaml.safe_load(NAMES_FILE.read_text(encoding="utf-8"))
    home = {city: city for city in raw["cities"]}
    home |= {name: city for city, names in raw["districts"].items() for name in names.split()}
    towns = {town: city for city, names in raw["cities"].items() for town in names.split()}
    on = f"(?!(?:[东南西北中一二三四五六七八九十]?(?:{_ROAD}|{_BLOCK})))"
    guarded = [f"{name}(?!{raw['guard'][name]})" if name in raw["guard"] else name for name in _longest(home)]
    firm = f"(?:{'|'.join(guarded)}){on}[市县区]?"
    town = "|".join(_longest(towns))
    city = re.compile(f"{firm}(?:(?:{town}){on}[镇乡]?)?|(?:{town})[镇乡]")
    alone = re.compile(_ALONE.format("|".join(_longest({**home, **towns}))))
    return _Names(city, alone, {**towns, **home})


def _longest(names: Iterable[str]) -> list[str]:
    """Longer names first, so that an expression never stops at the beginning of one."""
    return sorted(names, key=len, reverse=True)


def stated(text: str, hint: str = "") -> Place | None:
    """The place that a report names; ``hint`` is what the emergency reading made out. None where nobody could go."""
    plain = text[:READ_CHARS].translate(simplified())
    found = _tokens(plain)
    sure = any(token.sure for token in found)
    if not sure and not (hint and hint in plain):
        return None
    spans = [(token.first, token.last) for token in found]
    if hint and hint in plain:
        spans.append((plain.index(hint), plain.index(hint) + len(hint)))
    return _place(text, plain, found, spans, hint)


def answered(text: str) -> Place | None:
    """The place in the reply to 「在哪里」; None for a question, a feeling, 「不知道」 or 「在工地」."""
    plain = text.strip()[:READ_CHARS].translate(simplified())
    if len(plain) < 2:
        return None
    found = _tokens(plain)
    if not found:
        alone = load_names().alone.match(plain)
        if alone is None:
            return None
        name, home = alone.group(1), load_names().home
        return Place(text.strip(), f"0:{normalise(name)}", home[name])
    named = any(token.key or token.city for token in found)
    if not named or _QUESTION.search(plain) or (_UNKNOWN.search(plain) and not any(token.sure for token in found)):
        return None
    if len(plain) <= WORDS_CHARS:
        return _place(text.strip(), plain, found, [(0, len(plain))])
    return _place(text.strip(), plain, found, [(token.first, token.last) for token in found])


def named(text: str) -> Place | None:
    """The place that any text names for sure: a city or town of Hainan, a road, an estate or a house by its name. None
    for 「我们工地」, 「基坑边上」, 「毛坯房工地」."""
    plain = text[:READ_CHARS].translate(simplified())
    cities = list(_cities(plain))
    others = list(_named(_without(plain, cities)))
    proper = [token for token in others if _PROPER.search(plain[token.first : token.last])]
    found = sorted([*cities, *(others if cities else proper)], key=lambda token: token.first)
    return _place(text, plain, found, [(token.first, token.last) for token in found]) if found else None


def vague(text: str) -> bool:
    """Whether it names what kind of place it is, or a storey, but not which: 「在工地」, 「三楼」."""
    plain = text.strip()[:READ_CHARS].translate(simplified())
    if _QUESTION.search(plain) or _UNKNOWN.search(plain):
        return False
    found = _tokens(plain)
    return bool(_SOMEWHERE.match(plain)) or (bool(found) and not any(token.key or token.city for token in found))


def pinned(label: str, latitude: float | None, longitude: float | None) -> Place:
    """The place of a sent position: its label, else its numbers; without a label, positions 100 m apart are one."""
    if label:
        found = _tokens(label[:READ_CHARS].translate(simplified()))
        return Place(label, _key(found) or normalise(label), _city(found))
    if latitude is None or longitude is None:
        return Place("发来的位置")
    return Place(f"北纬{latitude:.5f}，东经{longitude:.5f}", f"pin{latitude:.3f},{longitude:.3f}")


def same(one: Place, other: Place) -> bool:
    """Whether two namings are of one place for sure: equal names, and not in two cities."""
    return bool(one.key) and one.key == other.key and not apart_cities(one, other)


def apart(one: Place, other: Place) -> bool:
    """Whether two namings cannot be one place; a road and a house on it can."""
    if apart_cities(one, other):
        return True
    if not one.key or not other.key:
        return False
    (rank, _, name), (other_rank, _, other_name) = one.key.partition(":"), other.key.partition(":")
    return rank == other_rank and name not in other_name and other_name not in name


def apart_cities(one: Place, other: Place) -> bool:
    return bool(one.city and other.city) and one.city != other.city


@dataclass(frozen=True, slots=True)
class _Token:
    """A piece of a place: a ``city``, a name with its ``key`` (finer with a higher ``rank``), or a house number."""

    first: int
    last: int
    key: str = ""
    rank: int = 0
    city: str = ""
    sure: bool = False


def _tokens(plain: str) -> list[_Token]:
    found = list(_cities(plain))
    rest = _without(plain, found)
    named = list(_named(rest))
    if not named:
        named = [
            _Token(match.start(), match.end(), normalise(match.group()), 1)
            for match in _LANDMARK.finditer(rest)
            if not _KIND.match(match.group(1))
        ]
    named += [_Token(match.start(), match.end(), normalise(match.group()), 2) for match in _HIGHWAY.finditer(rest)]
    houses = [_Token(match.start(), match.end(), "", 0) for match in _HOUSE.finditer(rest)]
    return sorted([*found, *named, *houses], key=lambda token: token.first)


def _without(plain: str, found: list[_Token]) -> str:
    """The text with what was found taken out, as long as before."""
    hidden = list(plain)
    for token in found:
        hidden[token.first : token.last] = "，" * (token.last - token.first)
    return "".join(hidden)


def _cities(plain: str) -> Iterator[_Token]:
    names = load_names()
    for match in names.city.finditer(plain):
        said = match.group()
        bare = said.rstrip("市县区镇乡")
        city = next((home for name, home in names.home.items() if bare.startswith(name)), "")
        town = said.endswith(("镇", "乡")) or not names.home.get(bare)
        yield _Token(match.start(), match.end(), normalise(bare.removeprefix(city)) if town else "", 0, city, True)


def _named(rest: str) -> Iterator[_Token]:
    for match in _NAMED.finditer(rest):
        name, large, small, road, _town = match.groups()
        block = large or small
        if _NOT_NAMES.match(name) or _KIND.match(match.group()):
            continue
        number = re.match(r"\d+(?:号楼|栋|幢|座)|[A-Za-z]座" if block else r"\d+号?", rest[match.end() :])
        key = normalise(match.group() + (number.group() if number else ""))
        yield _Token(match.start(), match.end(), key, 3 if block else 2 if road else 1, "", bool(number))


def _key(found: list[_Token]) -> str:
    """The finest name: an estate or a site before a road, a road before a village or town."""
    best = max((token for token in found if token.key), key=lambda token: (token.rank, token.sure), default=None)
    return f"{best.rank}:{best.key}" if best else ""


def _city(found: list[_Token]) -> str:
    return next((token.city for token in found if token.city), "")


def _place(text: str, plain: str, found: list[_Token], spans: list[tuple[int, int]], hint: str = "") -> Place:
    first, last = min(span[0] for span in spans), max(span[1] for span in spans)
    begin = max((stop.end() for stop in _CLAUSE.finditer(plain) if stop.end() <= first), default=0)
    end = min((stop.start() for stop in _CLAUSE.finditer(plain) if stop.start() >= last), default=len(plain))
    if end - begin > WORDS_CHARS:
        begin = first
    words = text[begin:end].strip()
    city = _city(found)
    key = _key(found) or ("" if not hint or city else normalise(hint))
    return Place(words, key, city)
