"""What becomes of an expert's answer: held for release, sent back, corrected."""

from __future__ import annotations

import pytest

from handlers.consult import replies
from handlers.consult.experts import answers, cards
from handlers.consult.records import ConsultQuestion
from tests.handlers.consult.experts.stage import (
    ANSWER,
    ASKED,
    STAFF_ID,
    WITH_PENALTY,
    Phone,
    Stage,
    at,
    link_in,
    openid,
)


def test_an_answer_about_a_penalty_waits_for_the_office(waiting: tuple[Stage, Phone, str]) -> None:
    stage, phone, asked = waiting
    phone.press("send", words=WITH_PENALTY)
    assert "等办公室放行" in phone.page and "说到处罚" in phone.page and not stage.sent()
    assert stage.question(asked).queue == "waiting"
    phone.client.post(phone.path, data={**phone.standing(), "words": WITH_PENALTY, "do": "send"})
    assert [one.state for one in stage.answers()] == ["held"]
    services, (held,) = stage.front.services, stage.answers()
    with services.database.begin() as session:
        answers.approve(session, services, held.id, STAFF_ID, WITH_PENALTY, None, "r")
    assert [stage.words(m).endswith(WITH_PENALTY) for m in stage.sent()] == [True]
    assert stage.question(asked).replied_by == stage.had(asked)[0].expert_id
    with pytest.raises(replies.Taken), services.database.begin() as session:
        answers.approve(session, services, held.id, STAFF_ID, WITH_PENALTY, None, "r")
    assert "已答复" in phone.open(phone.path).page


def test_the_questions_own_words_count_too(stage: Stage) -> None:
    _id, phone = stage.join("王工")
    stage.ask("我那个钢丝绳断了三根丝安监来了会罚款多少呀你们说说看")
    stage.look()
    phone.open(stage.links["王工"]).press("send", words=ANSWER)
    assert "等办公室放行" in phone.page and not stage.sent()


def test_the_office_changes_the_words_and_both_are_kept(waiting: tuple[Stage, Phone, str]) -> None:
    stage, phone, _asked = waiting
    phone.press("send", words=WITH_PENALTY)
    services, (held,) = stage.front.services, stage.answers()
    with services.database.begin() as session:
        answers.approve(session, services, held.id, STAFF_ID, "先停下来，找持证的人看。", None, "r")
    assert [one.state for one in stage.answers()] == ["dropped", "sent"]
    assert stage.words(stage.sent()[0]).endswith("先停下来，找持证的人看。")
    page = phone.open(phone.path).page
    assert "办公室改的" in page and WITH_PENALTY in page and "先停下来，找持证的人看。" in page


def test_sent_back_it_is_the_experts_again_with_the_reason(waiting: tuple[Stage, Phone, str]) -> None:
    stage, phone, asked = waiting
    phone.press("send", words=WITH_PENALTY)
    services, (held,) = stage.front.services, stage.answers()
    with services.database.begin() as session:
        answers.send_back(session, services, held.id, STAFF_ID, "别写罚款，法条不对")
    stage.move(at(16, 10))
    stage.look()
    assert len(stage.cards()) == 1, "one message is enough"
    (told,) = stage.sent(cards.RETURNED_KIND)
    said = stage.words(told)
    assert "退回了您的一条答复" in said and "别写罚款" in said and WITH_PENALTY not in said and ASKED not in said
    assert told.person_id == stage.front.person_id(openid("王工"))
    assert cards.still_returned(services, held.id) == ""
    page = phone.open(link_in(said)).page
    assert "办公室退回了" in page and "别写罚款" in page and phone.standing()["words"] == WITH_PENALTY
    phone.press("send", words=ANSWER)
    assert stage.question(asked).queue == "replied" and len(stage.sent()) == 1
    assert cards.still_returned(services, held.id) == "answered_since"


def test_out_of_hours_the_reason_waits_for_the_next_morning(waiting: tuple[Stage, Phone, str]) -> None:
    stage, phone, _asked = waiting
    phone.press("send", words=WITH_PENALTY)
    stage.move(at(16, 20))
    services, (held,) = stage.front.services, stage.answers()
    with services.database.begin() as session:
        answers.send_back(session, services, held.id, STAFF_ID, "别写罚款")
    (told,) = stage.sent(cards.RETURNED_KIND)
    assert told.not_before == at(17, 8)


