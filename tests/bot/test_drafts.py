"""What is being written and kept in the browser: for how long, for whom, and what ends it. In a real browser."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route

from tests.acceptance.browsing import chromium, program

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not program(), reason="Chromium is not installed (tests/prepare.sh installs it on Debian as root)"
    ),
]
SCRIPT = (Path(__file__).parents[2] / "bot/static/drafts.js").read_text(encoding="utf-8")
HOST = "http://drafts.test"
DAY_MS = 24 * 3600 * 1000


class Site:
    """Pages of one address that load the script."""

    def __init__(self, page: Page) -> None:
        self.page, self.body = page, ""
        page.route(f"{HOST}/**", self._serve)

    def show(self, body: str, owner: str = "") -> None:
        who = f' data-draft-owner="{owner}"' if owner else ""
        self.body = f"<!doctype html><title>t</title><body{who}>{body}<script>{SCRIPT}</script></body>"
        self.page.goto(f"{HOST}/")

    def write(self, words: str) -> None:
        self.page.fill("textarea", words)

    def written(self) -> str:
        return self.page.input_value("textarea")

    def keys(self, store: str) -> set[str]:
        return set(self.page.evaluate(f"Object.keys({store})"))

    def put(self, store: str, key: str, value: object) -> None:
        self.page.evaluate(f"([key, value]) => {store}.setItem(key, value)", [key, json.dumps(value)])

    def _serve(self, route: Route) -> None:
        route.fulfill(body=self.body, content_type="text/html; charset=utf-8")


@pytest.fixture
def site() -> Iterator[Site]:
    with chromium() as browser:
        page = browser.new_page()
        yield Site(page)
        page.close()


PHONE = '<textarea data-draft="q1"></textarea>'
DESK = '<form data-drafts-end onsubmit="return false"><button>退出</button></form><textarea data-draft="{}:q1" data-draft-tab></textarea>'


def test_a_phones_draft_is_kept_seven_days_and_unknown_ones_go(site: Site) -> None:
    site.show(PHONE)
    site.write("写到一半")
    site.show(PHONE)
    assert site.written() == "写到一半"
    now = time.time() * 1000
    for key, at in {"old": now - 8 * DAY_MS, "new": now - 6 * DAY_MS, "odd": now + 9 * DAY_MS}.items():
        site.put("localStorage", f"draft:{key}", {"words": "写", "over": "", "at": at})
    site.put("localStorage", "draft:ageless", {"words": "写", "over": ""})
    site.put("localStorage", "another", 1)
    site.show(PHONE)
    assert site.keys("localStorage") == {"draft:q1", "draft:new", "another"}


def test_what_ended_a_question_ends_its_drafts_but_not_the_one_being_written(site: Site) -> None:
    now = time.time() * 1000
    site.show(PHONE)
    for key in ("q1", "q1:v1", "q1:v2", "q10", "q2"):
        site.put("localStorage", f"draft:{key}", {"words": "更正到一半", "over": "", "at": now})
    site.show('<div data-sent="q1"></div><textarea data-draft="q1:v2"></textarea>')
    assert site.written() == "更正到一半"
    assert site.keys("localStorage") == {"draft:q1:v2", "draft:q10", "draft:q2"}


def test_a_tabs_drafts_are_of_who_is_signed_in(site: Site) -> None:
    site.show(DESK.format("fu"), "fu")
    site.write("写到一半")
    site.show("<p>请登录</p>")
    site.show(DESK.format("fu"), "fu")
    assert site.written() == "写到一半", "an ended session loses nothing"
    site.show("<p>首页</p>", "lin")
    assert site.keys("sessionStorage") == set()
    site.show(DESK.format("fu"), "fu")
    site.write("又写")
    site.page.click("button")
    assert site.keys("sessionStorage") == set()
