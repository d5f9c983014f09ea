"""待放行: what waits for the office, and what it does with it."""

from __future__ import annotations

import pytest

from tests.bot.console.conftest import cheap_passwords  # noqa: F401
from tests.bot.console.desk_app import Browser
from tests.handlers.consult.experts.office import PENALTY, actions, desk, duty, post
from tests.handlers.consult.experts.stage import Stage

ANSWER = "不能用，先停下来找持证的人检查。"


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
