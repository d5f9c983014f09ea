"""Places in people's own words: what counts as one, what does not, and which two are the same."""

from __future__ import annotations

import pytest

from handlers.emergency.places import answered, apart, pinned, same, stated, vague

A_PLACE = """儋州
在琼山
三亚吉阳
屯昌枫木镇
龙楼
我在博鳌这边
万宁东澳镇新潭村
国兴大道25号
海秀东路望海国际广场
滨江花园6栋1203
解放路菜市场对面
美祥路和国兴大道路口
中建八局滨海项目部
阳光城工地大门
琼海嘉积中学
绕城高速K12
凤凰机场T2
海甸五东路
不清楚具体，反正在临高
肯德基旁边"""
NO_PLACE = """你们什么时候到
还在流血要不要止血
物价崩了
气死我了你们县里到底管不管啊
我不知道这是哪里
说不清楚
快点行不行
要送医院吗
已经送去医院了
救护车到门口了
他快不行了
好害怕
电线掉水里了
临高哪里有消防队"""
WHICH = """在宿舍
我在工地上
就在马路边
学校里面
五楼
7栋
在家里
工地门口"""


@pytest.mark.parametrize("said", A_PLACE.splitlines())
def test_what_answers_where(said: str) -> None:
    place = answered(said)
    assert place is not None and place.words == said


@pytest.mark.parametrize("said", NO_PLACE.splitlines())
def test_what_is_no_answer(said: str) -> None:
    assert answered(said) is None
    assert not vague(said)


@pytest.mark.parametrize("said", WHICH.splitlines())
def test_a_kind_of_place_is_asked_about(said: str) -> None:
    assert answered(said) is None
    assert vague(said)


@pytest.mark.parametrize(
    ("report", "words"),
    [
        ("有人掉下来了！和平北路15号2楼，快来", "和平北路15号2楼"),
        ("救命 碧桂园小区12栋3单元501煤气漏了 有人昏迷", "碧桂园小区12栋3单元501煤气漏了"),
        ("海口市龙华区滨海大道工地，3号塔吊倒了，压到人", "海口市龙华区滨海大道工地，3号塔吊倒了"),
    ],
)
def test_a_report_keeps_house_numbers(report: str, words: str) -> None:
    place = stated(report)
    assert place is not None and place.words == words


def test_a_long_report_is_cut_at_the_place_and_numbers_are_masked() -> None:
    place = stated("我是他老乡" + "我们真的很着急" * 9 + "在椰海大道88号塌了打我电话13912345678")
    assert place is not None
    assert place.words.startswith("椰海大道88号") and len(place.words) <= 60
    assert "13912345678" not in place.words


def test_no_place_nobody_could_go_to() -> None:
    for report in ("这条路塌了", "二楼有人摔了", "人在医院门口晕倒了"):
        assert stated(report) is None


def key(words: str) -> str:
    place = answered(words)
    assert place is not None
    return place.key


def test_one_place_in_other_words_is_one() -> None:
    assert key("海口市海府路59号") == key("在海府路59号") == key("海府路59号门口")
    assert key("新埠岛滨江花园6栋1203").endswith("6栋")
    one, other = answered("人民路8号"), answered("海口人民路8号")
    assert one and other and same(one, other)


def test_two_places_on_one_road_are_two() -> None:
    assert key("海府路59号") != key("海府路95号")
    one, other = answered("海府路59号"), answered("海府路95号")
    assert one and other and apart(one, other) and not same(one, other)
    road = answered("海府路")
    assert road and one and not apart(road, one)


def test_one_name_in_two_cities_is_two() -> None:
    one, other = answered("三亚解放路3号"), answered("儋州解放路3号")
    assert one and other and apart(one, other) and not same(one, other)


def test_a_citys_name_joins_nothing() -> None:
    one = answered("海口")
    assert one is not None and one.key == "" and not same(one, one)


def test_a_pin_is_its_label_or_its_numbers() -> None:
    assert pinned("海口市龙华区海府路59号", 20.0, 110.3).key == key("海府路59号")
    assert pinned("", 20.04422, 110.19989).key == pinned("", 20.04424, 110.19991).key
    assert pinned("", None, None).words == "发来的位置"
