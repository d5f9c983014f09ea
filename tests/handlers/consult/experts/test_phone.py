"""The expert's page on the phone: answering, saving, passing on; no words are lost."""

from __future__ import annotations

import re
import threading

import pytest
from sqlalchemy import create_engine

from bot.console.records import AuditEvent
from bot.outbox.records import OutboxMessage
from handlers.consult.experts import answers, invites
from handlers.consult.experts.answers import Author
from handlers.consult.experts.records import Expert
from tests.bot.front import ON_SQLITE
from tests.handlers.consult.experts.stage import (
    ANSWER,
    ASKED,
    STAFF_ID,
    WITH_PENALTY,
    Phone,
    Stage,
    at,
)


def test_an_answer_goes_to_who_asked_as_an_opinion(waiting: tuple[Stage, Phone, str]) -> None:
    stage, phone, asked = waiting
    phone.press("send", words=ANSWER)
    assert phone.status == 200 and "已答复" in phone.page and ANSWER in phone.page
    (message,) = stage.sent()
    assert stage.words(message).startswith("您问的“") and stage.words(message).endswith(f"专家意见，供参考：\n{ANSWER}")
    row = stage.question(asked)
    assert row.queue == "replied" and message.person_id == row.person_id
    assert [one.state for one in stage.answers()] == ["sent"]
    events = [(e.action, e.subject) for e in stage.front.rows(AuditEvent)]
    assert ("consult.expert_reply", asked) in events
    mine = phone.open(stage.links["王工"])
    assert "没有等您答的" in mine.page and "已答复" in mine.page


def test_a_button_pressed_twice_answers_once(waiting: tuple[Stage, Phone, str]) -> None:
    stage, phone, _asked = waiting
    form, path = phone.standing(), phone.path
    for _ in range(3):
        phone.client.post(path, data={**form, "words": ANSWER, "do": "send"})
    assert len(stage.sent()) == 1 and len(stage.answers()) == 1
    late = phone.client.post(path, data={**form, "words": "换了说法的另一份答复", "do": "send"})
    assert late.status_code == 409 and "换了说法的另一份答复" in late.text and "已经答过了" in late.text


@pytest.mark.parametrize("words", ["", "   ", "长" * 501])
def test_what_cannot_go_stays_on_the_page(waiting: tuple[Stage, Phone, str], words: str) -> None:
    stage, phone, _asked = waiting
    phone.press("send", words=words)
    assert phone.status == 400 and 'role="alert"' in phone.page and not stage.sent()
    assert phone.standing()["words"] == words
    assert phone.open(phone.path).standing()["words"].strip() == words.strip()


def test_an_entry_is_found_and_quoted_without_script(waiting: tuple[Stage, Phone, str]) -> None:
    stage, phone, _asked = waiting
    phone.press("search", words="先说一句。", looked_for="高处作业要系安全带吗")
    assert "引用这条" in phone.page and phone.standing()["words"] == "先说一句。"
    entry = re.search(r'name="quote" value="([^"]+)"', phone.page)
    assert entry
    phone.press("", words="先说一句。", quote=entry[1])
    said = phone.standing()["words"]
    assert said.startswith("先说一句。\n") and "依据：" in said
    assert phone.open(phone.path).standing()["words"] == said
    phone.press("", words="", quote="no.such-entry")
    assert phone.status == 409 and "刚刚撤下" in phone.page
    assert not stage.sent()


def test_a_line_break_counts_as_one_character(waiting: tuple[Stage, Phone, str]) -> None:
    """The browser sends it as two, and counts one."""
    stage, phone, _asked = waiting
    words = "\r\n".join(["安" * 99] * 5)
    phone.press("send", words=f"{words}\r\n全")
    assert phone.status == 400 and "现在501字" in phone.page
    phone.press("send", words=words)
    assert len(stage.sent()) == 1
    assert stage.words(stage.sent()[0]).endswith(words.replace("\r\n", "\n"))


def test_what_is_saved_is_there_next_time(waiting: tuple[Stage, Phone, str]) -> None:
    _stage, phone, _asked = waiting
    phone.press("save", words="写到一半")
    assert "存好了" in phone.page
    assert phone.open(phone.path).standing()["words"] == "写到一半"


def test_passed_to_a_topic_it_comes_to_who_knows_with_the_note(waiting: tuple[Stage, Phone, str]) -> None:
    stage, phone, asked = waiting
    other, second = stage.join("李工", "lifting")
    phone.press("pass", to="nobody")
    assert phone.status == 400
    phone.press("pass", to="lifting", note="您是搞起重的，电话13907551234")
    assert "您已转给别人" in phone.page and ASKED not in phone.page
    assert 'data-sent="' in phone.page, "its draft on the phone goes"
    owned = stage.owner(asked)
    assert owned is not None and owned.expert_id == other
    page = second.open(stage.links["李工"]).page
    assert "您是搞起重的" in page and "13907551234" not in page
    second.press("send", words=ANSWER)
    assert len(stage.sent()) == 1


