"""Telling the people who got a withdrawn answer: worded by one, confirmed by another, to those who got that version."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.freezing import thaw
from bot.outbox.records import ACCEPTED, FAILED, WINDOW_CLOSED, OutboxMessage
from handlers.consult.publishing import corrections, live, telling
from handlers.consult.publishing.events import Refused
from handlers.consult.publishing.records import Correction, EntryVersion, Withdrawal
from tests.bot.console.conftest import cheap_passwords  # noqa: F401
from tests.bot.front import ON_SQLITE
from tests.handlers.consult.publishing.pages import TOKEN, actions, answered, messages, withdrawn
from tests.handlers.consult.publishing.shelf import BELT, NEW_WORDS, changed

CONFIRM, MINE = "我逐字看过", "要请另一个人"


def word(browser, path: str, words: str, *, days: str = "30", numbers: tuple[str, ...] = ("0",), over: str = ""):
    """Hand in words for the correction; ``over`` as the page's form holds it."""
    return browser.post(
        f"{path}/prepare", {"words": words, "days": days, "number": list(numbers), "over": over}, **TOKEN
    )


def waiting(browser, path: str) -> str:
    """The id of the words that wait, as the page names them; "" for none."""
    found = re.search(r'name="correction" value="(\w+)"', browser.get(path).text)
    return found[1] if found else ""


def test_a_withdrawal_counts_who_got_it_and_tells_them_once(desk):
    answered(desk, who="o-1")
    answered(desk, who="o-1", days_ago=3)
    answered(desk, "gas.leak", who="o-2", beside=BELT)
    answered(desk, who="o-3", days_ago=40)
    answered(desk, "gas.leak", who="o-4")
    browser, second = desk.signed_in("fu", "duty"), desk.signed_in("lin", "duty")
    path = withdrawn(browser)
    assert live.live().serving().entry(BELT) is None
    page = browser.get(path).text
    assert "3次，能告诉到2人" in page and "4次，能告诉到3人" in page
    assert "o-1" not in page
    assert word(browser, path, "更正：要挂在高处。打13907551234问我").status_code == 302
    page = second.get(path).text
    assert f"{CONFIRM}，发给2人" in page and "13907551234" not in page
    assert "更正等另一个人确认" in second.get("/console/").text
    assert messages(desk) == []
    id_ = waiting(second, path)
    assert second.post(f"{path}/confirm", {"correction": id_}, **TOKEN).status_code == 302
    assert second.post(f"{path}/confirm", {"correction": id_}, **TOKEN).status_code == 409
    assert telling.plan_confirmed(desk.services) == 2
    assert telling.plan_confirmed(desk.services) == 0
    sent = messages(desk)
    assert len({one.person_id for one in sent}) == len(sent) == 2
    assert {one.kind for one in sent} == {"consult.correction"}
    words = thaw(desk.services.content.decrypt(sent[0].content, "outbox_message", sent[0].id, "content")).text
    assert words.startswith("更正：要挂在高处。") and "13907551234" not in words
    with desk.services.database.begin() as session:
        one, two = session.scalars(select(OutboxMessage)).all()
        one.state, (two.state, two.reason) = ACCEPTED, (FAILED, WINDOW_CLOSED)
    page = re.sub(r"\s", "", browser.get(path).text)
    assert "<dt>已发到</dt><dd>1人</dd>" in page and "没发成</dt><dd>1人</dd>" in page
    assert re.search(r"fu[^写]{1,60}写，lin[^写]{1,60}确认发出", page)
    assert actions(desk)[-3:] == ["knowledge.withdraw", "knowledge.word_correction", "knowledge.correct"]


