"""The phone and the console in a real browser, at a phone's width and a desk's."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.acceptance.browsing import DESK, PHONE, Window, chromium, program, window
from tests.acceptance.doors import Phone
from tests.acceptance.installation import Installation

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not program(), reason="Chromium is not installed (tests/prepare.sh installs it on Debian as root)"
    ),
]
WIDTHS = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])


@pytest.fixture(scope="module")
def demo() -> Iterator[Installation]:
    """A demo that nobody has used yet."""
    with tempfile.TemporaryDirectory(prefix="browser-", ignore_cleanup_errors=True) as name:
        made = Installation(Path(name) / "var")
        try:
            yield made.start()
        finally:
            made.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


def open_phone(seen: Window, demo: Installation) -> Page:
    page = seen.page
    page.goto(f"{demo.address}/phone/")
    expect(page.get_by_test_id("account-card")).to_be_visible()
    return page


def take(page: Page, name: str) -> None:
    """Put the phone in this person's hands."""
    page.get_by_test_id("person").filter(has_text=name).click()
    expect(page).to_have_title(re.compile(name))
    loaded = page.get_by_test_id(re.compile("^(menu-button|to-menu|follow)$"))  # the bar once the menu has come
    expect(loaded.first).to_be_visible()


def type_in(page: Page, words: str) -> None:
    if page.get_by_test_id("to-keyboard").is_visible():
        page.get_by_test_id("to-keyboard").click()
    page.get_by_test_id("text-input").fill(words)
    page.get_by_test_id("send").click()


def heard(page: Page, words: str) -> None:
    expect(page.get_by_test_id("chat").locator(".row").filter(has_text=words).last).to_be_visible()


def nothing_wrong(seen: Window) -> None:
    assert seen.complaints == []
    assert seen.too_wide() <= 0


def sign_in(page: Page, demo: Installation, username: str) -> None:
    line = demo.sign_in_of(username)
    page.goto(f"{demo.address}/console/")
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码").fill(line["password"])
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_role("heading", name="今天要处理")).to_be_visible()


@WIDTHS
def test_follow_and_ask(browser: Browser, demo: Installation, size: tuple[int, int]) -> None:
    name = "phone" if size == PHONE else "desk"
    with window(browser, size) as seen:
        page = open_phone(seen, demo)
        take(page, "阿强")
        seen.shot(f"phone-{name}-1-first")
        follow = page.get_by_test_id("follow")
        if follow.is_visible():
            follow.click()
        heard(page, "问安全")
        page.get_by_text("高处作业要系安全带吗").locator("visible=true").first.click()
        heard(page, "依据：")
        seen.shot(f"phone-{name}-2-answer")
        type_in(page, "脚手架")
        heard(page, "您是不是想问")
        page.get_by_test_id("chat").get_by_text("脚手架什么时候要检查验收").last.click()
        heard(page, "有用请回")
        seen.shot(f"phone-{name}-3-choices")
        type_in(page, "工地塌了有人被埋")
        heard(page, "马上打120和119")
        seen.shot(f"phone-{name}-4-emergency")
        nothing_wrong(seen)


def test_the_inspector_shows_what_went_over_the_wire(browser: Browser, demo: Installation) -> None:
    with window(browser, DESK) as seen:
        page = open_phone(seen, demo)
        take(page, "陈阿姨")
        type_in(page, "煤气漏了怎么办")
        heard(page, "依据：")
        expect(page.get_by_test_id("status")).to_have_text("200")
        expect(page.get_by_test_id("ms")).to_have_text(re.compile(r"^\d+ 毫秒$"))
        expect(page.get_by_test_id("xml-request")).to_contain_text("煤气漏了怎么办")
        expect(page.get_by_test_id("xml-response")).to_contain_text("MsgType")
        page.get_by_test_id("form-wire").click()
        expect(page.get_by_test_id("xml-request")).to_contain_text("Encrypt")
        expect(page.get_by_test_id("xml-request")).not_to_contain_text("煤气漏了怎么办")
        page.get_by_test_id("form-plain").click()
        page.get_by_test_id("bad-retry").click()
        heard(page, "得到的答复和原来一样，没有再起作用")
        page.get_by_test_id("bad-bad_signature").click()
        heard(page, "服务拒绝了，应当如此")
        seen.shot("phone-desk-5-inspector")
        nothing_wrong(seen)


def test_the_clock_and_other_people(browser: Browser, demo: Installation) -> None:
    with window(browser, DESK) as seen:
        page = open_phone(seen, demo)
        page.get_by_test_id("clock-day").click()
        expect(page.locator(".clock-shift")).to_have_text("快 1 天")
        page.get_by_test_id("clock-reset").click()
        expect(page.locator(".clock-shift")).to_have_text("")
        take(page, "符值班")
        heard(page, "紧急：坍塌")
        expect(page.get_by_text("企业微信应用")).to_be_visible()
        seen.shot("phone-desk-6-officer")
        page.get_by_role("button", name="已知悉").last.click()
        expect(page.get_by_text("已知悉").last).to_be_visible()
        take(page, "王联络")
        type_in(page, "今天天气怎么样")
        heard(page, "帮不上")
        nothing_wrong(seen)


