"""Greeting and menu words, and an answer for every kind of message that no other conversation takes."""

from __future__ import annotations

from pathlib import Path

import yaml

from bot.messages import NOTHING, Inbound, Reply, Text
from bot.turn import Turn
from config.catalog import read_yaml

WORDS: dict[str, list[str]] = yaml.safe_load((Path(__file__).parent / "words.yaml").read_text(encoding="utf-8"))
HELLO_WORDS, THANKS_WORDS, BYE_WORDS, WHO_WORDS, INSULTS, HELP_WORDS, NUMBERS_WORDS, NOTICE_WORDS = (
    frozenset(WORDS[name]) for name in ("hello", "thanks", "bye", "who", "insults", "help", "numbers", "notice")
)

NOT_YET = {"quiz.open": "答题", "deadlines.mine": "我的报送"}

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


def bye(_message: Inbound, _turn: Turn) -> Reply | None:
    return Text("再见，注意安全。有问题随时来问；急事先打119、120、110。")


def who(_message: Inbound, _turn: Turn) -> Reply | None:
    """What answers here: a machine, with people behind it."""
    return Text(
        "我是安全哨，自动答安全问题的，不是真人。答案都有出处，拿不准的不乱答，转给专家。\n"
        "直接问就行；要人来答，回“转人工”。急事先打119、120、110。"
    )


def calm(_message: Inbound, _turn: Turn) -> Reply | None:
    """Somebody is angry: no answer back, and the way to a person."""
    return Text("没帮上您，对不住。回“转人工”，让专家来看；急的话打12350（安全生产举报）或12345（政务热线）。")


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


def not_yet(message: Inbound, _turn: Turn) -> Reply | None:
    """Menu entries whose conversations are not open in this installation."""
    name = NOT_YET.get(message.event_key, "这一项")
    return Text(f"“{name}”还没开放，开放后点这里就能用。现在可以问安全问题，直接说就行；要反映隐患请打12350或12345。")


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
