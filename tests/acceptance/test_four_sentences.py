"""The four sentences of the demo, through the doors that people use."""

from __future__ import annotations

import re
import time

from tests.acceptance.doors import Desk, Phone, Platforms

OFFICER = "fuzhiban"


def test_a_question_gets_a_sourced_answer_at_once(phone: Phone) -> None:
    answer = phone.say("高处作业要系安全带吗")
    assert answer.status == 200 and answer.accepted and answer.tries == 1
    assert answer.text.startswith("满2米就要系。")
    assert "依据：" in answer.text and "《安全生产法》" in answer.text
    assert answer.ms < 2000


def test_an_emergency_is_told_the_numbers_and_the_officer_gets_a_card(
    phone: Phone, platforms: Platforms, officer: Desk
) -> None:
    before = platforms.last_id()
    first = phone.say("工地塌了有人被埋")
    assert re.match(r"马上打120和119", first.text)
    assert "位置" in first.text and "我们不能替您报警" in first.text
    card = platforms.push(OFFICER, "坍塌", before)
    assert card["platform"] == "wecom" and card["errcode"] == 0 and "还不知道" in str(card["body"])

    place = "海口市美兰区东营路96号工地"
    second = phone.say(place)
    assert "已通知值班员" in second.text
    known = platforms.push(OFFICER, place, card["id"])
    task = known["body"]["template_card"]["task_id"]
    assert task.split(":")[1] == card["body"]["template_card"]["task_id"].split(":")[1]

    page = officer.page("/emergency/")
    assert place in page
    pressed = platforms.callback(OFFICER, "template_card_event", "wecom", key="known", task_id=task)
    assert pressed.accepted and "已知悉" in pressed.reply
    assert "已知悉" in officer.page(f"/emergency/{task.split(':')[1]}")


def test_how_to_is_answered_with_the_numbers_and_pages_nobody(phone: Phone, platforms: Platforms) -> None:
    before = platforms.last_id()
    answer = phone.say("触电了怎么办")
    head = answer.text[:40]
    assert "断电" in head and "120" in head
    assert "依据：《触电急救常识》" in answer.text
    time.sleep(2.5)
    assert platforms.sent(OFFICER, before) == []


def test_what_is_not_ours_is_declined_kindly_and_not_queued(phone: Phone, expert: Desk) -> None:
    queue = len(expert.waiting())
    answer = phone.say("今天天气怎么样")
    assert "帮不上" in answer.text and "比如" in answer.text
    assert len(expert.waiting()) == queue
