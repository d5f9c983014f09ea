"""Bodies of sends: within the platforms' limits, and the same bytes every time."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.channels.pushes import CUT, CannotRender, api_of, send_call
from bot.messages import Button, Card, ChannelName, Choice, Choices, News, Push, Template, Text

CARD = Card("新隐患", "琼海 房建", "t1", "https://a.example/tip", (("编号", "A-17"),), (Button("take", "我来处理"),))


def body(channel: ChannelName, push: Push) -> Any:
    call = send_call(channel, "someone", push, idempotency_key="key", agent_id="7")
    assert call == send_call(channel, "someone", push, idempotency_key="key", agent_id="7")
    return json.loads(call.body)


def test_chinese_is_sent_as_itself() -> None:
    assert "安全" in send_call("wechat", "o", Text("安全"), idempotency_key="k").body.decode()


def test_a_long_text_fits_and_says_that_it_was_cut() -> None:
    content = body("wechat", Text("脚手架要验收合格才能使用。" * 200))["text"]["content"]
    assert len(content.encode()) <= 2048
    assert content.endswith(CUT)
    assert len(content.encode()) > 1900


def test_a_card_with_buttons_without_and_where_there_are_no_cards() -> None:
    card = body("wecom", CARD)["template_card"]
    assert (card["card_type"], card["task_id"]) == ("button_interaction", "t1")
    assert card["button_list"] == [{"text": "我来处理", "style": 1, "key": "take"}]
    notice = body("wecom", Card("提醒", "周报", url="https://a.example/"))["template_card"]
    assert (notice["card_type"], notice["card_action"]["url"]) == ("text_notice", "https://a.example/")
    assert body("wecom", Card("提醒", "周报"))["text"]["content"] == "【提醒】\n周报"
    words = body("wechat", CARD)["text"]["content"]
    assert words == "【新隐患】\n琼海 房建\n编号：A-17\nhttps://a.example/tip"


def test_choices_are_a_menu_or_links_that_carry_other_words() -> None:
    menu = body("wechat", Choices("请选", (Choice("是"), Choice("否")), "回复数字也行"))
    assert menu["msgmenu"]["list"] == [{"id": "1", "content": "是"}, {"id": "2", "content": "否"}]
    assert "msgmenucontent=" in body("wechat", Choices("请选", (Choice("是", "确认报送"),)))["text"]["content"]
    assert body("wecom", Choices("请选", (Choice("是"),)))["text"]["content"] == "请选\n1. 是"


def test_wecom_checks_for_duplicates_and_templates_carry_their_key() -> None:
    sent = body("wecom", Text("好"))
    assert (sent["enable_duplicate_check"], sent["duplicate_check_interval"], sent["agentid"]) == (1, 600, 7)
    assert body("wechat", Template("t", {"thing1": "周报"}, "https://a.example/"))["client_msg_id"] == "key"
    notice = body("wechat", Template("t", {"thing1": "周报"}, "https://a.example/", subscription=True))
    assert (notice["page"], "client_msg_id" in notice) == ("https://a.example/", False)


def test_what_has_no_form_is_refused_early() -> None:
    with pytest.raises(CannotRender):
        api_of("wecom", Template("t", {}))
    with pytest.raises(CannotRender):
        send_call("wechat", "o", News(()), idempotency_key="k")
    with pytest.raises(CannotRender):
        send_call("wecom", "u", Text("好"), idempotency_key="k", agent_id="")
    with pytest.raises(CannotRender):
        send_call("wecom", "u", Card("a", "b", buttons=(Button("k", "t"),)), idempotency_key="k", agent_id="7")
