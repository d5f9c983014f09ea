"""What a signal is: one way out, forms of writing, places, and speed."""

from __future__ import annotations

import timeit

import pytest

from handlers.emergency.lexicon import load_lexicon
from handlers.emergency.signals import Signal, read, stated_place
from knowledge.emergency import load_wording


def seen(text: str) -> Signal:
    signal = read(text)
    assert signal is not None
    return signal


HAILS = (
    "有人吗",
    "有人吗！",
    "喂，有人在吗！！",
    "有没有人啊！",
    "你好，有人吗？有人在吗",
    "hello！",
    "谢谢！！！",
    "滚！！！",
    "师傅你好！",
)


@pytest.mark.parametrize("text", HAILS)
def test_to_ask_whether_somebody_is_there_or_to_shout_is_no_emergency(text: str) -> None:
    assert read(text) is None


CRIES = ("救命啊有人吗", "喂有人吗救救我", "来人啊有没有人啊", "有人吗，着火了", "有人在吗我被困住了", "火！！")


@pytest.mark.parametrize("text", CRIES)
def test_a_cry_beside_it_is_one(text: str) -> None:
    assert seen(text).page


@pytest.mark.parametrize(
    ("text", "kind", "way"),
    [
        ("工地塌了有人被埋", "collapse", "page"),
        ("触电了怎么办", "electric", "answer"),
        ("我们工友触电了，躺地上不动，怎么办", "electric", "page"),
        ("家里煤气漏了怎么办", "gas", "ask"),
        ("有人从架子上栽下来了", "injury", "page"),
        ("昨天演练着火", "fire", "answer"),
        ("没有塌", "collapse", "answer"),
        ("中暑了怎么办", "illness", "answer"),
        ("燃气泄漏能不能打电话", "gas", "answer"),
        ("不是演练，真的着火了", "fire", "page"),
        ("昨天塌的，人还埋在下面", "collapse", "page"),
        ("刚才着火了已经扑灭了", "fire", "ask"),
        ("火还没扑灭，宿舍里有人", "fire", "page"),
        ("B 着火", "fire", "answer"),
        ("A栋着火了", "fire", "page"),
        ("查一下三亚工地塌方的处理结果", "collapse", "answer"),
    ],
)
def test_exactly_one_way_out(text: str, kind: str, way: str) -> None:
    signal = seen(text)
    assert signal.kind == kind
    assert [name for name in ("page", "ask", "answer") if getattr(signal, name)] == [way]


@pytest.mark.parametrize(
    "text",
    ["工地塌了有人被埋", "工地塌了 有 人 被 埋", "工地😭塌了😭有人被埋", "工地塌了！！！有人被埋！", "工地塌了\n有人被埋",
     "工地塌了\u200b有人被\u200b埋", "工地踏了有人被埋", "工地塌叻有人被埋起"],
)  # fmt: skip
def test_blanks_emoji_and_spelling_change_nothing(text: str) -> None:
    assert seen(text).kind == "collapse" and seen(text).page


@pytest.mark.parametrize("text", ["有人觸電了", "電箱著火了快來人", "煤氣漏了快來", "🆘🆘"])
def test_traditional_characters_and_signs(text: str) -> None:
    assert seen(text).page


@pytest.mark.parametrize("text", ["", " ", "。。。", "😀😀", "A", "1", "\x00", "啊" * 20000, "hello", "答案是触电"])
def test_nothing_in_it(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("我在海口市龙华区滨海大道3号工地，塔吊倒了", "海口市龙华区滨海大道3号工地"),
        ("文昌文城镇 挖掘机压到人了", "文昌文城镇"),
        ("碧桂园小区3号楼着火了", "碧桂园小区3号楼"),
        ("在长流镇工地有人摔下来", "长流镇工地"),
        ("海口那个工地塌了", "海口"),
        ("我们工地着火了", None),
        ("家里煤气漏了怎么办", None),
    ],
)
def test_only_a_findable_place_is_stated(text: str, place: str | None) -> None:
    assert seen(text).place == place


def test_a_place_alone_is_read_without_an_emergency() -> None:
    assert stated_place("琼中县营根镇") == "琼中县营根镇"
    assert stated_place("不知道") is None


def test_every_kind_has_its_own_words() -> None:
    lexicon = load_lexicon()
    assert {kind.name for kind in lexicon.kinds} | {sort.kind for sort in lexicon.finer} == set(load_wording().kinds)


def test_an_ordinary_message_costs_microseconds() -> None:
    """50 µs is the aim; the bound is wide because test machines are busy."""
    text = "高处作业要系安全带吗"
    read(text)
    assert min(timeit.repeat(lambda: read(text), number=200, repeat=5)) / 200 < 250e-6


def test_a_long_message_is_read_in_bounded_time() -> None:
    text = "我们工地二楼有人在上面干活水很大路边的电梯旁边" * 400
    assert min(timeit.repeat(lambda: read(text), number=1, repeat=3)) < 0.05


DESPAIR = (
    "不想活了", "活着没意思", "想从楼上跳下去", "好想死", "死了算了", "最近总想自杀", "我想结束自己", "怎么死不疼", "不想活了怎么办", "人生没有意义了",
    "活着太累了，想离开这个世界", "吃多少安眠药会死", "想一了百了", "生不如死", "想烧炭", "有自杀念头", "被骗光了钱不想活了",
)  # fmt: skip
NO_DESPAIR = (
    "跳闸了", "跳板怎么搭", "跳板两端要不要绑牢", "想跳槽", "跳绳", "笑死", "累得想死", "热得不想活了", "活着没意思这电影", "上班没意思", "从架子上跳下去违章吗",
    "跳楼机安全吗", "这活干不下去了，工钱太低", "不想干了",
)  # fmt: skip


@pytest.mark.parametrize("text", DESPAIR)
def test_who_does_not_want_to_live_is_never_left_without_the_number(text: str) -> None:
    signal = seen(text)
    assert signal.kind == "selfharm" and (signal.page or signal.ask)


@pytest.mark.parametrize("text", NO_DESPAIR)
def test_words_that_only_look_like_it_are_ordinary(text: str) -> None:
    signal = read(text)
    assert signal is None or not (signal.page or signal.ask)


@pytest.mark.parametrize("text", ["沼气池倒了一个，我可不可以跳下去捞他", "井里晕了两个，要不要马上跳下去背人"])
def test_who_would_jump_in_to_rescue_does_not_want_to_die(text: str) -> None:
    signal = read(text)
    assert signal is not None and signal.kind != "selfharm"


@pytest.mark.parametrize("text", ["我站在楼顶，想跳下去", "有人要从塔吊上跳下去"])
def test_who_would_jump_off_does(text: str) -> None:
    signal = read(text)
    assert signal is not None and signal.kind == "selfharm"


@pytest.mark.parametrize("text", ["烧伤涂酱油", "晚上喝了酒，早上从梯子上摔下来，认不认"])
def test_a_remedy_and_a_claim_page_nobody(text: str) -> None:
    signal = read(text)
    assert signal is None or not signal.page


def test_a_smell_and_nobody_dares_to_switch_on_the_light_shows_the_numbers() -> None:
    signal = read("回家一开门好大一股异味，灯都不敢开")
    assert signal is not None and signal.show


@pytest.mark.parametrize("text", ["给女朋友写首诗", "帮我写份检讨，把女朋友惹生气了"])
def test_a_letter_is_no_emergency(text: str) -> None:
    assert read(text) is None
