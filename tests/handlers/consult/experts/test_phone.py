"""The expert's page on the phone: answering, passing on, correcting, and who must not get in."""

from __future__ import annotations

import re
import threading

import pytest
from sqlalchemy import create_engine, update

from bot.console.records import AuditEvent
from bot.outbox.records import OutboxMessage
from handlers.consult import replies
from handlers.consult.experts import answers, invites
from handlers.consult.experts.answers import Author
from handlers.consult.experts.records import Expert, ExpertLink
from handlers.consult.records import HAZARD, SENSITIVE, ConsultQuestion
from tests.bot.front import ON_SQLITE
from tests.handlers.consult.experts.stage import STAFF_ID, Phone, Stage, at, link_in, openid

ASKED = "吊装的时候钢丝绳断丝到第三根还能不能接着用呀老师傅说没事"
ANSWER = "不能。断丝数到了报废标准就要换，先停下来找持证的人检查。"


@pytest.fixture
def waiting(stage: Stage) -> tuple[Stage, Phone, str]:
    """A question that is with an expert, whose page is open."""
    _id, phone = stage.join("王工")
    asked = stage.ask(ASKED)
    stage.look()
    phone.open(stage.links["王工"])
    assert ASKED in phone.page
    return stage, phone, asked


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
    assert "不归您答" in phone.page
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


# -- release and correction -------------------------------------------------------------------------------------------

WITH_PENALTY = "这样做违规，会被罚款，先停下来。"


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
    assert "有1个问题等您答" in stage.cards()[-1] and len(stage.cards()) == 2
    page = phone.open(phone.path).page
    assert "办公室退回了" in page and "别写罚款" in page
    phone.press("send", words=ANSWER)
    assert stage.question(asked).queue == "replied" and len(stage.sent()) == 1


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


# -- who must not get in ----------------------------------------------------------------------------------------------


def test_opening_alone_makes_no_phone_an_experts(stage: Stage) -> None:
    """Whatever previews a link, or a stranger who got it first, opens it with GET."""
    id_ = stage.expert("王工")
    link = link_in(stage.scan(stage.code(id_), openid("王工")))
    preview = Phone(stage.front).open(link)
    assert preview.status == 200 and "就用这部手机" in preview.page
    mine = Phone(stage.front).open(link).press()
    assert mine.status == 200 and "没有等您答的" in mine.page
    assert preview.press().status == 403


def test_two_phones_at_once_and_one_gets_it(stage: Stage) -> None:
    id_ = stage.expert("王工")
    link = link_in(stage.scan(stage.code(id_), openid("王工")))
    one, two = Phone(stage.front).open(link), Phone(stage.front).open(link)
    assert sorted([one.press().status, two.press().status]) == [200, 403]


def test_a_form_from_elsewhere_makes_no_phone_an_experts(stage: Stage) -> None:
    id_ = stage.expert("王工")
    link = link_in(stage.scan(stage.code(id_), openid("王工")))
    phone = Phone(stage.front).open(link)
    phone.press(csrf_token="0" * 64)
    assert "就用这部手机" in phone.page
    assert all(not one.device_hash for one in stage.front.rows(Expert))


def test_another_phone_after_saying_so_in_chat(waiting: tuple[Stage, Phone, str]) -> None:
    stage, phone, _asked = waiting
    link = link_in(stage.front.say("换手机", openid("王工")))
    other = Phone(stage.front).open(link).press()
    assert ASKED in other.page
    assert phone.open(stage.links["王工"]).status == 410
    assert phone.open(link).status == 403


def test_what_was_written_on_the_old_phone_is_not_lost(waiting: tuple[Stage, Phone, str]) -> None:
    stage, phone, _asked = waiting
    form, path = phone.standing(), phone.path
    link = link_in(stage.front.say("换手机", openid("王工")))
    ended = phone.client.post(path, data={**form, "words": "写到一半", "do": "send"})
    assert ended.status_code == 410 and "写到一半" in ended.text
    token = link.rsplit("/", 1)[1]
    unknown = phone.client.post(
        f"/h5/expert/{token}/q/{path.rsplit('/', 1)[1]}", data={**form, "words": "写到一半", "do": "send"}
    )
    assert "就用这部手机" in unknown.text and "写到一半" in unknown.text and not stage.sent()


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


def test_a_fresh_link_opens_on_the_known_phone_at_once(waiting: tuple[Stage, Phone, str]) -> None:
    stage, phone, _asked = waiting
    heard = stage.front.say("我的问题", openid("王工"))
    assert "有1个问题等您答" in heard and ASKED not in heard
    assert ASKED in phone.open(link_in(heard)).page
    assert Phone(stage.front).open(link_in(heard)).status == 403


def test_links_end_and_nothing_is_replayed(waiting: tuple[Stage, Phone, str]) -> None:
    stage, phone, _asked = waiting
    form, path = phone.standing(), phone.path
    stage.move(at(24))
    late = phone.client.post(path, data={**form, "words": ANSWER, "do": "send"})
    assert late.status_code == 410 and ANSWER in late.text and not stage.sent()
    assert phone.open(stage.links["王工"]).status == 410 and ASKED not in phone.page


