"""The duty officers' page: what waits longest comes first, everything said is there, nobody overrules in silence."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.console.records import AuditEvent
from bot.features import Feature
from bot.ids import new_id
from bot.outbox.records import OutboxMessage
from handlers.emergency import desk as emergency_desk
from handlers.emergency import incidents
from handlers.emergency.feature import feature as emergency
from handlers.emergency.incidents import Who
from handlers.emergency.places import answered
from handlers.emergency.records import FALSE_ALARM, KNOWN, OPEN, Incident, Step
from tests.bot.console.conftest import cheap_passwords  # noqa: F401
from tests.bot.console.desk_app import make_desk, make_services

LIST = "/console/emergency/"


@pytest.fixture
def desk(tmp_path, database_url):
    feature = Feature(
        "emergency", "紧急", pages=(emergency_desk.pages,), home=emergency_desk.home, console=emergency.console
    )
    services = make_services(tmp_path, (feature,), database_url=database_url)
    yield make_desk(services)
    services.close()


def happen(desk, words: str, *, place: str = "", minutes_ago: int = 3, state: str = OPEN, person: str = "") -> str:
    services = desk.services
    who = Who(person or new_id(), "")
    with services.database.begin() as session:
        made = incidents.report(session, services, who, kind="fire", place=answered(place), words=words).incident
        made.first_at -= timedelta(minutes=minutes_ago)
        if state != OPEN:
            incidents.decide(session, services, made, state, "")
        return made.id


def row(desk, id_: str) -> Incident:
    with desk.services.database.reading() as session:
        return session.get_one(Incident, id_)


def press(browser, id_: str, verdict: str, seen: str, **more: str):
    data = {"verdict": verdict, "seen": seen, **more}
    return browser.post(f"{LIST}{id_}/take", data, token_from="/console/profile/", follow_redirects=True)


def test_what_waits_longest_is_at_the_top_and_rows_can_be_told_apart(desk):
    happen(desk, "刚烧起来的，电话13912345678", minutes_ago=2)
    happen(desk, "有人接了的", minutes_ago=300, state=KNOWN)
    happen(desk, "等得最久的", minutes_ago=125)
    page = desk.signed_in("fu", "duty").get(LIST).text
    order = [page.index(text) for text in ("等得最久的", "刚烧起来的", "有人接了的")]
    assert order == sorted(order)
    assert "已等2小时" in page and "已等2分钟" in page and "13912345678" not in page


def test_more_than_a_page_are_all_there(desk):
    ids = [happen(desk, f"第{number}件", minutes_ago=number) for number in range(emergency_desk.PER_PAGE + 3)]
    browser = desk.signed_in("fu", "duty")
    first, second = browser.get(LIST).text, browser.get(f"{LIST}?page=2").text
    assert f"共{len(ids)}件，第1/2页" in first and "下一页" in first and "page=2" in first
    assert all((f"{LIST}{id_}" in first) != (f"{LIST}{id_}" in second) for id_ in ids)
    assert f"{LIST}list?page=2" in second, "the refresh stays on its page"
    for odd in ("0", "-1", "x", "99", "²"):
        assert browser.get(f"{LIST}?page={odd}").status_code == 200


def test_everything_said_is_there_with_the_map_and_nobody_behind_it(desk):
    person = new_id()
    id_ = happen(desk, "厨房着火了", place="文明东路9号", person=person)
    with desk.services.database.begin() as session:
        made, who = incidents.known(session, id_), Who(person, "")
        incidents.more(session, desk.services, made, who, "里面有个老人", worse=True)
        incidents.photo(session, desk.services, made, who, "media-secret")
        incidents.set_pin(desk.services, made, 20.04422, 110.19989)
        incidents.over(session, desk.services, made, who, "火灭了没事了")
    browser = desk.signed_in("fu", "duty")
    page = browser.get(f"{LIST}{id_}").text
    order = [page.index(text) for text in ("厨房着火了", "里面有个老人", "发来一张照片", "火灭了没事了")]
    assert order == sorted(order)
    assert "https://apis.map.qq.com/uri/v1/marker?marker=coord:20.044220,110.199890;title:" in page
    assert 'rel="noopener noreferrer"' in page and "文明东路9号" in page and "对方说没事了" in page
    assert "media-secret" not in page and person not in page
    assert "没有值班员收到" in page
    assert "对方说没事了" in browser.get(LIST).text


def test_a_colleagues_decision_is_asked_about_and_both_names_stay(desk):
    id_ = happen(desk, "仓库冒烟")
    zhang, li = desk.signed_in("zhang", "duty"), desk.signed_in("li", "duty")
    assert "已记下：已知悉" in press(zhang, id_, KNOWN, OPEN).text
    assert "已有人处理：zhang已知悉" in press(li, id_, FALSE_ALARM, OPEN).text, "what he saw was old"
    asked = press(li, id_, FALSE_ALARM, KNOWN).text
    assert "zhang已把这件事记为“已知悉”" in asked and "确定改为误报" in asked
    assert row(desk, id_).state == KNOWN
    page = press(li, id_, FALSE_ALARM, KNOWN, sure="yes").text
    assert row(desk, id_).taken_by == desk.staff("li").id
    assert "zhang 已知悉" in " ".join(page.replace("</span>", " ").split()) and "重新打开" in page
    with desk.services.database.reading() as session:
        steps = session.scalars(select(Step).where(Step.incident_id == id_).order_by(Step.at))
        assert [(step.state, step.staff_id) for step in steps] == [
            (KNOWN, desk.staff("zhang").id),
            (FALSE_ALARM, desk.staff("li").id),
        ]
        actions = session.scalars(select(AuditEvent.action).where(AuditEvent.subject == id_).order_by(AuditEvent.id))
        assert list(actions) == ["emergency.known", "emergency.false_alarm"]


def test_ones_own_mistake_is_undone_and_calls_again(desk):
    desk.add("on", "duty", wecom="OnDuty")
    id_ = happen(desk, "仓库冒烟")
    zhang = desk.signed_in("zhang", "duty")
    press(zhang, id_, FALSE_ALARM, OPEN)
    assert "请先点“重新打开”" in press(zhang, id_, KNOWN, FALSE_ALARM).text
    press(zhang, id_, OPEN, FALSE_ALARM)
    assert (row(desk, id_).state, row(desk, id_).taken_by) == (OPEN, None)
    with desk.services.database.reading() as session:
        assert session.scalars(select(OutboxMessage).where(OutboxMessage.step == "again")).one().urgent


def test_what_is_not_a_verdict_is_not_found(desk):
    id_ = happen(desk, "仓库冒烟")
    zhang = desk.signed_in("zhang", "duty")
    assert press(zhang, id_, "gone", OPEN).status_code == 404
    assert press(zhang, "NOSUCH", KNOWN, OPEN).status_code == 404
