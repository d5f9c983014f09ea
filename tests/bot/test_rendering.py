"""Replies within the platforms' limits, whatever people wrote; and pages that follow one another."""

from __future__ import annotations

import json
import re
import unicodedata
import xml.etree.ElementTree as ElementTree
from datetime import UTC, datetime
from urllib.parse import unquote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.channels.pushes import send_call
from bot.channels.rendering import MORE, MOST_BYTES, choices_text, clean, push_words, render, split, untagged
from bot.freezing import NotThawed, freeze, thaw
from bot.messages import (
    NOTHING,
    Article,
    Card,
    CardDone,
    ChannelName,
    Choice,
    Choices,
    Image,
    Inbound,
    News,
    Reply,
    Text,
)

SENTENCE = "作业前先检查，检查好了再上人。"
FAMILY = "👨‍👩‍👧‍👦"
SOUP = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.sampled_from("。！？\n；」”）]]><![CDATA[&<>\0\x0b\x1b￾\u200d\u0301\ufe0f安全帽戴好"),
        st.sampled_from(["👷", "🏽", "🇨", "🇳", "0", "\ufe0f", "\u20e3"]),
    ),
    max_size=2500,
)


def inbound(channel: str = "wechat", sender: str = "oX", account: str = "gh") -> Inbound:
    return Inbound(channel, account, sender, "text", datetime.now(UTC))  # type: ignore[arg-type]


def read(xml: str) -> dict[str, str]:
    return {one.tag: one.text or "" for one in ElementTree.fromstring(xml)}


def whole(parts: list[str]) -> str:
    """The parts put together again, without blanks."""
    return "".join("".join(part.removesuffix(MORE).split()) for part in parts)


def test_a_short_text_is_one_page() -> None:
    assert split("  安全帽要系好。\r\n") == ["安全帽要系好。"]
    exact = "安" * 682 + "ab"
    assert len(exact.encode()) == MOST_BYTES
    assert split(exact) == [exact]
    assert len(split(exact + "c")) == 2


def test_pages_end_with_a_sentence_and_say_there_is_more() -> None:
    parts = split(SENTENCE * 200)
    assert len(parts) > 3
    for part in parts[:-1]:
        assert part.endswith(f"。\n{MORE}")
        assert len(part.encode()) <= MOST_BYTES
        assert len(part.encode()) > MOST_BYTES - 2 * len(SENTENCE.encode()) - 2, "a page is as full as sentences allow"
    assert not parts[-1].endswith(MORE)
    assert whole(parts) == SENTENCE * 200


@settings(max_examples=150, deadline=None)
@given(SOUP)
@example("安" * 5000)
@example("a" + "\u0301" * 3000)
@example("\u200d" * 3000)
@example(FAMILY * 300)
@example("。" * 3000)
@example("\n" * 5000 + "x")
@example("")
def test_no_text_breaks_a_page(text: str) -> None:
    parts = split(text)
    assert parts
    for part in parts:
        assert len(part.encode()) <= MOST_BYTES
    assert whole(parts) == "".join(clean(text).split())
    shown = split(untagged(text))[0]
    for channel in ("wechat", "wecom"):
        fields = read(render(Text(text), inbound(channel), 1))
        assert len(fields["Content"].encode()) <= MOST_BYTES
        assert fields["Content"] == shown.replace("\r", "\n")


def test_composed_characters_stay_whole() -> None:
    for one in (FAMILY, "👷🏽", "🇨🇳", "1️⃣", "é", "👩🏽‍🚒"):
        for shift in range(len(one.encode())):
            parts = split("x" * shift + one * 1500)
            assert len(parts) > 1
            for part in parts[:-1]:
                body = part.removesuffix(f"\n{MORE}").lstrip("x")
                assert len(body) % len(one) == 0, (one, shift)


@pytest.mark.parametrize(
    "evil", ["]]>", "]]]]>>", "a]]><b>&", "<![CDATA[", "]]>]]>", "\0\x01\x0b", "&lt;&#0;", "\ud800x"]
)
@pytest.mark.parametrize("channel", ["wechat", "wecom"])
def test_nothing_breaks_out_of_its_field(evil: str, channel: str) -> None:
    message = inbound(channel, sender=f"o{evil}", account=f"g{evil}")
    replies: list[Reply] = [
        Text(f"甲{evil}乙"),
        Choices(f"头{evil}", (Choice(f"一{evil}", evil), Choice("二")), f"尾{evil}"),
        Image(f"m{evil}"),
        News((Article(f"题{evil}", f"https://x.cn/{evil}", f"文{evil}", f"https://x.cn/p{evil}"),)),
        CardDone(f"好{evil}"),
    ]
    for reply in replies:
        fields = read(render(reply, message, 7))
        assert fields["ToUserName"] == clean(f"o{evil}")
        assert fields["FromUserName"] == clean(f"g{evil}")
        assert fields["CreateTime"] == "7"
    assert clean(evil) in read(render(replies[0], message, 7))["Content"]