def test_who_wrote_a_correction_never_sends_it(desk):
    answered(desk)
    fu, lin, wu = (desk.signed_in(name, "duty") for name in ("fu", "lin", "wu"))
    path = withdrawn(fu)
    word(fu, path, "更正：先别照着做。")
    first = waiting(fu, path)
    page = fu.get(path).text
    assert MINE in page and CONFIRM not in page
    assert fu.post(f"{path}/confirm", {"correction": first}, **TOKEN).status_code == 409
    assert word(lin, path, "更正：先别照着做！", over=first).status_code == 302
    second = waiting(lin, path)
    for browser in (fu, lin):
        assert browser.post(f"{path}/confirm", {"correction": second}, **TOKEN).status_code == 409
    assert wu.post(f"{path}/confirm", {"correction": first}, **TOKEN).status_code == 409, "not the words that wait"
    page = re.sub(r"\s", "", wu.get(path).text)
    assert re.search(r"lin[^写]{1,60}写，fu也写过", page), "the last writer's name, not the first's"
    assert wu.post(f"{path}/confirm", {"correction": second}, **TOKEN).status_code == 302


@ON_SQLITE
def test_the_write_itself_refuses_the_writer(desk):
    answered(desk)
    path = withdrawn(browser := desk.signed_in("fu", "duty"))
    word(browser, path, "更正：先别照着做。")
    with desk.services.database.begin() as session:
        row = session.scalars(select(Correction)).one()
        with pytest.raises(Refused):
            corrections._move(session, row.id, "prepared", "confirmed", not_by=row.prepared_by)
    assert messages(desk) == []


def test_of_two_who_word_it_at_once_the_later_is_told(desk):
    answered(desk)
    fu, lin = desk.signed_in("fu", "duty"), desk.signed_in("lin", "duty")
    path = withdrawn(fu)
    word(fu, path, "更正：头一回写的。")
    late = word(lin, path, "更正：同时写的一份。")
    assert late.status_code == 409 and "还没有存" in late.text
    assert "更正：头一回写的。" in late.text and "更正：同时写的一份。" in late.text, "nothing is lost"
    first = waiting(fu, path)
    assert word(lin, path, "更正：合在一起的。", over=first).status_code == 302
    assert word(fu, path, "更正：又来一份旧的。", over=first).status_code == 409
    for words, days, numbers in (
        ("", "30", ("0",)), ("长" * 301, "30", ("0",)), ("更正", "11", ("0",)), ("更正", "30", ()), ("更正", "30", ("7",)),
        ("更正", "9" * 30, ("9" * 30,)),
    ):  # fmt: skip
        page = word(fu, path, words, days=days, numbers=numbers, over=waiting(fu, path))
        assert page.status_code == 400 and words in page.text


@ON_SQLITE
def test_words_put_away_are_begun_anew(desk):
    answered(desk)
    fu, lin = desk.signed_in("fu", "duty"), desk.signed_in("lin", "duty")
    path = withdrawn(fu)
    word(fu, path, "更正：写坏了的。")
    lin.post(f"{path}/drop", {"correction": waiting(lin, path)}, **TOKEN)
    assert waiting(lin, path) == ""
    word(lin, path, "更正：重新写的。")
    assert fu.post(f"{path}/confirm", {"correction": waiting(fu, path)}, **TOKEN).status_code == 302
    assert "knowledge.drop_correction" in actions(desk)


@ON_SQLITE
def test_words_that_wait_for_release_are_confirmed_by_who_may_release(desk):
    answered(desk)
    fu, chen, lin = desk.signed_in("fu", "duty"), desk.signed_in("chen", "expert"), desk.signed_in("lin", "duty")
    path = withdrawn(fu)
    word(fu, path, "更正：海口宏达建筑公司的事故是违章引起的，罚了20万。")
    page = chen.get(path).text
    assert "能放行专家意见" in page and CONFIRM not in page
    refused = chen.post(f"{path}/confirm", {"correction": waiting(chen, path)}, **TOKEN)
    assert refused.status_code == 409 and "点到具体企业或项目" in refused.text
    assert messages(desk) == []
    assert lin.post(f"{path}/confirm", {"correction": waiting(lin, path)}, **TOKEN).status_code == 302


