"""WeCom's sending API: duplicates, partial failures, cards and their buttons, sign-in."""

from __future__ import annotations

from typing import Any

from bot.sandbox.options import WeComApp
from tests.bot.sandbox.conftest import Live

AGENT = WeComApp().agent_id
CARD = {
    "card_type": "button_interaction", "task_id": "page-1", "main_title": {"title": "险情", "desc": "龙华区"},
    "button_list": [{"text": "已知悉", "key": "seen"}, {"text": "误报", "key": "false", "style": 2}],
}  # fmt: skip


def send(live: Live, to: str = "fuzhiban", **more: Any) -> Any:
    body = {"touser": to, "msgtype": "text", "agentid": AGENT, "text": {"content": "请签收"}, **more}
    return live.api("message/send", body, "wecom")


def items(live: Live, person: str = "fu") -> list[Any]:
    return list(live.thread(person)["items"])


def send_card(live: Live, to: str = "fuzhiban", **more: Any) -> Any:
    return send(live, to, msgtype="template_card", template_card={**CARD, **more})


def test_a_text_is_shown(live: Live) -> None:
    answer = send(live)
    assert answer["errcode"] == 0 and answer["msgid"] and answer["invaliduser"] == ""
    assert items(live)[0]["text"] == "请签收"
    assert live.sent(platform="wecom", to="fu")[0]["to"] == "fuzhiban"


def test_unknown_members_are_named_and_all_unknown_is_an_error(live: Live) -> None:
    answer = send(live, "FuZhiBan|Nobody|wanglianluo")
    assert answer["errcode"] == 0 and answer["invaliduser"] == "nobody"
    assert len(items(live)) == len(items(live, "wang")) == 1
    assert send(live, "nobody|noone")["errcode"] == 81013


def test_the_agent_is_checked(live: Live) -> None:
    assert send(live, agentid=1)["errcode"] == 40056


def test_an_identical_body_is_accepted_and_shown_once(live: Live) -> None:
    checked: dict[str, Any] = {"enable_duplicate_check": 1}
    first, again = send(live, **checked), send(live, **checked)
    assert first["errcode"] == again["errcode"] == 0 and first["msgid"] == again["msgid"]
    assert len(items(live)) == 1
    assert send(live, text={"content": "另一条"}, **checked)["msgid"] != first["msgid"]
    live.control("clock", advance_s=1801)
    assert send(live, **checked)["msgid"] != first["msgid"]
    assert len(items(live)) == 3


def test_without_the_check_it_is_shown_twice(live: Live) -> None:
    send(live), send(live)
    assert len(items(live)) == 2


def test_the_interval_is_the_callers(live: Live) -> None:
    checked: dict[str, Any] = {"enable_duplicate_check": 1, "duplicate_check_interval": 60}
    send(live, **checked)
    live.control("clock", advance_s=61)
    send(live, **checked)
    assert len(items(live)) == 2


def test_an_overlong_text_is_cut(live: Live) -> None:
    send(live, text={"content": "字" * 700})
    assert len(items(live)[0]["text"].encode()) <= 2048


def test_more_than_thirty_a_minute_are_dropped_silently(live: Live) -> None:
    assert {send(live, text={"content": str(number)})["errcode"] for number in range(35)} == {0}
    assert len(items(live)) in range(30, 36), "a minute may turn in between"
    assert len(items(live)) < 35


def test_cards_and_their_demands(live: Live) -> None:
    assert "response_code" in send_card(live)
    notice = {
        "card_type": "text_notice",
        "main_title": {"title": "周报"},
        "card_action": {"type": 1, "url": "http://x/"},
    }
    answer = send(live, msgtype="template_card", template_card=notice)
    assert answer["errcode"] == 0 and "response_code" not in answer
    assert send_card(live, task_id="")["errcode"] == 40058
    assert send_card(live, button_list=[])["errcode"] == 40058
    assert send(live, msgtype="textcard", textcard={"title": "a", "description": "b"})["errcode"] == 40058


def test_a_pressed_button_calls_back_and_the_reply_changes_the_card(live: Live) -> None:
    send_card(live)
    live.echo.answer = lambda _message: (
        "<MsgType>update_button</MsgType><Button><ReplaceName><![CDATA[已由你签收]]></ReplaceName></Button>"
    )
    before = live.thread("fu")
    end = live.settled(live.act("fu", "card_click", task_id="page-1", key="seen")["exchange_id"])
    assert end["verdict"]["ok"], end
    message = live.echo.got[0].message
    assert (message["Event"], message["EventKey"], message["TaskId"]) == ("template_card_event", "seen", "page-1")
    changed = live.thread("fu", before["cursor"])["items"]
    assert [item["seq"] for item in changed] == [before["items"][0]["seq"]]
    assert changed[0]["replace_name"] == "已由你签收"
    code = message["ResponseCode"]
    update = {"userids": ["fuzhiban"], "agentid": AGENT, "response_code": code, "button": {"replace_name": "已结束"}}
    assert live.api("message/update_template_card", update, "wecom")["errcode"] == 0
    assert items(live)[0]["replace_name"] == "已结束"
    assert live.api("message/update_template_card", update, "wecom")["errcode"] == 42014, "one use"


def test_a_response_code_ends_after_72_hours(live: Live) -> None:
    code = send_card(live)["response_code"]
    live.control("clock", advance_s=72 * 3600 + 1)
    update = {"atall": 1, "agentid": AGENT, "response_code": code, "button": {"replace_name": "迟了"}}
    assert live.api("message/update_template_card", update, "wecom")["errcode"] == 42014


def test_members_and_signing_in(live: Live) -> None:
    assert live.api("user/get", platform="wecom", userid="fuzhiban")["name"] == "符值班·值班员"
    assert live.api("user/get", platform="wecom", userid="nobody")["errcode"] == 60111
    query = {
        "appid": live.options.wecom.corp_id, "agentid": str(AGENT), "login_type": "CorpApp", "state": "s",
        "redirect_uri": f"{live.options.public_base}/console/sign-in/wecom",
    }  # fmt: skip
    page = live.http.get("/sandbox/wecom/wwlogin/sso/login", params=query, headers={"Cookie": "phone_person=fu"})
    assert page.status_code == 200 and 'data-person="fu"' in page.text, "scanning asks who scans"
    back = live.http.get("/sandbox/wecom/wwlogin/sso/login", params={**query, "person": "fu"}).headers["location"]
    code = back.split("code=")[1].split("&")[0]
    assert live.api("auth/getuserinfo", platform="wecom", code=code)["userid"] == "fuzhiban"
    assert live.api("auth/getuserinfo", platform="wecom", code=code)["errcode"] == 40029


def test_a_recalled_message_becomes_a_grey_line(live: Live) -> None:
    msgid = send(live)["msgid"]
    assert live.api("message/recall", {"msgid": msgid}, "wecom")["errcode"] == 0
    assert items(live)[0]["kind"] == "system"
