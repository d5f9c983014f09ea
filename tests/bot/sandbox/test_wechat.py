"""The Official Account's sending APIs with their windows, field rules and idempotency; menu, users, QR codes, media."""

from __future__ import annotations

from typing import Any

import pytest

from tests.bot.sandbox.conftest import Live

CHEN = "oSbx0chen0citizen0demo000002"
AQIANG = "oSbx0aqiang0worker0demo00001"


def custom(live: Live, words: str = "专家答复了", to: str = CHEN) -> int:
    body = {"touser": to, "msgtype": "text", "text": {"content": words}}
    return int(live.api("message/custom/send", body)["errcode"])


def template(live: Live, to: str = CHEN, data: dict[str, str] | None = None, **more: Any) -> Any:
    values = data or {"thing1": "安全月活动报送", "time2": "2026-06-10 17:00", "phrase3": "未报送"}
    fields = {name: {"value": value} for name, value in values.items()}
    return live.api("message/template/send", {"touser": to, "template_id": "tpl-reminder", "data": fields, **more})


def shown(live: Live, person: str, kind: str) -> list[Any]:
    return [item for item in live.thread(person)["items"] if item["kind"] == kind]


def test_five_messages_in_48_hours_after_a_message(live: Live) -> None:
    assert custom(live) == 45015
    live.callback(type="text", **{"from": "chen"}, content="问")
    assert [custom(live) for _ in range(6)] == [0, 0, 0, 0, 0, 45047]
    live.callback(type="text", **{"from": "chen"}, content="再问")
    assert custom(live) == 0
    live.control("clock", advance_s=48 * 3600 + 1)
    assert custom(live) == 45015


def test_three_messages_in_a_minute_after_a_click(live: Live) -> None:
    live.callback(type="click", **{"from": "chen"}, key="K")
    assert [custom(live) for _ in range(4)] == [0, 0, 0, 45047]
    live.callback(type="click", **{"from": "chen"}, key="K")
    live.control("clock", advance_s=61)
    assert custom(live) == 45015


@pytest.mark.parametrize("kind", ["subscribe", "scan"])
def test_following_and_scanning_open_a_minute(live: Live, kind: str) -> None:
    live.callback(type=kind, **{"from": "chen"}, scene="site-001")
    assert [custom(live) for _ in range(4)] == [0, 0, 0, 45047]


def test_unfollowing_closes_everything(live: Live) -> None:
    live.callback(type="text", **{"from": "chen"}, content="问")
    live.callback(type="unsubscribe", **{"from": "chen"})
    assert custom(live) == 45015


def test_what_custom_send_refuses(live: Live) -> None:
    live.callback(type="text", **{"from": "chen"}, content="问")
    assert custom(live, to="oNobody") == 40003
    assert custom(live, "") == 44004
    assert custom(live, "字" * 683) == 45002
    image = {"touser": CHEN, "msgtype": "image", "image": {"media_id": "x"}}
    assert live.api("message/custom/send", image)["errcode"] == 40007
    assert (
        live.http.post(
            "/sandbox/wechat/cgi-bin/message/custom/send", params={"access_token": live.token()}, content=b"{"
        ).json()["errcode"]
        == 47001
    )
    assert [custom(live) for _ in range(5)] == [0] * 5, "a refused message costs nothing"


def test_a_menu_message_is_shown_with_its_options(live: Live) -> None:
    live.callback(type="text", **{"from": "chen"}, content="问")
    menu = {"head_content": "有用吗", "list": [{"id": "1", "content": "有用"}], "tail_content": ""}
    live.api("message/custom/send", {"touser": CHEN, "msgtype": "msgmenu", "msgmenu": menu})
    assert shown(live, "chen", "menu")[0]["menu"] == menu


