"""Greeting and menu words, and an answer for every kind of message that no other conversation takes."""

from __future__ import annotations

from bot.messages import NOTHING, Inbound, Reply, Text
from bot.turn import Turn
from config.catalog import read_yaml

HELP_WORDS = frozenset({"帮助", "help", "菜单", "怎么用", "使用说明", "?", "功能"})
HELLO_WORDS = frozenset({"你好", "您好", "hi", "hello", "在吗", "在不在", "有人吗", "喂", "早上好", "下午好", "晚上好"})
THANKS_WORDS = frozenset(
    {"谢谢", "谢谢你", "谢谢您", "多谢", "感谢", "好的", "知道了", "明白了", "ok", "收到", "好", "嗯", "哦"}
)
NUMBERS_WORDS = frozenset({"紧急电话", "电话", "求助电话", "热线"})
NOTICE_WORDS = frozenset({"须知", "隐私", "隐私须知", "个人信息"})
MINE_WORDS = frozenset({"进度", "查询", "我的进度"})

FIRST = "有人受伤、着火、坍塌，先打120、119，我们不能替您报警。"
PHOTO = (
    "照片收到了。在这里登记隐患的功能还没开通，照片没有转给任何人。\n"
    "要反映隐患请打12350（安全生产举报）或12345，电话里说清在哪、什么危险。\n" + FIRST
)
PLACE = "位置收到了。在这里登记隐患的功能还没开通，要反映隐患请打12350或12345。\n" + FIRST
FILE = "文件在这里收不了。有安全问题直接打字问；要反映隐患请打12350或12345。\n" + FIRST
LINK = "链接我看不了。想问什么安全上的事，直接说一句就行。"
OTHER = "这种消息我还看不懂。打字、发语音都行，说说想问什么。\n" + FIRST


def greet(message: Inbound, turn: Turn) -> Reply | None:
    """A person follows: three short lines with the emergency numbers, the menu and the notice."""
    return Text(_greeting(turn))


def leave(_message: Inbound, turn: Turn) -> Reply | None:
    """A person unfollows: the engine records it, nothing is said."""
    turn.finish()
    return NOTHING


def hello(_message: Inbound, turn: Turn) -> Reply | None:
    return Text(_greeting(turn))


def thanks(_message: Inbound, _turn: Turn) -> Reply | None:
    return Text("不客气，注意安全。还有问题接着问。")


def help_(_message: Inbound, turn: Turn) -> Reply | None:
    return Text(
        "· 问安全：直接打字或发语音，比如“脚手架几个人验收”。\n"
        "· 不满意：回“没用”或“转人工”，专家来答。\n"
        "· 紧急电话：回“电话”。\n"
        f"· 我们怎么保护您的信息：{turn.services.settings.base_url}/h5/notice"
    )


def numbers(_message: Inbound, _turn: Turn) -> Reply | None:
    """The hotlines, the emergency ones first."""
    lines = read_yaml("hotlines.yaml")
    said = [f"{line['number']}　{line['name']}" for line in (*lines["always"], *lines["more"])]
    return Text("有急事直接打，我们不能替您报警：\n" + "\n".join(said))


def notice(_message: Inbound, turn: Turn) -> Reply | None:
    return Text(
        "我们只记您问的问题，用来答复和改进；微信号加密保存，只用来给您回信，工作人员看不到。"
        "证件号、卡号、电话会自动隐去。问题180天后和您脱钩。\n"
        f"全文：{turn.services.settings.base_url}/h5/notice"
    )


def progress(_message: Inbound, _turn: Turn) -> Reply | None:
    return Text("您没有在办的事。问过的问题有了专家答复，会直接发给您。")


def not_yet(_message: Inbound, _turn: Turn) -> Reply | None:
    """Menu entries whose conversations are not open in this installation."""
    return Text("这一项还没开放，到时候会通知。现在可以问安全问题，直接说就行。")


def photo(_message: Inbound, _turn: Turn) -> Reply | None:
    return Text(PHOTO)


def place(_message: Inbound, _turn: Turn) -> Reply | None:
    return Text(PLACE)


def file(_message: Inbound, _turn: Turn) -> Reply | None:
    return Text(FILE)


def link(_message: Inbound, _turn: Turn) -> Reply | None:
    return Text(LINK)


def other(_message: Inbound, _turn: Turn) -> Reply | None:
    return Text(OTHER)


def _greeting(turn: Turn) -> str:
    return (
        "安全哨，问安全：直接打字或发语音，马上答。\n"
        "急事先打119、120、110，我们不能替您报警。\n"
        f"点下面菜单也行；我们怎么保护您：{turn.services.settings.base_url}/h5/notice"
    )
