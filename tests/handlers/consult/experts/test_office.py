"""The office's pages: experts and their codes, release, whose a question is, corrections."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.console.records import AuditEvent
from bot.sandbox.app import create_sandbox
from bot.sandbox.options import SandboxOptions, WeChatAccount
from handlers.consult.experts.records import Expert
from handlers.consult.records import HAZARD, ConsultQuestion
from tests.bot.console.conftest import cheap_passwords  # noqa: F401
from tests.bot.console.desk_app import Browser, Desk
from tests.bot.front import APP_ID, ON_SQLITE
from tests.bot.outbox.stage import _Serving
from tests.conftest import OpenFront
from tests.handlers.consult.experts.stage import CARD, MONDAY_TO_FRIDAY, Phone, Stage, at, digits_in, openid

FORM = {
    "name": "王工",
    "unit": "省质安总站",
    "topics": ["height", "lifting"],
    "hours": [MONDAY_TO_FRIDAY] * 5 + ["", ""],
    "daily_cap": "5",
    "valid_from": "2021-06-01",
    "valid_to": "",
    "phone": "13900001234",
}
PENALTY = "这样做违规，会被罚款，先停下来。"
ANSWER = "不能用，先停下来找持证的人检查。"


@pytest.fixture
def wired(open_front: OpenFront, tmp_path: Path) -> Iterator[Stage]:
    """As ``stage``, with a platform that answers."""
    account = WeChatAccount(app_id=APP_ID, app_secret="x" * 32)
    platform = _Serving(create_sandbox(SandboxOptions(tmp_path / "platform.db", wechat=account)))
    made = Stage(open_front(sandbox=True, wechat_api_base=f"{platform.base}/sandbox/wechat"))
    made.move(at(16))
    yield made
    platform.stop()


def desk(stage: Stage) -> Desk:
    return Desk(stage.front.app, stage.front.services)


def duty(stage: Stage) -> Browser:
    return desk(stage).signed_in("fu", "duty")


def post(browser: Browser, path: str, **fields: object):
    return browser.post(path, fields, token_from="/console/profile/")


def actions(stage: Stage) -> list[str]:
    return [event.action for event in stage.front.rows(AuditEvent)]


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
    assert done == ["consult.expert_added", "consult.expert_code", "consult.expert_confirmed"]


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


# -- release ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def held(stage: Stage) -> tuple[Stage, Browser, str, str]:
    """An answer about a penalty that waits; the office's browser, the question and the answer."""
    _id, phone = stage.join("王工")
    asked = stage.ask()
    stage.look()
    phone.open(stage.links["王工"]).press("send", words=PENALTY)
    (answer,) = stage.answers()
    assert answer.state == "held"
    return stage, duty(stage), asked, answer.id


def test_what_waits_is_on_the_first_page_and_in_the_list(held: tuple[Stage, Browser, str, str]) -> None:
    stage, browser, asked, answer = held
    assert "专家意见等放行" in browser.get("/console/").text
    listed = browser.get("/console/release/").text
    assert PENALTY in listed and "说到处罚" in listed and "王工（省安全专家库）" in listed
    assert "王工写好了，等放行" in browser.get("/console/consult/").text
    page = browser.get(f"/console/consult/q/{asked}").text
    assert "王工写好了，等放行" in page and "等放行的" in page
    expert = desk(stage).signed_in("chen", "expert")
    assert expert.get(f"/console/release/{answer}").status_code == 404
    assert post(expert, f"/console/release/{answer}", do="release", words="x").status_code == 404


def test_released_it_goes(held: tuple[Stage, Browser, str, str]) -> None:
    stage, browser, asked, answer = held
    assert post(browser, f"/console/release/{answer}", do="release", words=PENALTY).status_code == 302
    assert stage.words(stage.sent()[0]).endswith(PENALTY) and stage.question(asked).queue == "replied"
    assert post(browser, f"/console/release/{answer}", do="release", words=PENALTY).status_code == 409
    assert len(stage.sent()) == 1 and actions(stage)[-1] == "consult.released"
    assert "王工" in browser.get(f"/console/consult/q/{asked}").text


def test_edited_and_released_both_are_kept(held: tuple[Stage, Browser, str, str]) -> None:
    stage, browser, asked, answer = held
    post(browser, f"/console/release/{answer}", do="release", words="先停下来，找持证的人看。")
    assert [one.state for one in stage.answers()] == ["dropped", "sent"]
    page = browser.get(f"/console/consult/q/{asked}").text
    assert PENALTY in page and "先停下来，找持证的人看。" in page and "答复的各个版本" in page