def test_a_template_message_is_shown_and_its_receipt_follows(live: Live) -> None:
    answer = template(live, url="/h5/x")
    assert answer["errcode"] == 0
    (item,) = shown(live, "chen", "template")
    assert item["title"] == "报送提醒"
    assert item["fields"][0] == {"label": "事项", "value": "安全月活动报送"}
    (sent,) = live.sent(platform="wechat", to="chen")
    assert sent["msgid"] == str(answer["msgid"]) and sent["path"] == "/cgi-bin/message/template/send" and sent["shown"]
    receipt = wait_for(live, "TEMPLATESENDJOBFINISH")
    assert (receipt["MsgID"], receipt["Status"]) == (str(answer["msgid"]), "success")


def wait_for(live: Live, event: str) -> Any:
    import time

    for _ in range(100):
        found = [got.message for got in live.echo.got if got.message.get("Event") == event]
        if found:
            return found[0]
        time.sleep(0.02)
    raise AssertionError(f"no {event} came")


def test_a_failed_receipt_can_be_ordered(live: Live) -> None:
    live.control("people", **{"from": "chen"}, receipt="failed:user block")
    template(live)
    assert wait_for(live, "TEMPLATESENDJOBFINISH")["Status"] == "failed:user block"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("thing1", "字" * 21),
        ("thing1", "两\n行"),
        ("thing1", ""),
        ("time2", "明天下午"),
        ("phrase3", "没有报送呢了"),
        ("number4", "三"),
        ("character_string4", "车位-256"),
        ("phone_number4", "12345678901234567890"),
    ],
)
def test_a_bad_field_is_named(live: Live, field: str, value: str) -> None:
    data = {"thing1": "报送", "time2": "2026-06-10", "phrase3": "未报送", field: value}
    answer = template(live, data=data)
    assert answer["errcode"] == 47003 and f"data.{field}.value" in answer["errmsg"]


def test_a_missing_field_is_named(live: Live) -> None:
    assert "data.phrase3.value" in template(live, data={"thing1": "报送", "time2": "2026-06-10"})["errmsg"]


@pytest.mark.parametrize("value", ["2026-06-10 17:00", "2026年6月10日 17:00", "17:00", "2026-06-10", "9:00~17:00"])
def test_times_the_platform_takes(live: Live, value: str) -> None:
    assert template(live, data={"thing1": "报送", "time2": value, "phrase3": "未报送"})["errcode"] == 0


def test_who_cannot_get_a_template_message(live: Live) -> None:
    assert template(live, to="oNobody")["errcode"] == 40003
    assert template(live, to=AQIANG)["errcode"] == 43004
    assert template(live, template_id="tpl-unknown")["errcode"] == 40037
    live.control("people", **{"from": "chen"}, refuse=["tpl-reminder"])
    assert template(live)["errcode"] == 43101
    live.control("people", **{"from": "chen"}, allow=["tpl-reminder"])
    assert template(live)["errcode"] == 0


def test_client_msg_id_is_shown_once_in_ten_minutes(live: Live) -> None:
    first = template(live, client_msg_id="due-7")
    again = template(live, client_msg_id="due-7")
    assert first["msgid"] == again["msgid"]
    assert len(shown(live, "chen", "template")) == 1
    assert [one["shown"] for one in live.sent()] == [True, False]
    live.control("clock", advance_s=601)
    assert template(live, client_msg_id="due-7")["msgid"] != first["msgid"]
    assert len(shown(live, "chen", "template")) == 2


def subscription(live: Live, template_id: str) -> int:
    body = {"touser": CHEN, "template_id": template_id, "data": {"thing1": {"value": "得分 90"}}}
    return int(live.api("message/subscribe/bizsend", body)["errcode"])


def test_one_subscription_notice_a_consent(live: Live) -> None:
    assert subscription(live, "tpl-once") == 43101
    live.callback(type="subscribe_msg_popup_event", **{"from": "chen"}, template_id="tpl-once")
    assert [subscription(live, "tpl-once") for _ in range(2)] == [0, 43101]
    assert wait_for(live, "subscribe_msg_sent_event")["SubscribeMsgSentEvent"]["List"]["TemplateId"] == "tpl-once"
    live.control("people", **{"from": "chen"}, consent={"tpl-long": 1})
    assert [subscription(live, "tpl-long") for _ in range(3)] == [0, 0, 0]


