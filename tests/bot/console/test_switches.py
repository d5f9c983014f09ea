"""The switches' page: who may, and what is read before something is taken away from people."""

from __future__ import annotations

import pytest

from bot import switches
from bot.features import Feature
from bot.messages import Text
from tests.bot.console.desk_app import make_desk, make_services
from tests.bot.console.test_roles import confirm_second_step


@pytest.fixture
def desk(tmp_path, database_url):
    features = (
        Feature("quiet", "小测验"),
        Feature("handing", "问事情", limited=lambda message, turn: Text("转人工")),
        Feature("fixed", "紧急", can_switch_off=False),
    )
    services = make_services(tmp_path, features, database_url=database_url)
    yield make_desk(services)
    services.close()


def turn(browser, name: str, state: str, **more: str):
    form = {"state": state, **more}
    return browser.post(f"/console/switches/{name}", form, token_from="/console/switches/")


def state(desk, name: str) -> str:
    with desk.services.database.reading() as session:
        row = session.get(switches.FeatureSwitch, name)
    return row.state if row else switches.ON


def test_what_people_will_see_is_read_before_it_is_done(desk):
    admin = desk.signed_in("zhao", "admin")
    confirm_second_step(desk, "zhao")
    page = admin.get("/console/switches/").text
    assert "小测验" in page and "紧急</h2>" not in page
    asked = turn(admin, "quiet", "off")
    assert asked.status_code == 200 and "这项服务这会儿没开" in asked.text and "不改" in asked.text
    assert state(desk, "quiet") == switches.ON
    assert "「小测验」暂时只提供电话" in turn(admin, "quiet", "limited").text
    assert "照样转给人看" in turn(admin, "handing", "limited").text
    assert turn(admin, "quiet", "off", sure="1").status_code == 302
    assert state(desk, "quiet") == switches.OFF
    page = admin.get("/console/switches/").text
    assert "现在：<strong>关</strong>" in page and "zhao" in page
    assert turn(admin, "quiet", "on").status_code == 302, "to answer again is asked once"
    assert state(desk, "quiet") == switches.ON
    for name, wanted in (("fixed", "off"), ("quiet", "sideways"), ("nothing", "off")):
        assert turn(admin, name, wanted, sure="1").status_code == 404


def test_others_see_who_may(desk):
    desk.add("zhaoguanli", "admin")
    duty = desk.signed_in("fu", "duty")
    page = duty.get("/console/switches/").text
    assert "只有系统管理员能改开关：zhaoguanli" in page and "改为" not in page
    assert turn(duty, "quiet", "off", sure="1").status_code == 404
    assert state(desk, "quiet") == switches.ON
    assert desk.signed_in("wai", "expert").get("/console/switches/").status_code == 404