def test_the_menu_and_the_tools(browser: Browser, demo: Installation) -> None:
    with window(browser, PHONE) as seen:
        page = open_phone(seen, demo)
        take(page, "陈阿姨")
        page.get_by_test_id("menu-button").filter(has_text="我的").click()
        seen.shot("phone-phone-5-menu")
        page.get_by_test_id("menu-item").filter(has_text="紧急电话").click()
        heard(page, "12350")
        page.get_by_test_id("to-keyboard").click()
        page.get_by_test_id("plus").click()
        seen.shot("phone-phone-6-tools")
        page.get_by_test_id("tool-location").click()
        page.get_by_test_id("place-list").get_by_role("button").first.click()
        heard(page, "位置收到了")
        page.get_by_test_id("open-panel").click()
        expect(page.get_by_test_id("panel")).to_be_visible()
        seen.shot("phone-phone-7-inspector")
        nothing_wrong(seen)


@WIDTHS
def test_home_lights_up_and_a_question_is_answered(browser: Browser, demo: Installation, size: tuple[int, int]) -> None:
    name = "phone" if size == PHONE else "desk"
    question = f"塔吊附墙架间距有没有规定（{name}）"
    with window(browser, size) as seen:
        page = seen.page
        page.goto(f"{demo.address}/console/")
        seen.shot(f"console-{name}-1-sign-in")
        sign_in(page, demo, "chenzhuanjia")
        todo = page.locator(".todo-item").filter(has_text="待回复咨询")
        before = int(todo.locator(".todo-count").inner_text()) if todo.count() else 0
        asker = Phone(demo.address, f"钢筋工{name}")
        asker.say(question)
        asker.say("没用")
        expect(todo.locator(".todo-count")).to_have_text(str(before + 1))
        seen.shot(f"console-{name}-2-home")
        todo.click()
        seen.shot(f"console-{name}-3-queue")
        page.get_by_role("link").filter(has_text=question).click()
        page.get_by_role("textbox", name="您的答复").fill("按说明书和专项方案来，改间距要原厂出计算书。")
        expect(page.locator("#preview")).to_contain_text("原厂出计算书")
        seen.shot(f"console-{name}-4-question")
        page.get_by_role("button", name="发送答复").click()
        expect(page.get_by_text("答复已交出去")).to_be_visible()
        seen.shot(f"console-{name}-5-answered")
        asker.shows("原厂出计算书")
        nothing_wrong(seen)


@WIDTHS
def test_the_emergency_page(browser: Browser, demo: Installation, size: tuple[int, int]) -> None:
    name = "phone" if size == PHONE else "desk"
    caller = Phone(demo.address, f"路过{name}")
    caller.say("脚手架倒了压着人，快来人")
    place = f"海口市龙昆南路{len(name)}号工地"
    caller.say(place)
    with window(browser, size) as seen:
        page = seen.page
        sign_in(page, demo, "fuzhiban")
        expect(page.locator(".todo-item").filter(has_text="紧急事件没人接")).to_be_visible()
        seen.shot(f"console-{name}-6-urgent")
        page.locator(".todo-item").filter(has_text="紧急事件没人接").click()
        seen.shot(f"console-{name}-7-emergencies")
        page.get_by_role("link").filter(has_text=place).first.click()
        expect(page.get_by_text("脚手架倒了压着人")).to_be_visible()
        seen.shot(f"console-{name}-8-emergency")
        page.get_by_role("button", name="已知悉").click()
        expect(page.get_by_text("已记下")).to_be_visible()
        seen.shot(f"console-{name}-9-taken")
        nothing_wrong(seen)


@WIDTHS
def test_the_notice(browser: Browser, demo: Installation, size: tuple[int, int]) -> None:
    name = "phone" if size == PHONE else "desk"
    with window(browser, size) as seen:
        seen.page.goto(f"{demo.address}/h5/notice")
        expect(seen.page.get_by_role("heading").first).to_be_visible()
        seen.shot(f"notice-{name}")
        nothing_wrong(seen)


def test_administration_pages(browser: Browser, demo: Installation) -> None:
    with window(browser, DESK) as seen:
        page = seen.page
        line = demo.sign_in_of("zhaoguanli")
        page.goto(f"{demo.address}/console/")
        page.get_by_label("用户名").fill("zhaoguanli")
        page.get_by_label("密码").fill(line["password"])
        page.get_by_role("button", name="登录", exact=True).click()
        page.get_by_label("验证码").fill(demo.run("user", "code", "zhaoguanli").stdout.strip())
        page.get_by_role("button", name="进入").click()
        expect(page.get_by_role("heading", name="今天要处理")).to_be_visible()
        for title in ("人员", "审计日志"):
            page.get_by_role("link", name=title).first.click()
            expect(page.get_by_role("heading", name=title)).to_be_visible()
            seen.shot(f"console-desk-admin-{title}")
        nothing_wrong(seen)