def test_a_reason_beside_release_releases_nothing(held: tuple[Stage, Browser, str, str]) -> None:
    """Enter in the field for the reason presses the form's first button."""
    _stage, browser, _question, answer = held
    refused = post(browser, f"/console/release/{answer}", do="release", words=PENALTY, note="别写罚款")
    assert refused.status_code == 400
    assert "没有发出" in refused.text
    assert post(browser, f"/console/release/{answer}", do="return", note="别写罚款").status_code == 302


def test_sent_back_with_a_reason_only(held: tuple[Stage, Browser, str, str]) -> None:
    stage, browser, asked, answer = held
    missing = post(browser, f"/console/release/{answer}", do="return", words=PENALTY)
    assert missing.status_code == 400 and "理由" in missing.text
    assert post(browser, f"/console/release/{answer}", do="return", note="别写罚款").status_code == 302
    owned = stage.owner(asked)
    assert owned is not None and owned.state == "open" and not stage.sent()
    assert "没有等放行的" in browser.get("/console/release/").text
    assert "这一条已经处理过了" in browser.get(f"/console/release/{answer}").text


@pytest.mark.parametrize("words", ["", "长" * 501])
def test_nothing_empty_or_too_long_is_released(held: tuple[Stage, Browser, str, str], words: str) -> None:
    stage, browser, _asked, answer = held
    assert post(browser, f"/console/release/{answer}", do="release", words=words).status_code == 400
    assert not stage.sent()


def test_the_office_answers_itself_and_what_waited_is_dropped(held: tuple[Stage, Browser, str, str]) -> None:
    stage, browser, asked, answer = held
    assert post(browser, f"/console/consult/q/{asked}/reply", reply=ANSWER).status_code == 302
    assert post(browser, f"/console/release/{answer}", do="release", words=PENALTY).status_code == 409
    assert len(stage.sent()) == 1 and sorted(one.state for one in stage.answers()) == ["dropped", "sent"]


def test_an_expert_at_the_console_waits_too_and_the_office_does_not(stage: Stage) -> None:
    asked = stage.ask()
    expert = desk(stage).signed_in("chen", "expert")
    sent = expert.post(
        f"/console/consult/q/{asked}/reply", {"reply": PENALTY}, token_from="/console/profile/", follow_redirects=True
    )
    assert "已交办公室放行" in sent.text and not stage.sent()
    stage.look()
    owned = stage.owner(asked)
    assert owned is not None and (owned.expert_id, owned.state) == (None, "held")
    browser = duty(stage)
    (answer,) = stage.answers()
    assert "chen" in browser.get(f"/console/release/{answer.id}").text
    post(browser, f"/console/release/{answer.id}", do="release", words=PENALTY)
    assert stage.question(asked).replied_by == desk(stage).staff("chen").id
    other = stage.ask("深基坑旁边堆了很多钢管离坑边要留出几米才算合适的呀")
    post(browser, f"/console/consult/q/{other}/reply", reply=PENALTY)
    assert len(stage.sent()) == 2


# -- the question's page ----------------------------------------------------------------------------------------------

SAME = "吊装的时候钢丝绳断丝到第三根还能不能接着用"


def ticks(page: str) -> tuple[list[str], list[str]]:
    return re.findall(r'name="shown" value="([^"]+)"', page), re.findall(r'name="same" value="([^"]+)" checked', page)


def test_the_office_sees_whose_it_is_and_answers_all_who_ask_the_same(stage: Stage) -> None:
    stage.join("王工")
    ids = [stage.ask(f"{head}{SAME}") for head in ("", "请问", "您好，", "急急急")]
    stage.look()
    browser = duty(stage)
    listed = browser.get("/console/consult/").text
    assert "还有3条同样的" in listed and "在专家王工那里" in listed and ids[1] not in listed
    assert "跟着" in browser.get(f"/console/consult/q/{ids[1]}").text
    page = browser.get(f"/console/consult/q/{ids[0]}").text
    assert "还有3个人问了同样的" in page and "在专家王工那里" in page
    shown, same = ticks(page)
    assert set(shown) == set(same) == set(ids[1:])
    post(browser, f"/console/consult/q/{ids[0]}/reply", reply=ANSWER, shown=shown, same=same[:2])
    assert [stage.question(id_).queue for id_ in ids].count("replied") == 3 and len(stage.sent()) == 3
    stage.look()
    left = next(id_ for id_ in ids if stage.question(id_).queue == "waiting")
    assert stage.owner(left) is not None
    page = browser.get(f"/console/consult/q/{left}").text
    assert "答过同样的" in page and ANSWER in page


