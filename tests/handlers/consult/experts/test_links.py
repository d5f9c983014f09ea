"""Who must not get into an expert's page, and what it gives away to nobody."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import update

from bot import switches
from handlers.consult.experts.records import Expert, ExpertLink
from handlers.consult.records import HAZARD, SENSITIVE, ConsultQuestion
from tests.bot.front import ON_SQLITE
from tests.handlers.consult.experts.stage import (
    ANSWER,
    ASKED,
    Phone,
    Stage,
    at,
    link_in,
    openid,
)


def test_opening_alone_makes_no_phone_an_experts(stage: Stage) -> None:
    """Whatever previews a link, or a stranger who got it first, opens it with GET."""
    id_ = stage.expert("王工")
    link = stage.admit(id_, openid("王工"))
    preview = Phone(stage.front).open(link)
    assert preview.status == 200 and "就用这部手机" in preview.page
    mine = Phone(stage.front).open(link).press()
    assert mine.status == 200 and "没有等您答的" in mine.page
    assert preview.press().status == 403


def test_two_phones_at_once_and_one_gets_it(stage: Stage) -> None:
    id_ = stage.expert("王工")
    link = stage.admit(id_, openid("王工"))
    one, two = Phone(stage.front).open(link), Phone(stage.front).open(link)
    assert sorted([one.press().status, two.press().status]) == [200, 403]


def test_a_form_from_elsewhere_makes_no_phone_an_experts(stage: Stage) -> None:
    id_ = stage.expert("王工")
    link = stage.admit(id_, openid("王工"))
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
    assert "已经替您存好" in late.text
    assert phone.open(stage.links["王工"]).status == 410 and ASKED not in phone.page
    again = phone.open(link_in(stage.front.say("我的问题", openid("王工"))))
    assert again.standing()["words"] == ANSWER


def test_what_others_send_by_a_link_that_ended_is_nobodys_draft(waiting: tuple[Stage, Phone, str]) -> None:
    stage, phone, asked = waiting
    form, path = phone.standing(), phone.path
    stage.move(at(24))
    stranger = stage.front.app.test_client()
    stranger.set_cookie("expert_phone", "guessed", path="/h5/expert")
    sent = stranger.post(path, data={**form, "words": "别人写的", "do": "save"})
    assert sent.status_code == 410 and "替您存好" not in sent.text
    without = phone.client.post(path, data={**form, "csrf_token": "", "words": "别人写的", "do": "save"})
    assert without.status_code == 410
    assert [one.draft_sealed for one in stage.had(asked)] == [None]


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


def test_switched_off_the_page_says_so_and_keeps_what_was_written(waiting: tuple[Stage, Phone, str]) -> None:
    stage, phone, asked = waiting
    stage.switch(switches.OFF)
    path = phone.path
    phone.press("send", words="写到一半关了")
    assert phone.status == 503 and "暂时关着" in phone.page and "写到一半关了" in phone.page and not stage.sent()
    for address in (stage.links["王工"], path):
        assert phone.open(address).status == 503 and ASKED not in phone.page
    stage.move(at(16, 15, 31))
    assert stage.look() == 0 and len(stage.cards()) == 1
    stage.switch(switches.LIMITED)
    assert phone.open(path).standing()["words"] == "写到一半关了"
    owned = stage.owner(asked)
    assert owned is not None and owned.expert_id is not None
    stage.switch(switches.ON)
    phone.press("send", words=ANSWER)
    assert len(stage.sent()) == 1


def test_switched_off_no_phone_becomes_an_experts(stage: Stage) -> None:
    link = stage.admit(stage.expert("王工"), openid("王工"))
    phone = Phone(stage.front).open(link)
    stage.switch(switches.OFF)
    assert phone.press().status == 503 and all(not one.device_hash for one in stage.front.rows(Expert))


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
