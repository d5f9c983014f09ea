from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select, update

from bot.console.records import AuditEvent
from bot.directory import people
from bot.features import Feature
from bot.freezing import thaw
from bot.ids import new_id
from bot.outbox.records import OutboxMessage
from handlers.consult import feature as consult
from handlers.consult import replies
from handlers.consult.records import ANSWERED, CLARIFIED, DECLINED, WAITING, ConsultQuestion, EntryDraft
from tests.bot.console.conftest import cheap_passwords  # noqa: F401
from tests.bot.console.desk_app import make_desk, make_services

ASKED = "塔吊的顶升作业遇到六级风还能不能继续干，班长说没事"
ANSWER = "不能。风速达到六级要停止顶升，把塔吊锁好，人撤到地面。"


@pytest.fixture
def desk(tmp_path, database_url):
    feature = Feature(
        "consult", "咨询", pages=consult.feature.pages, home=consult.feature.home, console=consult.feature.console
    )
    services = make_services(tmp_path, (feature,), database_url=database_url)
    yield make_desk(services)
    services.close()


def ask(desk, text: str = ASKED, *, minutes_ago: int = 5, outcome: str = DECLINED, **values: object) -> str:
    services, id_ = desk.services, new_id()
    asked_at = services.clock.now() - timedelta(minutes=minutes_ago)
    with services.database.begin() as session:
        person = people.ensure(session, services.hasher, services.vault, "wechat", "o-secret-openid", asked_at)
        row = {
            "id": id_,
            "person_id": person.id,
            "channel": "wechat",
            "request_id": new_id(),
            "asked_at": asked_at,
            "text_sealed": services.content.encrypt(text, "consult_question", id_, "text"),
            "outcome": outcome,
            "as_of": services.clock.today(),
            "queue": WAITING,
            **values,
        }
        session.add(ConsultQuestion(**row))
    return id_


def question(desk, id_: str) -> ConsultQuestion:
    with desk.services.database.reading() as session:
        return session.get_one(ConsultQuestion, id_)


def messages(desk) -> list[OutboxMessage]:
    with desk.services.database.reading() as session:
        return list(session.scalars(select(OutboxMessage).order_by(OutboxMessage.planned_at)))


def words_of(desk, message: OutboxMessage) -> str:
    return thaw(desk.services.content.decrypt(message.content, "outbox_message", message.id, "content")).text


def send(browser, id_: str, words: str = ANSWER):
    return browser.post(f"/console/consult/q/{id_}/reply", {"reply": words}, token_from="/console/profile/")


def test_the_oldest_waits_at_the_top_with_its_reason(desk):
    ask(desk, "刚问的", minutes_ago=3)
    ask(desk, "最早问的", minutes_ago=200, outcome=CLARIFIED)
    ask(desk, "回答没用的", minutes_ago=90, outcome=ANSWERED, feedback="useless")
    ask(desk, "要转人工的", minutes_ago=80, outcome=ANSWERED)
    ask(desk, "不在排队的", minutes_ago=70, queue="")
    page = desk.signed_in("fu", "duty").get("/console/consult/").text
    order = [page.index(text) for text in ("最早问的", "回答没用的", "要转人工的", "刚问的")]
    assert order == sorted(order) and "不在排队的" not in page
    for words in ("已等3小时", "给的选项都不是", "对方说回答没用", "对方要转人工", "没有现成答案", "微信"):
        assert words in page


def test_nobody_sees_who_asked(desk):
    id_ = ask(desk)
    browser = desk.signed_in("chen", "expert")
    person_id = question(desk, id_).person_id
    for path in ("/console/consult/", f"/console/consult/q/{id_}", "/console/"):
        page = browser.get(path).text
        assert "o-secret-openid" not in page and person_id not in page


