from __future__ import annotations

import re

import pytest

from bot.console.home import HomeItem
from bot.console.roles import Page
from bot.features import Feature
from tests.bot.console.desk_app import make_desk, make_services


class Board:
    """What a feature reports, changed by the tests."""

    def __init__(self) -> None:
        self.items: list[HomeItem] = []

    def __call__(self, _services) -> list[HomeItem]:
        return self.items


@pytest.fixture
def board():
    return Board()


@pytest.fixture
def desk(tmp_path, database_url, board):
    def broken(_services):
        raise RuntimeError("its table is away")

    own = {
        "consult.queue": Page("待回复咨询", frozenset({"duty", "expert"})),
        "consult.numbers": Page("咨询数据", frozenset({"duty"})),
    }
    features = (Feature("a", "咨询", home=board, console=own), Feature("b", "坏的", home=broken))
    services = make_services(tmp_path, features, database_url=database_url)
    yield make_desk(services)
    services.close()


def test_what_is_pressing_comes_first_and_roles_see_their_own(desk, board):
    board.items = [
        HomeItem("看看也行", 3, "/console/x", "calm"),
        HomeItem("待回复咨询", 2, "/console/consult/", "soon", "最早的已等5分钟", "consult.queue"),
        HomeItem("没人接", 1, "/console/emergency/", "urgent"),
        HomeItem("没有的", 0, "/console/y", "urgent"),
        HomeItem("今天问的", 0, "", page="consult.numbers", number=True),
    ]
    page = desk.signed_in("fu", "duty").get("/console/").text
    titles = re.findall(r'todo-title">([^<]+)', page)
    assert titles == ["没人接", "待回复咨询", "看看也行"]
    assert "今天问的" in page and 'data-waiting="6"' in page
    auditor = desk.signed_in("li", "auditor").get("/console/").text
    assert "待回复咨询" not in auditor and "今天问的" not in auditor and "没人接" in auditor


def test_a_feature_that_fails_is_named_and_takes_nothing_down(desk, board):
    board.items = [HomeItem("待回复咨询", 2, "/console/consult/")]
    page = desk.signed_in("fu", "duty").get("/console/").text
    assert "“坏的”这一项暂时读不出来" in page and "待回复咨询" in page


def test_the_refresh_says_nothing_until_something_changes(desk, board):
    browser = desk.signed_in("fu", "duty")
    address = re.search(r'hx-get="([^"]+)"', browser.get("/console/").text)[1]
    assert browser.get(address).status_code == 204
    board.items = [HomeItem("待回复咨询", 1, "/console/consult/")]
    lit = browser.get(address)
    assert lit.status_code == 200 and "待回复咨询" in lit.text
    assert re.search(r'hx-get="([^"]+)"', lit.text)[1] != address


def test_recent_operations_are_for_those_who_may_read_the_log(desk):
    assert "最近的操作" in desk.signed_in("li", "auditor").get("/console/").text
    assert "最近的操作" not in desk.signed_in("fu", "duty").get("/console/").text
