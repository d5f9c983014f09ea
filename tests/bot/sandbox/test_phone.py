"""The API that the phone in the browser calls, in the shapes its scripts read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import bot.sandbox
from tests.bot.sandbox.conftest import Live

STATIC = Path(bot.sandbox.__file__).parent / "static"


def test_the_page_and_every_file_it_names_are_served(live: Live) -> None:
    page = live.http.get("/phone/")
    assert page.status_code == 200 and "default-src 'self'" in page.headers["content-security-policy"]
    for name in set(re.findall(r'(?:href|src)="(static/[^"#]+)', page.text)):
        assert live.http.get(f"/phone/{name}").status_code == 200, name
    for script in (STATIC / "phone/js").glob("*.js"):
        assert live.http.get(f"/phone/static/phone/js/{script.name}").status_code == 200
    assert live.http.get("/phone").headers["location"] == "/phone/"


def test_people(live: Live) -> None:
    people = live.http.get("/phone/api/people").json()["people"]
    assert [one["id"] for one in people] == ["aqiang", "chen", "wang", "fu"]
    assert people[0]["following"] is False and people[2]["platform"] == "wecom"
    added = live.http.post("/phone/api/people", json={"name": "木工老李", "platform": "wechat"}).json()
    assert added["following"] is False and added["id"] in {
        one["id"] for one in live.http.get("/phone/api/people").json()["people"]
    }
    assert "error" in live.http.post("/phone/api/people", json={"name": ""}).json()


def test_saying_something_shows_both_bubbles_and_the_exchange(live: Live) -> None:
    answer = live.act("chen", "text", text="高处作业要系安全带吗")
    end = live.settled(answer["exchange_id"])
    assert end["status"] == 200 and end["ms"] > 0 and end["verdict"]["ok"] and len(end["tries"]) == 1
    assert "<Content>" in end["request_xml"] and "<Encrypt>" in end["wire_xml"]
    assert "收到" in end["response_xml"] and "<Encrypt>" in end["response_wire"]
    thread = live.thread("chen")
    assert [(item["dir"], item["kind"]) for item in thread["items"]] == [("out", "text"), ("in", "text")]
    assert thread["account"] == {"name": "安全哨", "intro": live.options.wechat.intro}
    assert live.thread("chen", thread["cursor"])["items"] == []
    assert live.thread("chen", thread["cursor"])["cursor"] == thread["cursor"]


def test_a_newcomer_follows_first(live: Live) -> None:
    assert "关注" in live.act("aqiang", "text", text="在吗")["error"]
    live.act("aqiang", "follow")
    assert [item["kind"] for item in live.thread("aqiang")["items"]] == ["system", "text"]
    assert live.echo.got[0].message["Event"] == "subscribe"
    assert live.act("aqiang", "follow") == {"exchange_id": None, "exchange_ids": []}


def test_scanning_makes_a_newcomer_follow(live: Live) -> None:
    live.settled(live.act("aqiang", "scan", scene="site-001")["exchange_id"])
    assert live.echo.got[0].message["EventKey"] == "qrscene_site-001"
    live.settled(live.act("aqiang", "scan", scene="site-002")["exchange_id"])
    assert live.echo.got[1].message["Event"] == "SCAN"


@pytest.mark.parametrize(
    ("action", "details", "kind"),
    [
        ("voice", {"recognition": "架子晃"}, "voice"),
        ("voice", {"recognition": ""}, "voice"),
        ("location", {"lat": 20.01, "lng": 110.3, "label": "海口"}, "location"),
        ("click", {"key": "TIP"}, "system"),
        ("unfollow", {}, "system"),
    ],
)
def test_acts(live: Live, action: str, details: dict[str, object], kind: str) -> None:
    live.settled(live.act("chen", action, **details)["exchange_id"])
    assert live.thread("chen")["items"][0]["kind"] == kind


def test_photos_are_one_message_each_and_can_be_seen_and_fetched(live: Live) -> None:
    files = [("file", (f"{number}.jpg", b"\xff\xd8" + bytes([number]) * 50, "image/jpeg")) for number in range(3)]
    form = {"person": "chen", "action": "image", "key": "TIP_PHOTO", "type": "pic_sysphoto"}
    ids = live.http.post("/phone/api/act", data=form, files=files).json()["exchange_ids"]
    for exchange_id in ids:
        live.settled(exchange_id)
    kinds = [got.message.get("Event") or got.message["MsgType"] for got in live.echo.got]
    assert sorted(kinds) == ["image", "image", "image", "pic_sysphoto"]
    picture = next(got.message for got in live.echo.got if got.message["MsgType"] == "image")
    assert picture["PicUrl"].startswith(live.options.public_base)
    item = next(item for item in live.thread("chen")["items"] if item["kind"] == "image")
    shown = live.http.get(item["url"])
    assert shown.headers["content-type"] == "image/jpeg" and "sandbox" in shown.headers["content-security-policy"]


def test_a_menu_message_counts_as_a_click(live: Live) -> None:
    live.settled(live.act("chen", "text", text="有用", bizmsgmenuid="7")["exchange_id"])
    assert live.echo.got[0].message["bizmsgmenuid"] == "7"


@pytest.mark.parametrize(
    "what", ["retry", "same_msgid_x3", "replay", "bad_signature", "old_timestamp", "huge_body", "broken_xml", "dtd"]
)
def test_trials_repeat_or_spoil_and_show_one_grey_line(live: Live, what: str) -> None:
    first = live.act("chen", "text", text="问")["exchange_id"]
    live.settled(first)
    ids = live.act("chen", "bad", what=what, exchange_id=first)["exchange_ids"]
    assert len(ids) == (3 if what == "same_msgid_x3" else 1)
    for exchange_id in ids:
        end = live.settled(exchange_id)
        assert end["verdict"]["ok"], end["verdict"]
    *chat, line = live.thread("chen")["items"]
    assert len(chat) == 2 and line["kind"] == "system"
    repeated = what in ("retry", "same_msgid_x3", "replay")
    assert ("和原来一样" if repeated else "拒绝") in line["text"]
    assert len({got.message["MsgId"] for got in live.echo.got}) == 1
    assert len(live.echo.got) == (1 + len(ids) if repeated else 1)


def test_the_slow_trial_makes_the_platform_try_again(live: Live) -> None:
    first = live.act("chen", "text", text="问")["exchange_id"]
    live.settled(first)
    end = live.settled(live.act("chen", "bad", what="slow", exchange_id=first)["exchange_id"])
    assert [one["status"] for one in end["tries"]] == [None, 200]
    ids = [got.message["MsgId"] for got in live.echo.got]
    assert ids[1] == ids[2] != ids[0], "a new message, posted twice"


def test_a_trial_needs_something_to_repeat(live: Live) -> None:
    assert "先在手机里说一句" in live.act("chen", "bad", what="retry", exchange_id=None)["error"]


def test_the_clock_card(live: Live) -> None:
    assert "now" in live.http.get("/phone/api/clock").json()
    moved = live.http.post("/phone/api/clock", json={"now": "2026-06-16T09:00:00+08:00"}).json()
    assert moved["now"].startswith("2026-06-16T09:00")
    assert live.http.post("/phone/api/clock", json={"now": "?"}).json()["error"]
