"""The office's page of experts: written down, invited, confirmed, stopped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.sandbox.app import create_sandbox
from bot.sandbox.options import SandboxOptions, WeChatAccount
from handlers.consult.experts.records import Expert
from tests.bot.console.conftest import cheap_passwords  # noqa: F401
from tests.bot.front import APP_ID, ON_SQLITE
from tests.bot.outbox.stage import _Serving
from tests.conftest import OpenFront
from tests.handlers.consult.experts.office import FORM, actions, desk, duty, post
from tests.handlers.consult.experts.stage import CARD, Stage, at, digits_in, openid


@pytest.fixture
def wired(open_front: OpenFront, tmp_path: Path) -> Iterator[Stage]:
    """As ``stage``, with a platform that answers."""
    account = WeChatAccount(app_id=APP_ID, app_secret="x" * 32)
    platform = _Serving(create_sandbox(SandboxOptions(tmp_path / "platform.db", wechat=account)))
    made = Stage(open_front(sandbox=True, wechat_api_base=f"{platform.base}/sandbox/wechat"))
    made.move(at(16))
    yield made
    platform.stop()


def test_an_expert_is_written_down_invited_and_bound(wired: Stage) -> None:
    browser = duty(wired)
    assert "还没有专家" in browser.get("/console/experts/").text
    assert "高处作业与脚手架" in browser.get("/console/experts/add").text
    added = post(browser, "/console/experts/add", **FORM)
    assert added.status_code == 302
    (row,) = wired.front.rows(Expert)
    assert (row.topics, row.daily_cap, row.state) == ("height,lifting", 5, "invited")
    shown = post(browser, f"/console/experts/{row.id}/code")
    assert shown.status_code == 200 and "<svg" in shown.text and shown.headers["Cache-Control"] == "no-store"
    scene = re.search(r"<code>(expert\.\S+)</code>", shown.text)
    assert scene, "the sandbox says what to type"
    digits = digits_in(wired.scan(scene[1], openid("王工")))
    assert (
        f"/console/experts/{row.id}" in browser.get("/console/").text
        and "等您打电话核对" in browser.get("/console/").text
    )
    asks = browser.get(f"/console/experts/{row.id}").text
    assert "等您核对" in asks and digits not in asks and "出二维码" not in asks
    post(browser, f"/console/experts/{row.id}/confirm", code="0" if digits != "0" else "1")
    assert wired.front.rows(Expert)[0].state == "scanned" and wired.sent(CARD) == []
    post(browser, f"/console/experts/{row.id}/confirm", code=digits)
    assert len(wired.sent(CARD)) == 1
    listed = browser.get("/console/experts/").text
    assert "在答" in listed and "139****1234" in listed and "13900001234" not in listed
    assert openid("王工") not in listed and (row.person_id or "x" * 26) not in listed
    again = post(browser, f"/console/experts/{row.id}/code")
    assert again.status_code == 302, "who is bound has no code"
    done = [action for action in actions(wired) if action.startswith("consult.")]
    steps = ("added", "code", "wrong_digits", "confirmed")
    assert done == [f"consult.expert_{step}" for step in steps]


def test_without_a_platform_the_office_is_told_kindly(stage: Stage) -> None:
    browser = duty(stage)
    post(browser, "/console/experts/add", **FORM)
    (row,) = stage.front.rows(Expert)
    failed = browser.post(f"/console/experts/{row.id}/code", {}, token_from="/console/profile/", follow_redirects=True)
    assert failed.status_code == 200 and "没给出二维码" in failed.text


@pytest.mark.parametrize(
    ("change", "words"),
    [({"name": ""}, "姓名"), ({"hours": ["九点"] + [""] * 6}, "周一"), ({"daily_cap": "x"}, "每天")],
)
def test_a_form_that_is_wrong_keeps_what_was_filled_in(stage: Stage, change: dict, words: str) -> None:
    browser = duty(stage)
    answer = post(browser, "/console/experts/add", **{**FORM, **change})
    assert answer.status_code == 400 and words in answer.text and "省质安总站" in answer.text
    assert 'value="height" checked' in answer.text and stage.front.rows(Expert) == []


def test_changing_stopping_and_unbinding(stage: Stage) -> None:
    id_, phone = stage.join("王工")
    browser = duty(stage)
    assert post(browser, f"/console/experts/{id_}", **{**FORM, "phone": ""}).status_code == 302
    assert stage.front.rows(Expert)[0].unit == "省质安总站"
    post(browser, f"/console/experts/{id_}/state", to="suspend")
    assert phone.open(stage.links["王工"]).status == 403
    post(browser, f"/console/experts/{id_}/state", to="resume")
    assert phone.open(stage.links["王工"]).status == 200
    post(browser, f"/console/experts/{id_}/state", to="unbind")
    assert phone.open(stage.links["王工"]).status == 410 and stage.front.rows(Expert)[0].person_id is None
    assert post(browser, f"/console/experts/{id_}/state", to="delete").status_code == 404
    assert browser.get("/console/experts/NOSUCH").status_code == 404
    done = actions(stage)
    for action in ("changed", "suspended", "resumed", "unbound"):
        assert f"consult.expert_{action}" in done


def test_a_number_is_seen_whole_only_when_asked_for_and_that_is_written_down(stage: Stage) -> None:
    browser = duty(stage)
    post(browser, "/console/experts/add", **FORM)
    (row,) = stage.front.rows(Expert)
    assert "13900001234" not in browser.get(f"/console/experts/{row.id}").text
    assert "13900001234" in post(browser, f"/console/experts/{row.id}/phone").text
    assert actions(stage)[-1] == "consult.expert_phone_seen"


def test_a_member_of_wecom_gets_a_card(stage: Stage) -> None:
    browser = duty(stage)
    post(browser, "/console/experts/add", **FORM)
    (row,) = stage.front.rows(Expert)
    bound = browser.post(
        f"/console/experts/{row.id}/member",
        {"userid": "WangGong"},
        token_from="/console/profile/",
        follow_redirects=True,
    )
    assert "已绑定" in bound.text
    (card,) = stage.sent("consult.expert-card")
    assert card.channel == "wecom" and "/h5/expert/" in stage.words(card)


@ON_SQLITE
@pytest.mark.parametrize("role", ["expert", "leader", "auditor", "triage", "host"])
@pytest.mark.parametrize("path", ["/console/experts/", "/console/experts/add", "/console/release/"])
def test_only_the_office_opens_these_pages(stage: Stage, role: str, path: str) -> None:
    assert desk(stage).signed_in("someone", role).get(path).status_code == 404


def test_no_other_way_than_the_digits_makes_who_scanned_an_expert(stage: Stage) -> None:
    id_, browser = stage.expert("王工"), duty(stage)
    heard = stage.scan(stage.code(id_), openid("路人"))
    post(browser, f"/console/experts/{id_}/state", to="resume")
    post(browser, f"/console/experts/{id_}/member", userid="WangGong")
    (row,) = stage.front.rows(Expert)
    assert row.state == "scanned" and "consult.expert_resumed" not in actions(stage) and stage.sent(CARD) == []
    post(browser, f"/console/experts/{id_}/state", to="suspend")
    post(browser, f"/console/experts/{id_}/member", userid="WangGong")
    assert stage.front.rows(Expert)[0].state == "suspended", "a member is bound to no stopped seat"
    post(browser, f"/console/experts/{id_}/state", to="resume")
    (row,) = stage.front.rows(Expert)
    assert (row.state, row.person_id) == ("invited", None)
    post(browser, f"/console/experts/{id_}/confirm", code=digits_in(heard))
    assert stage.front.rows(Expert)[0].state == "invited" and stage.sent(CARD) == []


def test_wrong_digits_are_written_down_and_void_the_scan_in_the_end(stage: Stage) -> None:
    id_, browser = stage.expert("王工"), duty(stage)
    for _ in range(2):
        post(browser, f"/console/experts/{id_}/code")
        digits = digits_in(stage.scan(stage.code(id_), openid("路人")))
        wrong = f"{(int(digits) + 1) % 10_000:04}"
        for _ in range(4):
            post(browser, f"/console/experts/{id_}/confirm", code=wrong)
            assert stage.front.rows(Expert)[0].state == "scanned"
        post(browser, f"/console/experts/{id_}/confirm", code=wrong)
        (row,) = stage.front.rows(Expert)
        assert (row.state, row.person_id) == ("invited", None)
        post(browser, f"/console/experts/{id_}/confirm", code=digits)
        assert stage.front.rows(Expert)[0].state == "invited"
    done = actions(stage)
    assert (done.count("consult.expert_wrong_digits"), done.count("consult.expert_voided")) == (10, 2)


def test_who_scans_again_has_other_digits(stage: Stage) -> None:
    id_, browser, seen = stage.expert("王工"), duty(stage), set()
    for _ in range(4):
        seen.add(digits_in(stage.scan(stage.code(id_), openid("路人"))))
        post(browser, f"/console/experts/{id_}/state", to="unbind")
    assert len(seen) > 1