@ON_SQLITE
@pytest.mark.parametrize("token", ["x", "A" * 43, "../notice", "%00", "😀"])
def test_guessed_links_open_nothing(stage: Stage, token: str) -> None:
    page = Phone(stage.front).open(f"/h5/expert/{token}")
    assert page.status in {400, 404} and "问题等您" not in page.page


def test_a_form_without_proof_is_refused_and_keeps_the_words(waiting: tuple[Stage, Phone, str]) -> None:
    stage, phone, _asked = waiting
    phone.press("send", words=ANSWER, csrf_token="")
    assert phone.status == 400 and ANSWER in phone.page and not stage.sent()
    phone.press("send")
    assert len(stage.sent()) == 1


def test_an_expert_finds_no_question_of_another(waiting: tuple[Stage, Phone, str]) -> None:
    stage, _phone, asked = waiting
    _other, second = stage.join("李工")
    owned = stage.owner(asked)
    assert owned is not None
    page = second.open(f"{stage.links['李工']}/q/{owned.id}")
    assert page.status == 404 and ASKED not in page.page
    token = stage.links["李工"].rsplit("/", 1)[1]
    sent = second.client.post(f"/h5/expert/{token}/q/{owned.id}", data={"words": ANSWER, "do": "send"})
    assert sent.status_code == 404 and not stage.sent()


@pytest.mark.parametrize("mark", [HAZARD, SENSITIVE])
def test_what_is_marked_is_never_given_to_an_expert(stage: Stage, mark: str) -> None:
    _id, phone = stage.join("王工")
    asked = stage.ask(ASKED)
    with stage.front.services.database.begin() as session:
        session.execute(update(ConsultQuestion).values(mark=mark))
    stage.look()
    assert stage.had(asked) == [] and stage.cards() == []
    assert ASKED not in phone.open(stage.links["王工"]).page


@ON_SQLITE
@pytest.mark.parametrize("mark", [HAZARD, SENSITIVE])
@pytest.mark.parametrize("button", ["send", "pass", "decline", "search", "save", "correct", ""])
def test_what_is_marked_later_is_gone_from_every_page(
    waiting: tuple[Stage, Phone, str], mark: str, button: str
) -> None:
    stage, phone, asked = waiting
    path = phone.path
    with stage.front.services.database.begin() as session:
        session.execute(update(ConsultQuestion).values(mark=mark))
    phone.press(button, words=ANSWER, to="office", reason="not_mine", looked_for="安全带")
    assert phone.status == 404 and ASKED not in phone.page and ANSWER in phone.page
    assert phone.open(path).status == 404
    assert ASKED not in phone.open(stage.links["王工"]).page and not stage.sent()
    stage.look()
    assert stage.owner(asked) is None


@pytest.mark.parametrize("table", [HAZARD])
def test_a_marked_answer_of_mine_is_hidden_too(waiting: tuple[Stage, Phone, str], table: str) -> None:
    stage, phone, _asked = waiting
    phone.press("send", words=ANSWER)
    with stage.front.services.database.begin() as session:
        session.execute(update(ConsultQuestion).values(mark=table))
    assert phone.open(phone.path).status == 404
    assert ASKED not in phone.open(f"{stage.links['王工']}?all=1").page


def test_words_of_people_are_text_on_the_page(stage: Stage) -> None:
    _id, phone = stage.join("王工")
    nasty = '<script>alert(1)</script>"><img src=x onerror=alert(1)>' + ASKED
    stage.ask(nasty)
    stage.look()
    page = phone.open(stage.links["王工"]).page
    assert "<script>alert" not in page and "<img" not in page and "&lt;script&gt;" in page
    phone.press("save", words="</textarea><script>alert(2)</script>")
    assert "<script>alert(2)" not in phone.page


def test_pages_say_who_may_keep_and_frame_them(waiting: tuple[Stage, Phone, str]) -> None:
    stage, phone, _asked = waiting
    for path in (phone.path, "/h5/expert/nonsense", f"{stage.links['王工']}/q/NOSUCH"):
        headers = phone.open(path).headers
        assert headers["Cache-Control"] == "no-store" and headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in headers["X-Robots-Tag"] and "script-src 'self'" in headers["Content-Security-Policy"]
        assert headers["X-Frame-Options"] == "DENY"
    cookie = phone.client.get_cookie("expert_phone", path="/h5/expert")
    assert cookie is not None and cookie.http_only and cookie.same_site == "Lax"
    assert not re.search(r"<script(?! src=)|\sstyle=|\son\w+=", phone.open(stage.links["王工"]).page)


def test_nothing_of_a_question_is_in_cards_addresses_or_the_log(
    waiting: tuple[Stage, Phone, str], capsys: pytest.CaptureFixture[str]
) -> None:
    stage, phone, _asked = waiting
    phone.press("send", words=ANSWER)
    (card,) = stage.cards()
    assert "有1个问题等您答" in card and "钢丝绳" not in card and "王工" not in card
    token = link_in(card).rsplit("/", 1)[1]
    said = "".join(capsys.readouterr())
    for secret in (ASKED[:6], ANSWER[:6], token, openid("王工"), "王工"):
        assert secret not in said
    assert "王" not in phone.path and len(token) >= 43
    kept = repr([vars(link) for link in stage.front.rows(ExpertLink)])
    assert token not in kept


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
