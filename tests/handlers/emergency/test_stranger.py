"""What a stranger found read wrongly or answered with the wrong first step, in the words of others.

`stranger.yaml` and the files numbered after it were committed before they were read. First run, of which with the right words too:

             pages           is asked     numbers alone   left alone
    first    50 (11) of 76    1 of 14      6 of 25          6 of 29
    second   42 (38) of 49    6 of 7      11 of 13         18 of 18
    third    27 (27) of 28    4 of 4       7 of 8          37 of 40

Each was read after the one before had been mended by classes and sorts; all are asserted in full today.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from handlers.emergency.lexicon import load_lexicon
from handlers.emergency.signals import read
from knowledge.emergency import load_wording

HERE = Path(__file__).parent
SETS: list[dict[str, Any]] = [
    yaml.safe_load(file.read_text(encoding="utf-8")) for file in sorted(HERE.glob("stranger*.yaml"))
]
CASES = [
    (way, kind, text)
    for one in SETS
    for way in ("page", "ask", "numbers")
    for kind, texts in one[way].items()
    for text in texts
]
QUIET = [text for one in SETS for text in one["quiet"]]
PRESS = "按胸口"
CONDITION = "没呼吸"


@pytest.mark.parametrize(("way", "kind", "text"), CASES)
def test_the_way_and_the_words_are_right(way: str, kind: str, text: str) -> None:
    signal = read(text)
    assert signal is not None and signal.show
    assert signal.kind == kind
    assert getattr(signal, {"numbers": "answer"}.get(way, way))


@pytest.mark.parametrize("text", QUIET)
def test_law_the_past_drills_and_figures_of_speech_get_no_numbers(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    ("text", "must", "never"),
    [
        ("我叔喝了百草枯", ("120", "别催吐"), ()),
        ("两口子睡在屋里叫不醒 煤炉还烧着", ("别点火", "通风处", "119"), ()),
        ("师傅的拇指切断了", ("压住",), (PRESS,)),
        ("我徒弟小腿断了", ("压住", "断骨别扳"), (PRESS,)),
        ("吊篮停在半空 三个人下不来", ("119", "停机断电"), ("进去挖",)),
        ("泵管爆了打到师傅", ("120",), ("122",)),
        ("工地有人拿刀乱砍", ("马上打110",), ()),
        ("热水把儿子的腿烫了", ("冷水",), (PRESS,)),
        ("我被埋在土里了", ("敲管子", "省着力气"), ("别进去挖",)),
        ("电线断了掉水沟里", ("95598", "别靠近"), ("扔救生圈",)),
        ("室友癫痫犯了在抽", ("别往嘴里塞东西",), ()),
        ("两岁孩子不见了 在工地边上", ("110", "水坑"), ()),
    ],
)
def test_the_first_step_fits_what_is_told(text: str, must: tuple[str, ...], never: tuple[str, ...]) -> None:
    signal = read(text)
    assert signal is not None and signal.page
    said = load_wording().first(signal.kind)
    assert all(part in said for part in must)
    assert not any(part in said for part in never)


@pytest.mark.parametrize(
    "text", ["手指破了点皮", "脚上扎了根刺", "被蜜蜂叮了一下", "家里的猫掉进井里了", "老公又打我了"]
)
def test_what_is_small_or_not_ours_calls_nobody_and_is_advised(text: str) -> None:
    signal = read(text)
    assert signal is not None and signal.answer


@pytest.mark.parametrize(
    "text",
    [
        "手被划了一下 血止不住",
        "被蜜蜂蛰了 现在喘不上气",
        "猫掉井里了 我爸下去救没上来",
        "踩到钉子 从架子上摔下来了",
        "老公打我 我头上流了好多血",
        "去年塌过 现在又塌了 有人在里面",
        "算不算工伤以后说 人现在还压在下面",
        "有人打我 我在工地宿舍 快来",
        "着火了 灭了三瓶灭火器还在烧 快来",
    ],
)
def test_what_began_small_and_is_not_pages(text: str) -> None:
    signal = read(text)
    assert signal is not None and signal.page


@pytest.mark.parametrize(
    "text", ["塌方了 上报给谁 人还在里面", "着火了谁负责救", "触电了 以前没遇到过怎么办", "工地塌了 谁管啊"]
)
def test_numbers_stay_where_it_may_be_happening(text: str) -> None:
    assert read(text) is not None


@pytest.mark.parametrize("kind", load_wording().kinds)
def test_pressing_the_chest_is_never_said_without_its_condition(kind: str) -> None:
    for sentence in load_wording().first(kind).split("。"):
        assert PRESS not in sentence or CONDITION in sentence or "婴儿" in sentence


def test_every_sort_is_of_kinds_that_there_are_and_is_used() -> None:
    lexicon = load_lexicon()
    known = set(load_wording().kinds)
    sorts = (*lexicon.finer, *lexicon.small, *lexicon.harmless)
    assert all(sort.of <= known and (not sort.kind or sort.kind in known) for sort in sorts)
    expected = {kind for _, kind, _ in CASES}
    assert {sort.kind for sort in lexicon.finer} <= expected | {"drowning", "traffic", "illness", "confined", "fire"}
