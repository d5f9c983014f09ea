"""What is told or asked amid an open emergency: the step that saves lives first, of the danger that is open, and the
place below it."""

from __future__ import annotations

import re

import pytest

from bot.outbox.records import OutboxMessage
from handlers.emergency import replies
from handlers.emergency.records import OVER, Incident, Report
from handlers.emergency.said import in_hospital, over
from handlers.emergency.scene import MOST_CHARS, at_scene, load_scenes
from knowledge.emergency import load_wording
from tests.bot.front import ON_SQLITE, Front

FIRE, SHOCK, CHOKE, FALL = (
    "工地起火了，有人困在里面",
    "工友触电了躺地上不动",
    "我儿子吃果冻噎住了",
    "工友从架子上掉下来没呼吸了",
)
GAS, PIT, POND, SNAKE = "煤气漏了快救命", "化粪池有人晕倒了", "有人溺水了", "被毒蛇咬了 腿肿了"
REBAR = "钢筋穿过大腿了 快来"


@pytest.fixture
def manned(front: Front) -> Front:
    front.add_officer()
    return front


STEPS = (
    (FIRE, "要不要跳下去", "别跳", ("12356", "下去一个倒一个", "空气呼吸器")),
    (FIRE, "可以从窗户往下跳吗", "别跳", ()),
    (FIRE, "我要跳下去了火太大", "别跳", ("12356",)),
    (FIRE, "我在十楼出不去", "堵严门缝", ("是哪一个",)),
    (FIRE, "烟从门缝进来了", "堵严门缝", ()),
    (FIRE, "门把手很烫", "门烫就别开", ()),
    (FIRE, "能不能开门", "门烫就别开", ()),
    (FIRE, "能坐电梯吗", "别坐电梯", ()),
    (FIRE, "孩子在里面出不来我冲进去救", "别进去救", ()),
    (SHOCK, "给他喝点水行不行", "先别喂", ()),
    (SHOCK, "他有呼吸", "没断电先别碰他", ()),
    (SHOCK, "还有气", "别按胸口，让他侧躺", ()),
    (CHOKE, "现在脸都紫了 救命", "使劲拍5下", ("中暑",)),
    (CHOKE, "还是没吐出来", "使劲拍5下", ("中暑",)),
    (CHOKE, "他晕过去了", "按胸口", ("中暑",)),
    (CHOKE, "吐出来了", "去医院看", ("使劲拍5下",)),
    (REBAR, "他晕过去了 还有气", "有呼吸就别按胸口", ("中暑", "抬到")),
    (REBAR, "他晕过去了 还有气", "千万别拔", ()),
    (REBAR, "能不能把钢筋拔出来", "别拔", ()),
    (REBAR, "血止不住", "压住", ("中暑",)),
    (REBAR, "他没呼吸了", "现在就按胸口", ("中暑",)),
    (FIRE, "我衣服着火了", "别跑", ()),
    (FIRE, "窗户打不开", "砸玻璃的四角", ()),
    (FIRE, "披湿被子冲出去行吗", "就别冲出去", ()),
    (SHOCK, "他手烧焦了", "没断电先别碰他", ("坐电梯",)),
    (CHOKE, "他还能咳", "使劲咳", ()),
    (GAS, "要不要打电话", "先出门", ()),
    (GAS, "头晕想吐", "马上出门", ()),
    (PIT, "要不要跳下去救他", "千万别下去救", ("12356",)),
    (POND, "我跳下去行不行", "千万别下去救", ("12356",)),
    (POND, "要不要倒过来控水", "别控水", ()),
    (SNAKE, "能不能用嘴吸", "别吸", ()),
    (FALL, "救护车还没到 继续按吗", "继续按，别停", ()),
    (FALL, "按了十分钟了能停吗", "继续按，别停", ()),
    (FALL, "要不要等救护车还是自己开车送", "等120，别自己送", ()),
    (FALL, "能不能自己送医院", "等120，别自己送", ()),
    (FALL, "他喊渴要喝水", "先别喂", ()),
)


@ON_SQLITE
@pytest.mark.parametrize(("cry", "said", "step", "never"), STEPS)
def test_the_step_comes_first_and_the_place_below(
    manned: Front, cry: str, said: str, step: str, never: tuple[str, ...]
) -> None:
    manned.say(cry)
    heard = manned.say(said)
    assert step in heard[:60]
    assert "119" in heard[:120] or "120" in heard[:120]
    assert not any(words in heard for words in never)
    assert heard.index(step) < heard.index(replies.STILL_WHERE)
    assert manned.count(Incident) == 1


@ON_SQLITE
def test_the_kind_stays_what_was_reported(manned: Front) -> None:
    manned.say(CHOKE)
    manned.say("现在脸都紫了 救命")
    manned.say("救命啊")
    assert "使劲拍5下" in manned.say("怎么还没吐出来")
    assert {row.kind for row in manned.rows(Incident)} == {"choke"}


