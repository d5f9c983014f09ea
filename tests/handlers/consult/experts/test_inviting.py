"""Becoming an expert: a code, scanned once, by whoever it was given to; and losing it again."""

from __future__ import annotations

from datetime import date

import pytest

from bot.console.records import AuditEvent
from handlers.consult.experts import cards, invites
from handlers.consult.experts.invites import Refused, read_profile
from handlers.consult.experts.records import Assignment, Expert, ExpertInvite
from tests.handlers.consult.experts.stage import CARD, Phone, Stage, at, digits_in, link_in, openid

FORM = {"name": "王工", "unit": "省质安总站", "daily_cap": "5", "valid_from": "2021-06-01", "valid_to": ""}
HOURS = ["8:00-12:00", "", "", "", "", "", ""]


def expert(stage: Stage, id_: str) -> Expert:
    return next(one for one in stage.front.rows(Expert) if one.id == id_)


def test_who_scans_reads_digits_to_the_office_and_hears_what_to_do(stage: Stage) -> None:
    id_ = stage.expert("王工", "height")
    heard = stage.scan(stage.code(id_), openid("王工"))
    assert "谢谢您来帮忙" in heard and "王工" not in heard and "/h5/expert/" not in heard
    row = expert(stage, id_)
    assert (row.state, row.channel, row.person_id) == ("scanned", "wechat", stage.front.person_id(openid("王工")))
    services = stage.front.services
    with services.database.begin() as session:
        row = session.get_one(Expert, id_)
        invites.confirm(session, services, row, f" {digits_in(heard)} ")
        cards.welcome(session, services, row)
    assert row.state == "active"
    (card,) = stage.sent(CARD)
    assert "王工专家" in stage.words(card) and "我的问题" in stage.words(card) and link_in(stage.words(card))
    assert cards.still_wanted(services, id_) == ""


def test_who_scanned_and_was_not_confirmed_sees_nothing(stage: Stage) -> None:
    """A code that was passed on: a stranger has the seat for nobody."""
    id_ = stage.expert("王工")
    code = stage.code(id_)
    heard = stage.scan(code, openid("路人"))
    stage.ask()
    stage.look()
    assert stage.sent(CARD) == [] and {one.expert_id for one in stage.front.rows(Assignment)} == {None}
    for words in ("我的问题", "换手机"):
        assert stage.front.say(words, openid("路人")) == heard
    assert stage.scan(code, openid("路人")) == heard
    services = stage.front.services
    wrong = f"{(int(digits_in(heard)) + 1) % 10_000:04}"
    for said in (wrong, "", "12345", "abcd", digits_in(heard)[:3]):
        with pytest.raises(Refused, match="对不上"), services.database.begin() as session:
            invites.confirm(session, services, session.get_one(Expert, id_), said)
    with services.database.begin() as session:
        invites.unbind(session, services, session.get_one(Expert, id_))
    assert "念这" not in stage.front.say("我的问题", openid("路人"))
    assert digits_in(stage.scan(stage.code(id_), openid("王工"))) != digits_in(heard)
    with pytest.raises(Refused, match="对不上"), services.database.begin() as session:
        invites.confirm(session, services, session.get_one(Expert, id_), digits_in(heard))


def test_stopping_and_resuming_confirms_nobody(stage: Stage) -> None:
    id_ = stage.expert("王工")
    stage.scan(stage.code(id_), openid("路人"))
    with stage.front.services.database.begin() as session:
        row = session.get_one(Expert, id_)
        invites.suspend(session, row)
        invites.resume(row)
    assert (expert(stage, id_).state, expert(stage, id_).person_id) == ("invited", None)


def test_a_new_follower_becomes_one_too(stage: Stage) -> None:
    id_ = stage.expert("王工")
    heard = stage.front.send("event", openid("王工"), Event="subscribe", EventKey=f"qrscene_{stage.code(id_)}")
    assert digits_in(heard) and expert(stage, id_).state == "scanned"


def test_a_code_works_once_and_its_owner_hears_it_kindly_again(stage: Stage) -> None:
    id_ = stage.expert("王工")
    stage.admit(id_, openid("王工"))
    code = stage.code(id_)
    assert "已经登记好了" in stage.scan(code, openid("王工"))
    stage.scan(code, openid("李工"))
    assert "用过了" in stage.scan(code, openid("路人")) and expert(stage, id_).person_id != openid("路人")
    assert stage.front.person_id(openid("王工")) == expert(stage, id_).person_id


