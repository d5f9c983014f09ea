"""Questions that need choosing, an expert, or another way to the asker."""

from __future__ import annotations

import time

from tests.acceptance.conftest import NewPhone
from tests.acceptance.doors import Desk, Phone, Platforms
from tests.acceptance.installation import until

CHOICES = "脚手架"


def test_a_choice_by_its_number(phone: Phone) -> None:
    offered = phone.say(CHOICES)
    assert "您是不是想问" in offered.text and "3. " in offered.text
    assert "请回1到" in phone.say("8").text
    chosen = phone.say("2")
    assert "依据：" in chosen.text


def test_none_of_the_choices_goes_to_an_expert(phone: Phone, expert: Desk) -> None:
    before = len(expert.waiting())
    phone.say(CHOICES)
    assert "已转给专家" in phone.say("都不是").text
    assert len(expert.waiting()) == before + 1


def test_no_use_is_answered_by_an_expert_and_pushed(phone: Phone, expert: Desk) -> None:
    phone.say("灭火器多久检查一次，压力表指到红区还能用吗")
    assert "已请专家" in phone.say("没用").text
    sent = expert.answer("压力表指到红区", "不能用，马上换或送修。灭火器每月查一次压力表，指针要在绿区。")
    assert "答复已交出去" in sent.text
    shown = phone.shows("指针要在绿区")
    assert shown["kind"] == "text"
    assert sum("指针要在绿区" in str(one) for one in phone.items()) == 1


def test_of_two_answers_the_second_is_refused(phone: Phone, expert: Desk, officer: Desk) -> None:
    phone.say("塔吊基础积水以后还能不能接着用，要谁来验收")
    phone.say("没用")
    path = expert.find("塔吊基础积水")
    token = {"reply": "先停用，排水后由安装、监理、施工三方检查基础。"}
    assert expert.send(f"{path}/reply", token, form=path).status_code == 200
    late = officer.send(f"{path}/reply", {"reply": "另一份答复"}, form="/profile")
    assert late.status_code == 409 and "已经处理了这一条" in late.text
    phone.shows("三方检查基础")
    assert not any("另一份答复" in str(one) for one in phone.items())


def test_who_left_finds_the_answer_when_coming_back(phone: Phone, expert: Desk, platforms: Platforms) -> None:
    phone.say("临边护栏刷的油漆颜色有规定吗，要几道横杆")
    phone.say("没用")
    path = expert.find("临边护栏刷的油漆")
    phone.act("unfollow")
    before = platforms.last_id()
    expert.send(f"{path}/reply", {"reply": "两道横杆，红白或黄黑相间。"}, form=path)
    refused = platforms.push(phone_openid(platforms, phone), "黄黑相间", before)
    assert refused["errcode"] in {43004, 45015}
    assert not any("黄黑相间" in str(one) for one in phone.items())
    phone.act("follow")
    assert "黄黑相间" in phone.say("你好").text
    assert "黄黑相间" not in phone.say("你好").text


def test_a_closed_window_is_shown_on_next_contact(phone: Phone, expert: Desk, platforms: Platforms) -> None:
    phone.say("吊篮里最多能站几个人，钢丝绳多久换")
    phone.say("没用")
    path = expert.find("吊篮里最多能站几个人")
    before = platforms.last_id()
    platforms.order("/clock", advance_s=49 * 3600)
    until(lambda: "48小时" in expert.page(path))
    time.sleep(1.5)  # the worker reads the clock's offset again within a second
    expert.send(f"{path}/reply", {"reply": "不超过两人，断丝到报废标准就换。"}, form=path)
    openid = phone_openid(platforms, phone)
    until(lambda: any(one["errcode"] == 45015 for one in platforms.sent(openid, before)))
    assert "断丝到报废标准" in phone.say("你好").text


def test_a_wecom_asker_is_answered_and_pushed_in_wecom(new_phone: NewPhone, expert: Desk, platforms: Platforms) -> None:
    phone = new_phone("wecom")
    answer = phone.say("高处作业要系安全带吗")
    assert answer.accepted and "依据：" in answer.text
    phone.say("不对")
    expert.answer("高处作业要系安全带", "要系，二米以上都要系。企业微信里也能收到。")
    assert phone.shows("企业微信里也能收到")["kind"] == "text"


def test_spoken_words_are_answered_and_unheard_ones_reach_a_person(phone: Phone, expert: Desk) -> None:
    assert "依据：" in phone.act("voice", recognition="高处作业要系安全带吗。").text
    before = len(expert.waiting())
    assert "没听清楚" in phone.act("voice", recognition="").text
    assert "值班员" in phone.act("voice", recognition="").text
    assert len(expert.waiting()) == before + 1


def phone_openid(platforms: Platforms, phone: Phone) -> str:
    """The openid behind a phone, as only the platform knows it."""
    people = platforms.client.get("/people").json()
    return str(next(one["ident"] for one in people if one["id"] == phone.id))