@ON_SQLITE
def test_despair_amid_a_danger_is_of_the_danger(manned: Front) -> None:
    manned.say(FIRE)
    heard = manned.say("我不想活了没救了")
    assert heard.startswith("马上撤出去，打119") and "撑住" in heard
    assert manned.count(Incident) == 1


@ON_SQLITE
def test_despair_without_a_danger_is_despair(manned: Front) -> None:
    assert "12356" in manned.say("我要跳下去了不想活了")


@ON_SQLITE
def test_asked_about_before_it_is_known_to_happen_the_step_comes_as_well(manned: Front) -> None:
    assert load_wording().ask in manned.say("着火了")
    heard = manned.say("要不要跳下去")
    assert heard.startswith("别跳") and heard.endswith(load_wording().ask)
    assert manned.count(Incident) == 0
    assert manned.say("门把手很烫").startswith("门烫就别开")
    assert manned.count(Incident) == 1


@ON_SQLITE
def test_another_danger_is_another_danger(manned: Front) -> None:
    manned.say(FIRE)
    assert "塌" in manned.say("楼塌了埋了两个人")
    assert manned.count(Incident) == 2


@ON_SQLITE
@pytest.mark.parametrize("text", ["我听不懂 你讲简单点", "看不懂", "太长了", "我不识字"])
def test_who_does_not_understand_gets_the_shortest_words(manned: Front, text: str) -> None:
    manned.say(FIRE)
    heard = manned.say(text)
    assert heard.startswith("1. 马上撤出去，打119！") and len(heard) < 80
    assert load_wording().place_missing not in heard


@pytest.mark.parametrize("kind", load_wording().kinds)
def test_the_shortest_words_have_a_number(kind: str) -> None:
    heard = replies.simplest(kind, False)
    assert re.search("1[12][0-9]|95598", heard) and len(heard) <= 120


@ON_SQLITE
@pytest.mark.parametrize("cry", [FIRE, SHOCK])
@pytest.mark.parametrize(
    "text",
    ["不是 我就是问问 没有真的", "没有发生 我只是考考你", "没有真的，就是试试你", "不是真的", "假的", "我就是测试一下"],
)
def test_it_is_not_real_marks_the_incident(manned: Front, cry: str, text: str) -> None:
    manned.say(cry)
    assert manned.say(text) == replies.OVER_TOLD
    assert manned.rows(Report)[-1].what == OVER


@ON_SQLITE
@pytest.mark.parametrize("text", ["已经送医院了 谢谢", "人送到医院了", "救护车接走了", "送医了"])
def test_in_hospital_is_answered_kindly_and_marked(manned: Front, text: str) -> None:
    manned.say(SHOCK)
    assert manned.say(text) == replies.IN_HOSPITAL
    assert manned.rows(Report)[-1].what == OVER


@ON_SQLITE
def test_one_in_hospital_ends_no_fire(manned: Front) -> None:
    manned.say(FIRE)
    assert "119" in manned.say("他送医院了")
    assert OVER not in {row.what for row in manned.rows(Report)}


@pytest.mark.parametrize(
    "text",
    [
        "要不要送医院", "一个送医院了 另一个还压着", "没有发生爆炸", "没送医院", "我就问问救护车到哪了", "救护车来了", "送医院的路上",
        "怎么送医院", "不是真的没事", "没有真的灭掉", "只是问问怎么救他吗", "灯灭了",
    ],
)  # fmt: skip
def test_what_is_not_over(text: str) -> None:
    assert not over(text) and not in_hospital(text)


@ON_SQLITE
def test_words_that_are_no_place_get_the_steps_and_the_prompt(manned: Front) -> None:
    manned.say(SHOCK)
    heard = manned.say("他是新来的小王")
    assert heard.startswith("先断电") and heard.endswith(load_wording().place_missing)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("collapse", "怎么把人弄出来"), ("wound", "手指切断了"),
        ("fire", "灭火器怎么用"), ("fire", "电梯多久检一次"), ("electric", "跳闸了"), ("gas", "屋里还有气"), ("injury", "安全帽多久换一次"),
    ],
)  # fmt: skip
def test_what_has_no_scene_of_its_own(kind: str, text: str) -> None:
    assert at_scene(text, kind) is None


def test_every_scene_says_a_number_soon_and_is_short() -> None:
    known = set(load_wording().kinds) | {"@person"}
    for one in load_scenes().scenes:
        assert re.search("119|120", one.say[:60]), one.name
        assert len(one.say) <= 130, one.name
        assert one.of <= known, one.name
    assert MOST_CHARS < 40


@ON_SQLITE
def test_the_officers_hear_what_grows_worse(manned: Front) -> None:
    manned.say(FIRE)
    before = sum(row.kind == "emergency.page" for row in manned.rows(OutboxMessage))
    manned.say("烟从门缝进来了")
    assert sum(row.kind == "emergency.page" for row in manned.rows(OutboxMessage)) == before + 1