def test_an_answer_is_kept_planned_and_audited_together(desk):
    id_ = ask(desk)
    browser = desk.signed_in("chen", "expert")
    assert send(browser, id_).status_code == 302
    row = question(desk, id_)
    assert (row.queue, row.replied_by) == ("replied", desk.staff("chen").id)
    (message,) = messages(desk)
    assert words_of(desk, message) == f"您问的“塔吊的顶升作业遇到六级风还能不能继续干…”，专家意见，供参考：\n{ANSWER}"
    assert (message.kind, message.subject, message.person_id) == ("consult.reply", id_, row.person_id)
    with desk.services.database.reading() as session:
        last = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert (last.action, last.subject, last.detail) == ("consult.reply", id_, "{}")
    assert message.request_id == last.request_id
    page = browser.get(f"/console/consult/q/{id_}").text
    assert ANSWER in page and "等着发出" in page and "收入知识库" in page


def test_the_second_officer_learns_it_and_loses_no_word(desk):
    id_ = ask(desk)
    first, second = desk.signed_in("chen", "expert"), desk.signed_in("fu", "duty")
    second.get(f"/console/consult/q/{id_}")
    send(first, id_)
    late = send(second, id_, "我写了很久的另一份答复")
    assert late.status_code == 409
    assert "chen刚刚已经处理了这一条" in late.text and "我写了很久的另一份答复" in late.text
    assert len(messages(desk)) == 1


def test_the_preview_is_what_is_sent_with_numbers_masked(desk):
    id_ = ask(desk)
    browser = desk.signed_in("fu", "duty")
    typed = "请打我手机13907551234，或12345。\n<b>别硬干</b>"
    shown = browser.post(f"/console/consult/q/{id_}/preview", {"reply": typed}, token_from="/console/profile/").text
    assert "13907551234" not in shown and "［电话已隐去］，或12345" in shown and "&lt;b&gt;" in shown
    assert "号码已隐去" in shown
    send(browser, id_, typed)
    sent = words_of(desk, messages(desk)[0])
    assert sent == replies.message_text(ASKED, typed) and "13907551234" not in sent


@pytest.mark.parametrize("words", ["", "   ", "长" * 501])
def test_an_answer_that_cannot_go_stays_in_the_form(desk, words):
    id_ = ask(desk)
    response = send(desk.signed_in("chen", "expert"), id_, words)
    assert response.status_code == 400 and 'role="alert"' in response.text and words in response.text
    assert question(desk, id_).queue == WAITING and not messages(desk)


def test_five_hundred_characters_go(desk):
    id_ = ask(desk)
    assert send(desk.signed_in("chen", "expert"), id_, "长" * 500).status_code == 302


def test_a_question_that_comes_back_gets_a_message_of_its_own(desk):
    id_ = ask(desk)
    browser = desk.signed_in("chen", "expert")
    send(browser, id_)
    with desk.services.database.begin() as session:
        session.execute(update(ConsultQuestion).values(queue=WAITING, feedback="useless"))
    page = browser.get(f"/console/consult/q/{id_}").text
    assert "对方说答复没用" in page and "之前的专家答复" in page
    assert send(browser, id_, "再说清楚一点：六级风必须停。").status_code == 302
    assert [words_of(desk, m).split("：\n")[1] for m in messages(desk)] == [ANSWER, "再说清楚一点：六级风必须停。"]


def test_a_question_cut_from_its_person_can_only_be_closed(desk):
    id_ = ask(desk, person_id=None)
    browser = desk.signed_in("chen", "expert")
    assert "已经和提问的人断开" in browser.get(f"/console/consult/q/{id_}").text
    assert send(browser, id_).status_code == 400
    assert question(desk, id_).queue == WAITING
    with desk.services.database.reading() as session:
        assert not session.scalar(
            select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "consult.reply")
        )


def test_closing_needs_a_reason_and_sends_nothing(desk):
    id_ = ask(desk)
    browser = desk.signed_in("fu", "duty")
    close = f"/console/consult/q/{id_}/close"
    assert browser.post(close, {"reason": "because"}, token_from="/console/profile/").status_code == 400
    assert browser.post(close, {"reason": "off_topic"}, token_from="/console/profile/").status_code == 302
    assert question(desk, id_).queue == "closed" and not messages(desk)
    assert browser.post(close, {"reason": "off_topic"}, token_from="/console/profile/").status_code == 409
    page = browser.get(f"/console/consult/q/{id_}").text
    assert "关闭，没有给对方发消息" in page
    assert re.search(rf'data-sent="\w+:{id_}"', page) and "data-draft-owner=" in page, "what was begun in the tab goes"