def test_a_correction_that_was_sent_back_stands_in_its_box(waiting: tuple[Stage, Phone, str]) -> None:
    stage, phone, _asked = waiting
    phone.press("send", words=ANSWER)
    phone.press("correct", words=WITH_PENALTY)
    services = stage.front.services
    with services.database.begin() as session:
        answers.send_back(session, services, stage.answers()[-1].id, STAFF_ID, "别写罚款")
    assert len(stage.sent(cards.RETURNED_KIND)) == 1
    page = phone.open(phone.path).page
    assert "退回了您的更正" in page and "别写罚款" in page and phone.standing()["words"] == WITH_PENALTY
    phone.press("correct", words="断一根也要报告。")
    assert len(stage.sent()) == 2


def test_a_correction_reaches_who_got_the_answer_and_both_are_kept(waiting: tuple[Stage, Phone, str]) -> None:
    stage, phone, asked = waiting
    phone.press("send", words=ANSWER)
    phone.press("correct", words=ANSWER)
    assert phone.status == 400 and "一样" in phone.page
    phone.press("correct", words="更准确地说：断一根也要报告，由专人判断。")
    first, second = stage.sent()
    assert stage.words(second).startswith("更正：您问的“") and "断一根也要报告" in stage.words(second)
    assert stage.words(first).endswith(ANSWER) and first.person_id == second.person_id
    assert [(a.number, a.correction, a.state) for a in stage.answers()] == [(1, False, "sent"), (2, True, "sent")]
    kept = stage.front.services.content.decrypt(
        stage.question(asked).reply_sealed or b"", replies.TABLE, asked, replies.REPLY
    )
    assert kept.startswith("更准确地说")
    phone.press("correct", words="再更正：要罚款。")
    assert len(stage.sent()) == 2 and stage.answers()[-1].state == "held" and "等办公室放行" in phone.page
    services = stage.front.services
    with services.database.begin() as session:
        answers.approve(session, services, stage.answers()[-1].id, STAFF_ID, "再更正：要报废。", None, "r")
    assert "再更正：要报废。" in stage.words(stage.sent()[-1]) and len(stage.sent()) == 3


def test_an_expert_corrects_no_answer_of_another(waiting: tuple[Stage, Phone, str]) -> None:
    stage, phone, asked = waiting
    phone.press("send", words=ANSWER)
    _other, second = stage.join("李工")
    with stage.front.services.database.begin() as session:
        row = session.get_one(ConsultQuestion, asked)
        row.feedback, row.queue = "useless", "waiting"
    stage.look()
    second.open(stage.links["李工"]).press("send", words="李工的答复：断一根就停。")
    first, latest = stage.answers()
    assert (first.state, latest.state) == ("sent", "sent") and first.author != latest.author
    token = phone.standing()["csrf_token"]
    page = phone.open(phone.path).page
    assert "更正这条答复" not in page and "由办公室更正" in page
    for version in (first.id, latest.id):
        phone.press("correct", words="王工要改李工的话", version=version, csrf_token=token)
        assert phone.status in {403, 409} and "王工要改李工的话" in phone.page
    assert len(stage.answers()) == 2 and len(stage.sent()) == 2
    second.press("correct", words="李工改自己的话：先停下来。")
    assert second.status == 200 and len(stage.sent()) == 3


def test_what_the_office_worded_is_the_offices_to_correct(waiting: tuple[Stage, Phone, str]) -> None:
    stage, phone, _asked = waiting
    token = phone.standing()["csrf_token"]
    phone.press("send", words=WITH_PENALTY)
    services, (held,) = stage.front.services, stage.answers()
    with services.database.begin() as session:
        answers.approve(session, services, held.id, STAFF_ID, "先停下来，找持证的人看。", None, "r")
    assert "更正这条答复" not in phone.open(phone.path).page
    phone.press("correct", words="我要改回来", version=stage.answers()[-1].id, csrf_token=token)
    assert phone.status == 403 and len(stage.sent()) == 1


def test_a_page_that_is_old_corrects_nothing_newer(waiting: tuple[Stage, Phone, str]) -> None:
    stage, phone, _asked = waiting
    phone.press("send", words=ANSWER)
    old = phone.standing()["version"]
    phone.press("correct", words="断一根也要报告。")
    phone.press("correct", words="从旧页面发的更正。", version=old)
    assert phone.status == 409 and "从旧页面发的更正。" in phone.page and len(stage.sent()) == 2