def test_the_menu_is_published_and_reaches_the_phone(live: Live) -> None:
    assert live.api("menu/get")["errcode"] == 46003
    menu = {"button": [{"type": "click", "name": "拍隐患", "key": "TIP"}, {"name": "更多", "sub_button": [
        {"type": "view", "name": "查进度", "url": "http://127.0.0.1/h5"}]}]}  # fmt: skip
    assert live.api("menu/create", menu)["errcode"] == 0
    assert live.api("menu/get")["menu"] == menu
    assert live.thread("chen")["menu"] == menu
    long = {"button": [{"type": "click", "name": "一二三四五六", "key": "K"}]}
    assert live.api("menu/create", long)["errcode"] == 40018
    live.api("menu/delete")
    assert live.thread("chen")["menu"] is None


def test_users_and_qr_codes(live: Live) -> None:
    assert live.api("user/info", openid=CHEN)["subscribe"] == 1
    assert live.api("user/info", openid=AQIANG)["subscribe"] == 0
    assert live.api("user/info", openid="oNobody")["errcode"] == 40003
    action = {"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": "s1"}}}
    code = live.api("qrcode/create", action)
    assert live.http.get("/sandbox/wechat/cgi-bin/showqrcode", params={"ticket": code["ticket"]}).status_code == 200


def test_media_lives_three_days(live: Live) -> None:
    files = {"media": ("a.png", b"\x89PNG" + b"0" * 100, "image/png")}
    params = {"access_token": live.token(), "type": "image"}
    media_id = live.http.post("/sandbox/wechat/cgi-bin/media/upload", params=params, files=files).json()["media_id"]
    get = {"access_token": live.token(), "media_id": media_id}
    assert live.http.get("/sandbox/wechat/cgi-bin/media/get", params=get).headers["content-type"] == "image/png"
    live.control("clock", advance_s=3 * 86400 + 1)
    assert live.api("media/get", media_id=media_id)["errcode"] == 40007


def test_a_video_is_an_address(live: Live) -> None:
    live.callback(type="video", **{"from": "chen"})
    url = live.api("media/get", media_id=live.echo.got[0].message["MediaId"])["video_url"]
    assert url.startswith(live.options.public_base + "/sandbox/files/")


def test_oauth_of_the_person_holding_the_phone(live: Live) -> None:
    query = {
        "appid": live.options.wechat.app_id, "redirect_uri": f"{live.options.public_base}/h5/live?room=1",
        "response_type": "code", "scope": "snsapi_base", "state": "s 1",
    }  # fmt: skip
    address = "/sandbox/wechat/connect/oauth2/authorize"
    assert "陈阿姨" in live.http.get(address, params=query).text
    gone = live.http.get(address, params=query, headers={"Cookie": "phone_person=chen"})
    assert gone.status_code == 302 and gone.headers["location"].startswith(query["redirect_uri"] + "&code=")
    assert gone.headers["location"].endswith("&state=s+1")
    code = gone.headers["location"].split("code=")[1].split("&")[0]
    account = live.options.wechat
    redeem = {"appid": account.app_id, "secret": account.app_secret, "code": code, "grant_type": "authorization_code"}
    assert live.http.get("/sandbox/wechat/sns/oauth2/access_token", params=redeem).json()["openid"] == CHEN
    assert live.http.get("/sandbox/wechat/sns/oauth2/access_token", params=redeem).json()["errcode"] == 40163
    elsewhere = {**query, "redirect_uri": "https://evil.example/"}
    assert live.http.get(address, params=elsewhere).status_code == 400


def test_unknown_paths_answer_an_errcode(live: Live) -> None:
    answer = live.http.post("/sandbox/wechat/cgi-bin/message/mass/send")
    assert answer.status_code == 404 and answer.json()["errcode"] == 40066


def test_a_call_of_the_wrong_shape_or_method(live: Live) -> None:
    assert live.api("message/custom/send")["errcode"] == 43002
    live.callback(type="text", **{"from": "chen"}, content="问")
    odd = {"touser": CHEN, "msgtype": "news", "news": {"articles": 7}}
    assert live.api("message/custom/send", odd)["errcode"] == 47001