@ON_SQLITE
def test_a_correction_is_reached_through_its_own_withdrawal_alone(desk):
    answered(desk)
    answered(desk, "gas.leak", who="o-2")
    fu, chen, lin = desk.signed_in("fu", "duty"), desk.signed_in("chen", "expert"), desk.signed_in("lin", "duty")
    path, other = withdrawn(fu), withdrawn(fu, "gas.leak")
    assert path != other
    word(fu, path, "更正：先别照着做。")
    before, named = actions(desk), {"correction": waiting(lin, path)}
    for act in ("confirm", "drop", "stop"):
        for browser in (chen, lin):
            assert browser.post(f"{other}/{act}", named, **TOKEN).status_code == 404
            assert browser.post(f"{path}/{act}", {"correction": "none"}, **TOKEN).status_code == 404
    assert actions(desk) == before and waiting(lin, path) == named["correction"]
    assert lin.post(f"{path}/confirm", named, **TOKEN).status_code == 302
    assert lin.post(f"{other}/stop", named, **TOKEN).status_code == 404


@ON_SQLITE
def test_only_who_got_the_wrong_version_is_told(desk, desk_shelf):
    answered(desk, who="o-before", days_ago=9)
    version = desk_shelf.publish(changed(answer=NEW_WORDS))
    answered(desk, who="o-wrong", days_ago=2)
    answered(desk, who="o-chose-later", days_ago=8, chosen_days_ago=2)
    with desk.services.database.begin() as session:
        session.get_one(EntryVersion, version.id).read_at = desk.services.clock.now() - timedelta(days=5)
    fu, lin = desk.signed_in("fu", "duty"), desk.signed_in("lin", "duty")
    path = withdrawn(fu)
    page = re.sub(r"\s", "", fu.get(path).text)
    assert f'第{version.number}版<spanclass="tagtag-bad">撤回的这一版' in page
    assert f'value="{version.number}"checked' in page and 'value="0"checked' not in page
    with desk.services.database.reading() as session:
        row = session.scalars(select(Withdrawal)).one()
        assert corrections.choices(session, row) == ((version.number, 0), version.number)
    word(fu, path, "更正：先别照着做。", numbers=(str(version.number),))
    page = lin.get(path).text
    assert f"发给听过第{version.number}版的2人" in page
    lin.post(f"{path}/confirm", {"correction": waiting(lin, path)}, **TOKEN)
    assert telling.plan_confirmed(desk.services) == 2
    word(fu, path, "更正：两版都不准。", numbers=("0", str(version.number)))
    assert f"{CONFIRM}，发给3人" in lin.get(path).text


@ON_SQLITE
def test_a_correction_is_planned_in_pieces_and_can_be_stopped(desk, monkeypatch):
    monkeypatch.setattr(telling, "PIECE", 2)
    for number in range(5):
        answered(desk, who=f"o-{number}")
    browser, second = desk.signed_in("fu", "duty"), desk.signed_in("lin", "duty")
    path = withdrawn(browser)
    word(browser, path, "更正：先别照着做。", days="7")
    id_ = waiting(browser, path)
    second.post(f"{path}/confirm", {"correction": id_}, **TOKEN)
    assert telling.plan_piece(desk.services, id_) == 2
    with desk.services.database.reading() as session:
        assert corrections.progress(session, id_).planned == 2
    assert telling.plan_confirmed(desk.services) == 3
    browser.post(f"{path}/stop", {"correction": id_}, **TOKEN)
    assert {one.state for one in messages(desk)} == {"cancelled"}
    assert telling.OUTBOX_KINDS[0].still_wanted(desk.services, id_)
    assert browser.post(f"{path}/stop", {"correction": id_}, **TOKEN).status_code == 409
    assert telling.plan_confirmed(desk.services) == 0
