"""Short words that mean something only by what stands before them: questions at the scene, answers to 「正在发生吗」,
and being asked to call."""

from __future__ import annotations

import pytest

from bot.outbox.records import OutboxMessage
from handlers.emergency import replies
from handlers.emergency.records import Incident, Report
from handlers.emergency.said import begs, leans
from knowledge.emergency import load_wording
from tests.bot.front import ON_SQLITE, Front

AT = "秀英区金龙路8号工地"
IN_A_PIT = f"工友掉进化粪池晕了，我们在{AT}"
IN_DANGER = {
    IN_A_PIT: "千万别下去救",
    f"工友触电了躺地上不动，{AT}": "先断电，别用手拉人",
    f"{AT}基坑塌了埋了两个人": "别进去挖",
    f"{AT}着火了，有人困在里面": "别坐电梯",
}
AT_THE_SCENE = (
    "怎么救他",
    "能下去吗",
    "要不要先断电",
    "怎么办",
    "能拉他吗",
    "你们什么时候到",
    "他没反应了",
    "他没呼吸了怎么办",
)
OWN_QUESTIONS = ("脚手架几个人验收", "安全帽多久换一次", "灭火器怎么用", "塔吊司机要什么证", "工资不发找谁")


@pytest.fixture
def manned(front: Front) -> Front:
    front.add_officer()
    return front


def paged(front: Front) -> int:
    return sum(row.kind == "emergency.page" for row in front.rows(OutboxMessage))


@ON_SQLITE
@pytest.mark.parametrize("cry", IN_DANGER)
def test_what_is_asked_at_the_scene_gets_the_first_steps_of_what_happened(manned: Front, cry: str) -> None:
    manned.say(cry)
    for question in AT_THE_SCENE:
        heard = manned.say(question)
        assert IN_DANGER[cry] in heard[:120], question
        assert "120" in heard[:120] or "119" in heard[:120]
    assert manned.count(Incident) == 1
    assert {row.kind for row in manned.rows(Report)} - {""}


@ON_SQLITE
def test_who_stops_breathing_is_told_of_below_the_danger(manned: Front) -> None:
    manned.say(IN_A_PIT)
    heard = manned.say("他没反应了")
    assert heard.index("别下去救") < heard.index("按胸口")
    assert heard.count("我们不能替您报警") == 1


@ON_SQLITE
def test_before_the_place_is_known_it_is_asked_for_as_well(manned: Front) -> None:
    manned.say("工友掉进化粪池晕了")
    assert replies.STILL_WHERE in manned.say("能下去吗")
    assert manned.say(AT) == load_wording().received


@ON_SQLITE
@pytest.mark.parametrize("question", OWN_QUESTIONS)
def test_a_question_of_its_own_is_answered(manned: Front, question: str) -> None:
    manned.say(IN_A_PIT)
    assert "接着刚才的事" not in manned.say(question)
    assert not leans(question)


@ON_SQLITE
def test_without_an_emergency_nothing_is_leant_on(manned: Front) -> None:
    assert "接着刚才的事" not in manned.say("能下去吗")
    assert manned.count(Incident) == 0


BEGS = (
    "你能帮我报警吗", "帮我打120", "你打电话给消防", "替我叫个救护车吧", "你们能派人过来吗", "快帮我打110", "我手机没话费了你帮我打119", "麻烦帮忙联系一下消防队",
)  # fmt: skip
NO_BEGS = ("怎么报警", "打120要收钱吗", "帮我打电话给项目经理", "你们能派人来讲课吗", "谁负责报警", "工地要不要配医生")


@ON_SQLITE
@pytest.mark.parametrize("text", BEGS)
def test_asked_to_call_it_says_no_and_the_numbers_first(manned: Front, text: str) -> None:
    heard = manned.say(text)
    assert heard == replies.begged(None)
    assert heard.startswith("119、120、110") and "不能替您" in heard[:40]
    assert manned.count(Incident) == 0
    manned.say("1")
    assert manned.count(Incident) == 1


@pytest.mark.parametrize("text", NO_BEGS)
def test_asking_how_to_call_is_a_question(text: str) -> None:
    assert not begs(text)