def test_a_good_answer_becomes_a_draft_once(desk):
    id_ = ask(desk)
    browser = desk.signed_in("chen", "expert")
    keep = f"/console/consult/q/{id_}/draft"
    browser.post(keep, token_from="/console/profile/")
    send(browser, id_)
    for _ in range(2):
        browser.post(keep, token_from="/console/profile/")
    with desk.services.database.reading() as session:
        drafts = session.scalars(select(EntryDraft)).all()
    assert [(d.question, d.answer, d.state) for d in drafts] == [(ASKED, ANSWER, "draft")]
    assert ASKED in browser.get("/console/consult/drafts").text


def test_near_entries_are_there_to_quote(desk):
    id_ = ask(desk, "高处作业安全带怎么系才对")
    page = desk.signed_in("chen", "expert").get(f"/console/consult/q/{id_}").text
    assert "知识库里相近的" in page and 'data-into="reply"' in page and "依据：《" in page


def test_what_cannot_be_opened_says_so(desk):
    id_ = ask(desk)
    other = ask(desk, "另一条")
    with desk.services.database.begin() as session:
        moved = session.get_one(ConsultQuestion, other).text_sealed
        session.execute(update(ConsultQuestion).where(ConsultQuestion.id == id_).values(text_sealed=moved))
    browser = desk.signed_in("chen", "expert")
    for path in ("/console/consult/", f"/console/consult/q/{id_}"):
        page = browser.get(path)
        assert page.status_code == 200 and "这条打不开" in page.text


def test_what_was_never_queued_is_not_to_be_read(desk):
    id_ = ask(desk, queue="", outcome=ANSWERED)
    browser = desk.signed_in("chen", "expert")
    assert browser.get(f"/console/consult/q/{id_}").status_code == 404
    assert send(browser, id_).status_code in {404, 409}
    assert browser.get("/console/consult/q/01NOSUCHQUESTION").status_code == 404
    assert browser.get("/console/consult/?view=all").status_code == 404


def test_the_first_page_lights_up_and_counts(desk):
    browser = desk.signed_in("fu", "duty")
    address = re.search(r'hx-get="([^"]+)"', browser.get("/console/").text)[1]
    ask(desk, minutes_ago=0)
    page = browser.get(address).text
    assert "待回复咨询" in page and "tone-soon" in page
    ask(desk, minutes_ago=600)
    page = browser.get("/console/").text
    assert "tone-urgent" in page and "等得最久的已等10小时" in page
    with desk.services.database.begin() as session:
        session.execute(delete(ConsultQuestion))
    assert "现在没有要您处理的事" in browser.get("/console/").text


def test_the_list_refreshes_only_when_it_changed(desk):
    ask(desk)
    browser = desk.signed_in("fu", "duty")
    address = re.search(r'hx-get="([^"]+)"', browser.get("/console/consult/").text)[1]
    assert browser.get(address).status_code == 204
    ask(desk, "新来的")
    assert "新来的" in browser.get(address).text


def test_an_expert_gives_an_offices_number_and_never_a_mobile(desk):
    id_ = ask(desk)
    browser = desk.signed_in("chen", "expert")
    send(browser, id_, "问质安站，座机0898-65231234，或电话65239876。")
    sent = words_of(desk, messages(desk)[0])
    assert "0898-65231234" in sent and "65239876" in sent
    send(browser, ask(desk, "别的问题"), "别打座机，打13907551234。")
    assert len(messages(desk)) == 1
    page = desk.signed_in("fu", "duty").get("/console/release/").text
    assert "有不认识的电话号码" in page and "13907551234" not in page
