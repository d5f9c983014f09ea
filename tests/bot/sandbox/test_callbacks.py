"""Callbacks as the platforms post them, checked with another codec, and their retries and verdicts."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from flask import Response

from tests.bot.sandbox.conftest import Live
from tests.bot.sandbox.echo import text

OPENID = "oTestPerson0000000000000001"


def news(count: int, *titles: str) -> str:
    items = "".join(f"<item><Title>{title}</Title></item>" for title in titles)
    return f"<MsgType>news</MsgType><ArticleCount>{count}</ArticleCount><Articles>{items}</Articles>"


@pytest.mark.parametrize("mode", ["plain", "compatible", "safe"])
def test_every_wechat_mode_is_read_by_another_codec(start: Callable[..., Live], mode: str) -> None:
    live = start(mode)
    told = live.callback(type="text", **{"from": OPENID}, content="脚手架晃 ]]> <a>&")
    (got,) = live.echo.got
    assert got.message["Content"] == "脚手架晃 ]]> <a>&"
    assert got.message["ToUserName"] == live.options.wechat.original_id
    assert ("msg_signature" in got.query) == (mode != "plain")
    assert ("<Content>" in got.raw) == (mode != "safe")
    assert got.query["openid"] == OPENID
    assert told["status"] == 200 and len(told["tries"]) == 1


def test_the_reply_comes_back_decrypted(live: Live) -> None:
    told = live.callback(type="text", **{"from": OPENID}, content="你好")
    assert told["reply_text"] == "收到：你好"
    assert told["verdict"] == {"ok": True, "text": "平台接受这个答复"}


def test_wecom_is_always_encrypted(live: Live) -> None:
    told = live.callback("wecom", type="text", **{"from": "wanglianluo"}, content="报送完成")
    (got,) = live.echo.got
    assert got.message["AgentID"] == str(live.options.wecom.agent_id)
    assert "报送完成" not in got.raw and "signature" not in got.query
    assert told["reply_text"] == "收到：报送完成"


def test_both_addresses_pass_the_url_check(live: Live) -> None:
    assert live.control("verify", platform="wechat")["ok"]
    assert live.control("verify", platform="wecom")["ok"]


def test_no_answer_is_tried_three_times_with_one_body(live: Live) -> None:
    live.echo.delays = [0.9, 0.9, 0.9]
    begun = time.monotonic()
    told = live.callback(type="text", **{"from": OPENID}, content="慢")
    assert [one["status"] for one in told["tries"]] == [None, None, None]
    assert 1.1 < time.monotonic() - begun < 2.5
    assert len({got.raw for got in live.echo.got}) == 1
    assert len({got.query["nonce"] for got in live.echo.got}) == 3
    assert not told["verdict"]["ok"]


def test_a_late_answer_is_lost_and_the_retry_is_answered(live: Live) -> None:
    live.echo.delays = [0.6]
    told = live.callback(type="text", **{"from": OPENID}, content="慢一次")
    assert [one["status"] for one in told["tries"]] == [None, 200]
    assert told["verdict"]["ok"]


def test_another_status_than_200_is_tried_again(live: Live) -> None:
    live.echo.statuses = [500, 502]
    told = live.callback(type="text", **{"from": OPENID}, content="出错")
    assert [one["status"] for one in told["tries"]] == [500, 502, 200]


def test_a_dead_service_shows_the_outage_notice(start: Callable[..., Live]) -> None:
    live = start(retry_after_s=0.1)
    live.echo.statuses = [500, 500, 500]
    live.callback(type="text", **{"from": "chen"}, content="在吗")
    assert [item["kind"] for item in live.thread("chen")["items"]] == ["error"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (text("字" * 683), "2049 字节"),
        (text("   "), "空"),
        ("<MsgType>telegram</MsgType>", "不认识"),
        (news(2, "一"), "条数"),
        (news(2, "一", "二"), "最多 1 条"),
        (Response("<xml><ToUserName>x</ToUserName></xml>"), "没有加密"),
        (Response('{"ok": true}'), "XML"),
        ("<MsgType>text</MsgType><Content>破<b></Content>", "XML"),
        ("<MsgType>update_button</MsgType><Button><ReplaceName>好</ReplaceName></Button>", "不认识"),
    ],
)
def test_a_wrong_reply_is_named(live: Live, body: object, words: str) -> None:
    live.echo.answer = lambda _message: body
    told = live.callback(type="text", **{"from": "chen"}, content="问")
    assert not told["verdict"]["ok"] and words in told["verdict"]["text"], told["verdict"]
    assert [item["kind"] for item in live.thread("chen")["items"]] == ["error"]


def test_a_reply_to_someone_else_is_refused(live: Live) -> None:
    def swap(message: dict[str, str]) -> str:
        message["FromUserName"] = "oSomebodyElse"
        return text("给谁的")

    live.echo.answer = swap
    assert "对调" in live.callback(type="text", **{"from": OPENID}, content="问")["verdict"]["text"]


def test_a_reply_sealed_for_another_account_is_refused(live: Live) -> None:
    from dataclasses import replace

    wechat = replace(live.options.wechat, app_id="wxanother")
    live.echo.answer = lambda message: live.echo.reply_as(wechat, message)
    assert "接收方" in live.callback(type="text", **{"from": OPENID}, content="问")["verdict"]["text"]


def test_success_and_nothing_are_both_fine(live: Live) -> None:
    live.echo.answer = lambda _message: ""
    assert live.callback(type="text", **{"from": OPENID}, content="一")["verdict"]["ok"]
    live.echo.answer = lambda _message: Response("")
    assert live.callback(type="text", **{"from": OPENID}, content="二")["verdict"]["ok"]


@pytest.mark.parametrize("trial", ["bad_signature", "old_timestamp", "huge_body", "broken_xml", "dtd"])
def test_a_spoilt_request_is_expected_to_be_refused(live: Live, trial: str) -> None:
    told = live.callback(type="text", **{"from": OPENID}, content="坏", trial=trial)
    assert told["verdict"]["ok"] and 400 <= told["status"] < 500, told
    assert len(told["tries"]) == 1 and not live.echo.got


@pytest.mark.parametrize(
    ("platform", "order", "event"),
    [
        ("wechat", {"type": "subscribe", "scene": "site-001"}, "subscribe"),
        ("wechat", {"type": "unsubscribe"}, "unsubscribe"),
        ("wechat", {"type": "scan", "scene": "site-001"}, "SCAN"),
        ("wechat", {"type": "click", "key": "MENU_TIP"}, "CLICK"),
        ("wechat", {"type": "view", "url": "http://example.com/"}, "VIEW"),
        ("wechat", {"type": "pic_sysphoto", "key": "k", "count": 2}, "pic_sysphoto"),
        ("wechat", {"type": "scancode_waitmsg", "key": "k", "scene": "x"}, "scancode_waitmsg"),
        ("wechat", {"type": "location_select", "key": "k"}, "location_select"),
        ("wechat", {"type": "location_report"}, "LOCATION"),
        ("wechat", {"type": "TEMPLATESENDJOBFINISH", "msgid": 7}, "TEMPLATESENDJOBFINISH"),
        ("wecom", {"type": "enter_agent"}, "enter_agent"),
        ("wecom", {"type": "click", "key": "k"}, "click"),
        ("wecom", {"type": "template_card_event", "key": "k", "task_id": "t"}, "template_card_event"),
    ],
)
def test_events(live: Live, platform: str, order: dict[str, object], event: str) -> None:
    live.callback(platform, **order, **{"from": "someone"})
    assert live.echo.got[0].message["Event"] == event
    assert "MsgId" not in live.echo.got[0].message


def test_a_picture_can_be_fetched_by_its_media_id(live: Live) -> None:
    live.callback(type="image", **{"from": OPENID})
    message = live.echo.got[0].message
    fetched = live.http.get(
        "/sandbox/wechat/cgi-bin/media/get", params={"access_token": live.token(), "media_id": message["MediaId"]}
    )
    assert fetched.headers["content-type"] == "image/png"
    assert live.http.get(message["PicUrl"].removeprefix(live.options.public_base)).content == fetched.content


def test_raw_xml_is_posted_as_it_is(live: Live) -> None:
    xml = "<xml><ToUserName>gh_x</ToUserName><FromUserName>oRaw</FromUserName><MsgType>odd</MsgType></xml>"
    live.callback(xml=xml)
    assert live.echo.got[0].message["MsgType"] == "odd"


def test_the_same_msgid_can_be_posted_twice(live: Live) -> None:
    for _ in range(2):
        live.callback(type="text", **{"from": OPENID}, content="同", msgid=42, created=1_700_000_000)
    assert [got.message["MsgId"] for got in live.echo.got] == ["42", "42"]


def test_nonsense_orders_are_refused(live: Live) -> None:
    for order in ({"type": "telegram", "from": "x"}, {"type": "text"}, {"platform": "qq", "type": "text", "from": "x"}):
        assert live.http.post("/sandbox/control/callback", json=order).status_code == 400


def test_wecom_cuts_an_overlong_reply(live: Live) -> None:
    live.echo.answer = lambda _message: text("字" * 700)
    told = live.callback("wecom", type="text", **{"from": "fu"}, content="问")
    assert not told["verdict"]["ok"]
    (item,) = live.thread("fu")["items"]
    assert item["text"] == "字" * 682


def test_a_raw_message_opens_the_reply_window_too(live: Live) -> None:
    xml = "<xml><FromUserName>oRaw</FromUserName><MsgType>text</MsgType><Content>x</Content></xml>"
    live.callback(xml=xml, **{"from": "oRaw"})
    body = {"touser": "oRaw", "msgtype": "text", "text": {"content": "答"}}
    assert live.api("message/custom/send", body)["errcode"] == 0
