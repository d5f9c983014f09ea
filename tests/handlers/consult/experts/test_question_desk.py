"""The question's page: whose it is, who asks the same, corrections; and what the audit log says."""

from __future__ import annotations

import re

from handlers.consult.records import HAZARD, ConsultQuestion
from tests.bot.console.conftest import cheap_passwords  # noqa: F401
from tests.handlers.consult.experts.office import PENALTY, desk, duty, post
from tests.handlers.consult.experts.stage import Phone, Stage, at

ANSWER = "不能用，先停下来找持证的人检查。"


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


def test_the_audit_log_names_experts_and_says_in_words_what_they_did(stage: Stage) -> None:
    _id, phone = stage.join("王工")
    stage.ask()
    stage.look()
    stage.join("李工", "lifting")
    phone.open(stage.links["王工"]).press("pass", to="lifting")
    stage.ask("深基坑旁边堆了很多钢管离坑边要留出几米才算合适的呀")
    stage.look()
    phone.open(stage.links["王工"]).press("send", words=PENALTY)
    (answer,) = stage.answers()
    browser = duty(stage)
    post(browser, f"/console/release/{answer.id}", do="release", words="先停下来。")
    page = desk(stage).signed_in("shen", "auditor").get("/console/audit/").text
    rows = [re.sub(r"<[^>]+>|\s+", " ", row) for row in re.findall(r"<tr>.*?</tr>", page, re.DOTALL)]
    done = "\n".join(row for row in rows if "专家" in row)
    assert "王工（专家，省安全专家库）" in done and "未登录" not in done
    for words in ("等放行：说到处罚", "转给懂“起重", "改过，发给1个人"):
        assert words in done, done
    assert not re.search(r"\b(held|told|to|edited|reason)=", page)