@ON_SQLITE
def test_asked_to_call_for_what_happens_it_pages(manned: Front) -> None:
    assert manned.say("有人从架子上摔下来了帮我打120").startswith("马上打120")
    assert paged(manned) == 1
    assert manned.say("你帮我打120吧") == replies.begged(False)
    assert manned.count(Incident) == 1


MAYBE = ("着火了", "绳子松了 下去那个没人回")
VAGUE = (
    "有空再说吧", "有点事", "我看看", "现在的年轻人啊", "对了", "嗯我想想", "快下班了", "是这样的", "真的很烦", "下面的人说的", "孩子上学去了", "有人跟我说的",
    "你说呢", "我在海口", "急诊科的", "有时候会", "发生过几次", "有过", "掉了", "里面放了东西",
)  # fmt: skip
CLEAR = (
    "是", "对的", "嗯嗯快点来人", "就是现在", "正烧着呢，快", "是的，快点", "烟好大", "人还在里面", "他不动了", "有人晕倒了", "帮我打119", "金龙路8号工地",
)  # fmt: skip


@ON_SQLITE
@pytest.mark.parametrize("first", MAYBE)
@pytest.mark.parametrize("text", VAGUE)
def test_what_is_vague_pages_nobody_and_leaves_the_question_open(manned: Front, first: str, text: str) -> None:
    assert load_wording().ask in manned.say(first)
    heard = manned.say(text)
    assert load_wording().ask in heard and "我们不能替您报警" in heard
    assert manned.count(Incident) == 0
    manned.say("1")
    assert manned.count(Incident) == 1


@ON_SQLITE
@pytest.mark.parametrize("first", MAYBE)
@pytest.mark.parametrize("text", CLEAR)
def test_what_is_clear_pages(manned: Front, first: str, text: str) -> None:
    manned.say(first)
    manned.say(text)
    assert paged(manned)


@ON_SQLITE
@pytest.mark.parametrize("text", [*OWN_QUESTIONS, "现在高温补贴多少", "救生衣在哪买", "在工地吸烟罚多少"])
def test_a_new_question_is_answered_though_the_other_is_open(manned: Front, text: str) -> None:
    manned.say(MAYBE[0])
    assert load_wording().ask not in manned.say(text)
    assert manned.count(Incident) == 0


@ON_SQLITE
def test_a_question_at_the_scene_leaves_it_open(manned: Front) -> None:
    manned.say(MAYBE[0])
    assert manned.say("怎么救他") == load_wording().unclear("fire")
    assert manned.count(Incident) == 0


@ON_SQLITE
@pytest.mark.parametrize("text", ["活着没意思", "好想死", "怎么死不疼", "我想结束自己"])
def test_who_does_not_want_to_live_is_answered_kindly(manned: Front, text: str) -> None:
    heard = manned.say(text)
    assert "12356" in heard and "110" in heard and replies.IN_DESPAIR in heard
    assert manned.say("没有") == replies.NOT_NOW
    assert manned.count(Incident) == 0
    manned.say(text)
    assert "通知值班员" in manned.say("有")
    assert manned.count(Incident) == 1


HOME = {
    "孩子拿筷子插插座": "断电", "小孩把钥匙插进插座里了": "断电", "宝宝手指头抠进插座孔了": "断电", "小孩舔插头": "断电", "儿子把纽扣电池吞了": "别催吐", "孩子喝了洁厕灵": "别催吐",
    "老人把洗洁精当饮料喝了一口": "别催吐", "他喝了农药": "别催吐", "闺女误吃了我的降压药": "别催吐", "误食干燥剂了": "别催吐", "工友把稀释剂当水喝了": "别催吐",
}  # fmt: skip


@ON_SQLITE
@pytest.mark.parametrize("text", HOME)
def test_a_danger_at_home_is_one_with_its_first_step(manned: Front, text: str) -> None:
    heard = manned.say(text)
    assert "120" in heard[:120] and HOME[text] in heard[:120]
    assert manned.count(Incident) == 1 or load_wording().ask in heard


@ON_SQLITE
@pytest.mark.parametrize(
    "text", ["怎么防止小孩用手抠插座", "洗洁精怎么存放", "农药能不能放在厨房", "插座孔要不要装保护盖"]
)
def test_asked_calmly_about_it_nobody_is_called(manned: Front, text: str) -> None:
    heard = manned.say(text)
    assert "正在发生" not in heard
    assert manned.count(Incident) == 0