def test_kinds_have_the_platforms_types() -> None:
    assert render(NOTHING, inbound(), 1) == ""
    assert read(render(Image("m"), inbound(), 1))["MsgType"] == "image"
    assert read(render(CardDone("已知悉"), inbound("wecom"), 1))["MsgType"] == "update_button"
    articles = tuple(Article(f"{n}", "https://x.cn") for n in range(9))
    for channel, most in (("wechat", 1), ("wecom", 8)):
        fields = read(render(News(articles), inbound(channel), 1))
        assert (fields["MsgType"], fields["ArticleCount"]) == ("news", str(most))


MENU = Choices(
    "您是不是想问：",
    (Choice("安全帽怎么戴？"), Choice("架子 <b>几人</b> 验收？", "脚手架&验收")),
    "都不是就回“都不是”。",
)


def test_a_menu_is_numbered_and_on_wechat_can_be_tapped() -> None:
    plain = choices_text(MENU, links=False)
    assert plain.splitlines() == [
        "您是不是想问：",
        "1. 安全帽怎么戴？",
        "2. 架子 <b>几人</b> 验收？",
        "都不是就回“都不是”。",
    ]
    linked = choices_text(MENU, links=True)
    assert linked.count("<a href=") == linked.count("</a>") == 2
    assert "<b>" not in linked
    assert unquote(linked.split("msgmenucontent=")[2].split("&")[0]) == "脚手架&验收"


EVIL = '点<a href="weixin://dl/business/?t=x">这里</a>领钱'


@pytest.mark.parametrize(
    "reply", [Text(EVIL), Choices(EVIL, (Choice(EVIL),), EVIL), Choices("问", (Choice("甲"),), EVIL)]
)
@pytest.mark.parametrize("channel", ["wechat", "wecom"])
def test_nobodys_words_become_a_link(reply: Reply, channel: ChannelName) -> None:
    """Whoever wrote them: a person whose question is repeated, an expert, an entry."""
    told = read(render(reply, inbound(channel), 1))["Content"]
    pushed = json.loads(send_call(channel, "o1", reply, idempotency_key="k", agent_id="1").body)
    for words in (told, json.dumps(pushed, ensure_ascii=False)):
        links = re.findall("<a href=([^>]*)>", words)
        assert all("bizmsgmenu" in link for link in links), links
    card = Card(EVIL, EVIL, pairs=((EVIL, EVIL),))
    assert "<a" not in send_call(channel, "o1", card, idempotency_key="k", agent_id="1").body.decode()


def test_a_menu_too_long_for_links_is_plain() -> None:
    long = Choices("选：", tuple(Choice("这是一个很长很长很长很长的问题，问的是怎么办？" * 2) for _ in range(9)))
    assert "<a " not in choices_text(long, links=True)
    assert len(read(render(long, inbound(), 1))["Content"].encode()) <= MOST_BYTES


def test_pushes_said_within_a_reply() -> None:
    card = Card("紧急：火灾", "有人报告", pairs=(("地点", "金龙路"),), url="https://x.cn/1")
    assert push_words(card, "wechat") == "紧急：火灾\n有人报告\n地点：金龙路\nhttps://x.cn/1"
    assert push_words(News((Article("题", "https://x.cn"),)), "wecom") == "题 https://x.cn"
    assert push_words(Image("m"), "wechat") == ""


@pytest.mark.parametrize(
    "reply", [NOTHING, Text("甲"), MENU, Image("m"), News((Article("题", "u", "d", "p"),)), CardDone("好")]
)
def test_replies_are_stored_and_read_back_equal(reply: Reply) -> None:
    assert thaw(freeze(reply)) == reply


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"k":"x"}', '{"k":"text"}', "null", "nonsense"])
def test_what_is_no_stored_reply_is_refused(text: str) -> None:
    with pytest.raises(NotThawed):
        thaw(text)


def test_clean_keeps_what_people_write() -> None:
    text = "中文ABC\t\n😀🇨🇳é￼" + unicodedata.lookup("IDEOGRAPHIC SPACE")
    assert clean(text) == text