def test_passed_to_the_office_it_stays_there(waiting: tuple[Stage, Phone, str]) -> None:
    stage, phone, asked = waiting
    phone.press("pass", to="office", note="要查档案")
    stage.look()
    owned = stage.owner(asked)
    assert owned is not None and (owned.expert_id, owned.why) == (None, "passed")


def test_not_mine_goes_to_the_next_and_then_to_the_office(waiting: tuple[Stage, Phone, str]) -> None:
    stage, phone, asked = waiting
    other, second = stage.join("李工")
    phone.press("decline")
    assert phone.status == 400 and "请选一个" in phone.page
    phone.press("decline", reason="not_mine")
    assert "不归您答" in phone.page and 'data-sent="' in phone.page
    owned = stage.owner(asked)
    assert owned is not None and owned.expert_id == other
    second.open(stage.links["李工"])
    assert "不是我的专业" in second.page
    second.press("decline", reason="no_time")
    owned = stage.owner(asked)
    assert owned is not None and owned.expert_id is None
    assert stage.look() == 0 and not stage.sent()


def test_who_comes_second_is_told_and_keeps_the_words(waiting: tuple[Stage, Phone, str]) -> None:
    stage, phone, asked = waiting
    services = stage.front.services
    with services.database.begin() as session:
        answers.give(session, services, asked, [], Author(STAFF_ID, "staff"), "办公室答了。", "r")
    phone.press("send", words="我写了很久的答复")
    assert phone.status == 409 and "我写了很久的答复" in phone.page and "不在您这里" in phone.page
    assert len(stage.sent()) == 1 and ASKED not in phone.page


def test_an_expert_who_is_stopped_midway_sends_nothing_and_keeps_the_words(waiting: tuple[Stage, Phone, str]) -> None:
    stage, phone, asked = waiting
    with stage.front.services.database.begin() as session:
        owned = stage.owner(asked)
        assert owned is not None and owned.expert_id is not None
        invites.suspend(session, session.get_one(Expert, owned.expert_id))
    phone.press("send", words="写到一半被停用")
    assert phone.status == 403 and "写到一半被停用" in phone.page and ASKED not in phone.page
    assert not stage.sent()
    stage.look()
    owned = stage.owner(asked)
    assert owned is not None and owned.expert_id is None


@ON_SQLITE
def test_a_database_away_loses_no_words(waiting: tuple[Stage, Phone, str]) -> None:
    stage, phone, _asked = waiting
    form, path = phone.standing(), phone.path
    database = stage.front.services.database
    good = database.engine
    database.engine = create_engine("sqlite:////nowhere/at/all.db")
    lost = phone.client.post(path, data={**form, "words": ANSWER, "do": "send"})
    database.engine = good
    assert lost.status_code == 503 and ANSWER in lost.text and "什么也没有发出" in lost.text
    phone.page, phone.path = lost.text, path
    phone.client.post(path, data={**form, "words": ANSWER, "do": "send"})
    assert len(stage.sent()) == 1


def test_every_message_of_ours_is_of_a_known_kind(waiting: tuple[Stage, Phone, str]) -> None:
    stage, phone, _asked = waiting
    phone.press("send", words=ANSWER)
    assert {message.kind for message in stage.front.rows(OutboxMessage)} == {"consult.reply", "consult.expert-card"}


@pytest.mark.parametrize("words", [ANSWER, WITH_PENALTY])
def test_the_same_form_many_times_at_once_is_one_answer(waiting: tuple[Stage, Phone, str], words: str) -> None:
    stage, phone, _asked = waiting
    form = {**phone.standing(), "words": words, "do": "send"}
    cookie = phone.client.get_cookie("expert_phone", path="/h5/expert")
    assert cookie is not None
    statuses: list[int] = []
    start = threading.Barrier(5)

    def send() -> None:
        client = stage.front.app.test_client()
        client.set_cookie("expert_phone", cookie.value, path="/h5/expert")
        start.wait()
        statuses.append(client.post(phone.path, data=form).status_code)

    threads = [threading.Thread(target=send) for _ in range(5)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert statuses == [303] * 5 and len(stage.answers()) == 1
    assert len(stage.sent()) == (1 if words == ANSWER else 0)


def test_who_was_late_is_told_and_keeps_the_words(waiting: tuple[Stage, Phone, str]) -> None:
    stage, phone, asked = waiting
    other, second = stage.join("李工")
    stage.move(at(16, 15, 31))
    stage.look()
    phone.press("send", words="迟了一步的答复")
    assert phone.status == 409 and "迟了一步的答复" in phone.page and "不在您这里" in phone.page
    assert not stage.sent()
    second.open(stage.links["李工"]).press("send", words=ANSWER)
    owned = stage.had(asked)[-1]
    assert len(stage.sent()) == 1 and (owned.expert_id, owned.state) == (other, "answered")