def test_codes_that_are_old_replaced_or_invented_do_nothing(stage: Stage) -> None:
    id_ = stage.expert("王工")
    old = stage.code(id_)
    assert "用过了" in stage.scan("expert.", openid("甲")) and "用过了" in stage.scan("expert.AAAA", openid("甲"))
    new = stage.code(id_)
    assert "用过了" in stage.scan(old, openid("甲"))
    stage.move(at(24))
    assert "过期" in stage.scan(new, openid("甲"))
    assert expert(stage, id_).state == "invited"


def test_one_person_is_one_expert(stage: Stage) -> None:
    stage.admit(stage.expert("王工"), openid("王工"))
    other = stage.code(stage.expert("李工"))
    assert "没有用掉" in stage.scan(other, openid("王工"))
    assert digits_in(stage.scan(other, openid("李工")))


def test_neither_the_code_nor_who_scanned_stands_in_the_database(stage: Stage) -> None:
    id_ = stage.expert("王工")
    code = stage.code(id_)
    stage.scan(code, openid("王工"))
    secret = code.removeprefix("expert.")
    assert len(secret) == 32 and len(code) <= 64
    kept = repr([vars(row) for table in (Expert, ExpertInvite, AuditEvent) for row in stage.front.rows(table)])
    assert secret not in kept and openid("王工") not in kept


def test_a_suspended_expert_is_told_and_an_unbound_one_can_scan_again(stage: Stage) -> None:
    id_, phone = stage.join("王工")
    services = stage.front.services
    with services.database.begin() as session:
        invites.suspend(session, session.get_one(Expert, id_))
    assert "停用" in stage.front.say("我的问题", openid("王工"))
    assert phone.open(stage.links["王工"]).status == 403
    with services.database.begin() as session:
        row = session.get_one(Expert, id_)
        invites.resume(row)
        invites.unbind(session, services, row)
    assert expert(stage, id_).state == "invited" and phone.open(stage.links["王工"]).status == 410
    assert "/h5/expert/" in stage.admit(id_, openid("新号")) and cards.still_wanted(services, id_) == ""


def test_a_member_of_wecom_is_bound_without_a_code(stage: Stage) -> None:
    first, second = stage.expert("王工"), stage.expert("李工")
    services = stage.front.services
    with services.database.begin() as session:
        invites.bind_member(session, services, session.get_one(Expert, first), "WangGong")
    row = expert(stage, first)
    assert (row.state, row.channel) == ("active", "wecom")
    assert row.person_id == stage.front.person_id("wanggong", "wecom") or row.person_id
    for userid, words in (("WangGong", "另一位"), ("王 工", "看不懂"), ("", "看不懂")):
        with pytest.raises(Refused, match=words), services.database.begin() as session:
            invites.bind_member(session, services, session.get_one(Expert, second), userid)


def test_others_who_say_an_experts_words_just_asked(stage: Stage) -> None:
    assert "/h5/expert/" not in stage.front.say("我的问题", openid("路人"))
    assert "/h5/expert/" not in stage.front.say("换手机", openid("路人"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": " "}, "姓名"),
        ({"unit": "长" * 81}, "单位"),
        ({"daily_cap": "0"}, "每天"),
        ({"daily_cap": "很多"}, "每天"),
        ({"valid_from": "明天"}, "开始日期"),
        ({"valid_to": "2021-05-01"}, "结束"),
        ({"phone": "打我微信"}, "电话"),
    ],
)
def test_a_form_that_is_wrong_says_what(change: dict[str, str], words: str) -> None:
    with pytest.raises(Refused, match=words):
        read_profile({**FORM, **change}, ["height"], HOURS)


def test_a_form_is_read(stage: Stage) -> None:
    read = read_profile({**FORM, "phone": "13900001234"}, ["height", "nonsense", "fire"], HOURS)
    assert (read.topics, read.daily_cap, read.valid_from, read.valid_to) == (
        ("fire", "height"), 5, date(2021, 6, 1), None
    )  # fmt: skip
    with pytest.raises(Refused, match="至少填一天"):
        read_profile(FORM, [], [""] * 7)
    with pytest.raises(Refused, match="周三"):
        read_profile(FORM, [], ["", "", "九点", "", "", "", ""])
    services = stage.front.services
    with services.database.begin() as session:
        row = invites.create(session, services, read, "S" * 26)
    assert invites.masked_phone(services, row) == "139****1234" and b"1234" not in row.phone_sealed


def test_a_stranger_with_the_link_gets_nothing(stage: Stage) -> None:
    _id, phone = stage.join("王工")
    asked = stage.ask()
    stage.look()
    stranger = Phone(stage.front).open(stage.links["王工"])
    assert stranger.status == 403 and "钢丝绳" not in stranger.page
    assert "钢丝绳" in phone.open(stage.links["王工"]).page
    owned = stage.owner(asked)
    assert owned is not None
    assert Phone(stage.front).open(f"{stage.links['王工']}/q/{owned.id}").status == 403