def test_the_office_gives_it_to_an_expert_of_its_choice(stage: Stage) -> None:
    first, _ = stage.join("王工")
    asked = stage.ask()
    stage.look()
    second, phone = stage.join("李工")
    browser = duty(stage)
    assert "李工（省安全专家库）" in browser.get(f"/console/consult/q/{asked}").text
    post(browser, f"/console/consult/q/{asked}/hand", expert=second)
    assert [(o.expert_id, o.state) for o in stage.had(asked)] == [(first, "withdrawn"), (second, "open")]
    assert SAME[:6] in phone.open(stage.links["李工"]).page
    post(browser, f"/console/consult/q/{asked}/hand", expert="NOBODY")
    owned = stage.owner(asked)
    assert owned is not None and owned.expert_id == second


def test_the_office_corrects_what_was_sent(stage: Stage) -> None:
    _id, phone = stage.join("王工")
    asked = stage.ask()
    stage.look()
    phone.open(stage.links["王工"]).press("send", words=ANSWER)
    browser = duty(stage)
    page = browser.get(f"/console/consult/q/{asked}").text
    version = re.search(r'name="version" value="([^"]+)"', page)
    assert version and "更正这条答复" in page
    path = f"/console/consult/q/{asked}/correct"
    post(browser, path, version=version[1], words="更准确：断一根也要停。")
    assert stage.words(stage.sent()[-1]).startswith("更正：") and len(stage.sent()) == 2
    for words in ("", "长" * 501, "更准确：断一根也要停。"):
        post(browser, path, version=version[1], words=words)
    assert len(stage.sent()) == 2
    assert post(browser, path, version="NOSUCH", words="x").status_code == 404
    page = browser.get(f"/console/consult/q/{asked}").text
    assert ANSWER in page and "更准确" in page and "更正" in page
    assert "更准确" in phone.open(phone.path).page


def test_an_expert_at_the_console_corrects_only_their_own(stage: Stage) -> None:
    _id, phone = stage.join("王工")
    asked = stage.ask()
    stage.look()
    phone.open(stage.links["王工"]).press("send", words=ANSWER)
    (version,) = stage.answers()
    chen = desk(stage).signed_in("chen", "expert")
    assert "更正这条答复" not in chen.get(f"/console/consult/q/{asked}").text
    post(chen, f"/console/consult/q/{asked}/correct", version=version.id, words="改别人的话。")
    assert len(stage.sent()) == 1 and len(stage.answers()) == 1
    own = stage.ask("深基坑旁边堆了很多钢管离坑边要留出几米才算合适的呀")
    post(chen, f"/console/consult/q/{own}/reply", reply=ANSWER)
    assert "更正这条答复" in chen.get(f"/console/consult/q/{own}").text
    post(chen, f"/console/consult/q/{own}/correct", version=stage.answers()[-1].id, words="改自己的话。")
    assert len(stage.sent()) == 3


def test_nothing_marked_is_given_away_or_corrected_by_an_expert(stage: Stage) -> None:
    expert_id, _ = stage.join("王工")
    asked = stage.ask()
    with stage.front.services.database.begin() as session:
        session.get_one(ConsultQuestion, asked).mark = HAZARD
    browser = duty(stage)
    assert post(browser, f"/console/consult/q/{asked}/hand", expert=expert_id).status_code == 404
    assert "转给一位专家" not in browser.get(f"/console/consult/q/{asked}").text
    console_expert = desk(stage).signed_in("chen", "expert")
    for act in ("hand", "correct"):
        answer = post(console_expert, f"/console/consult/q/{asked}/{act}", expert=expert_id, words="x", version="v")
        assert answer.status_code == 404
    post(browser, f"/console/consult/q/{asked}/reply", reply="已转项目整改。")
    assert "值班员答复" in stage.words(stage.sent()[0])


def test_what_is_past_its_time_is_on_the_first_page(stage: Stage) -> None:
    stage.ask()
    stage.look()
    browser = duty(stage)
    assert "到时间还没答的咨询" not in browser.get("/console/").text
    stage.move(at(17, 12))
    browser = desk(stage).signed_in("fu2", "duty")
    assert "到时间还没答的咨询" in browser.get("/console/").text
    assert "在办公室，已到时间" in browser.get("/console/consult/").text


def test_the_phone_page_is_no_console_page(stage: Stage) -> None:
    """An expert's cookie opens nothing of the console, and the other way round."""
    _id, phone = stage.join("王工")
    assert phone.open("/console/consult/").path == "/console/sign-in"
    browser = duty(stage)
    assert browser.get(f"/h5/expert/{stage.links['王工'].rsplit('/', 1)[1]}").status_code == 403
    assert isinstance(Phone(stage.front), Phone)
