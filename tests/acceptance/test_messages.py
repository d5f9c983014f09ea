"""Every other thing a phone can send, and the platform's own bad days."""

from __future__ import annotations

import io
from uuid import uuid4

import pytest
from PIL import Image

from tests.acceptance.conftest import NewPhone
from tests.acceptance.doors import Phone, Platforms
from tests.acceptance.installation import Installation

REFUSED = ("bad_signature", "old_timestamp", "huge_body")


def picture(colour: str = "orange") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 240), colour).save(out, "JPEG")
    return out.getvalue()


def test_following_is_greeted_with_the_numbers(new_phone: NewPhone) -> None:
    phone = new_phone(follow=False)
    greeting = phone.act("follow").text
    assert "119" in greeting and "120" in greeting and "/h5/notice" in greeting
    assert phone.act("unfollow").text == ""
    assert "119" in phone.act("follow").text


def test_photos_get_one_kind_word_each(phone: Phone) -> None:
    answers = phone.photos(picture(), picture("navy"))
    assert len(answers) == 2
    assert all(one.accepted and one.text for one in answers)


def test_a_place(phone: Phone) -> None:
    answer = phone.act("location", lat=20.0174, lng=110.3493, label="海口市五指山南路1号")
    assert answer.accepted and answer.text


@pytest.mark.parametrize("platform", ["wechat", "wecom"])
def test_every_entry_of_the_menu_is_answered(new_phone: NewPhone, platform: str) -> None:
    phone = new_phone(platform)
    for entry in entries(phone):
        kind, key = entry["type"], entry["key"]
        if kind == "click":
            answer = phone.act("click", key=key)
        elif kind == "location_select":
            answer = phone.act("location", type=kind, key=key, lat=20.0174, lng=110.3493, label="海口市五指山南路1号")
        else:
            answer = phone.photos(picture(), type=kind, key=key)[-1]
        assert answer.status == 200 and answer.accepted, key
        assert answer.text and "没处理好" not in answer.text, key


def entries(phone: Phone) -> list[dict[str, str]]:
    """The entries of the menu that this phone shows."""
    menu = phone.client.get("/thread", params={"person": phone.id}).json()["menu"]
    return [entry for top in menu["button"] for entry in (top.get("sub_button") or [top])]


def test_the_menu_was_published(phone: Phone) -> None:
    menu = phone.client.get("/thread", params={"person": phone.id}).json()["menu"]
    assert [button["name"] for button in menu["button"]] == ["拍隐患", "问安全", "我的"]


def test_a_scanned_code(new_phone: NewPhone) -> None:
    stranger = new_phone(follow=False)
    assert "119" in stranger.act("scan", scene="site-001").text
    assert stranger.act("scan", scene="site-001").status == 200


def test_entering_the_app_in_wecom(platforms: Platforms) -> None:
    answer = platforms.callback("wanglianluo", "enter_agent", "wecom")
    assert answer.status == 200 and answer.accepted


@pytest.mark.parametrize("kind", ["video", "shortvideo", "link", "file"])
def test_other_kinds_are_answered_kindly(platforms: Platforms, kind: str) -> None:
    answer = platforms.callback(
        f"o{uuid4().hex[:27]}", kind, title="题目", description="说明", url="https://example.com/"
    )
    assert answer.status == 200 and answer.accepted and answer.text


@pytest.mark.parametrize("platform", ["wechat", "wecom"])
@pytest.mark.parametrize("trial", REFUSED)
def test_what_is_not_authentic_is_refused(platforms: Platforms, platform: str, trial: str) -> None:
    refused = platforms.say("oTrial0000000000000000000001", "高处作业要系安全带吗", platform, trial=trial)
    assert 400 <= refused.status < 500 and refused.text == ""


@pytest.mark.parametrize("trial", ["broken_xml", "dtd"])
def test_what_cannot_be_read_never_fails(platforms: Platforms, trial: str) -> None:
    answer = platforms.say("oTrial0000000000000000000001", "高处作业要系安全带吗", trial=trial)
    assert answer.status < 500


def test_a_redelivery_gets_the_same_answer_and_does_nothing_twice(phone: Phone) -> None:
    phone.say("煤气漏了怎么办")
    newest = max(one["exchange_id"] for one in phone.items() if one.get("exchange_id"))
    for what in ("retry", "same_msgid_x3", "replay"):
        phone.act("bad", what=what, exchange_id=newest)
        assert "得到的答复和原来一样" in phone.items()[-1]["text"], what


def test_a_slow_road_brings_a_redelivery_that_is_answered(phone: Phone) -> None:
    phone.say("煤气漏了怎么办")
    newest = max(one["exchange_id"] for one in phone.items() if one.get("exchange_id"))
    late = phone.act("bad", what="slow", exchange_id=newest)
    assert late.tries == 2 and late.accepted


@pytest.mark.parametrize("platform", ["wechat", "wecom"])
def test_the_platform_can_verify_the_address(platforms: Platforms, platform: str) -> None:
    assert platforms.order("/verify", platform=platform)["ok"]


def test_nothing_identifying_was_logged(service: Installation, phone: Phone, platforms: Platforms) -> None:
    phone.say("我叫符测试人，电话13876543210，身份证460100199001011234，安全带要怎么系")
    people = platforms.client.get("/people").json()
    openid = next(one["ident"] for one in people if one["id"] == phone.id)
    everything = service.logs() + service.said()
    for secret in (openid, "符测试人", "13876543210", "460100199001011234", "安全带要怎么系"):
        assert secret not in everything, secret
