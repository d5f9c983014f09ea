"""A real Chromium for tests, and a look at every page for what a person would stumble over."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.acceptance.installation import ROOT

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-quic",
    "--no-first-run",
    "--lang=zh-CN",
]
SCREENSHOTS = ROOT / "var" / "test-screenshots"
PHONE, DESK = (375, 812), (1280, 900)


def program() -> str:
    """The browser on this machine, "" where there is none."""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), "")


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=program(), args=SWITCHES)
        yield browser
        browser.close()


@dataclass
class Window:
    """A browser window, with what it complained of: errors in scripts, refused resources, failed requests."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def listen(self) -> None:
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.on(
            "console",
            lambda line: (
                self.complaints.append(f"console: {line.text} {line.location}") if line.type == "error" else None
            ),
        )
        self.page.on(
            "response",
            lambda answer: self.complaints.append(f"{answer.status}: {answer.url}") if answer.status >= 500 else None,
        )

    def shot(self, name: str) -> Path:
        """A picture for people to look at; never compared."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        self.page.screenshot(path=path)
        return path

    def too_wide(self) -> int:
        """By how many pixels the page can be pushed sideways."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@contextmanager
def window(browser: Browser, size: tuple[int, int]) -> Iterator[Window]:
    """A window of its own, as somebody in Hainan has it."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        device_scale_factor=2 if size == PHONE else 1,
        has_touch=size == PHONE,
        reduced_motion="reduce",
    )
    made = Window(context.new_page())
    made.page.set_default_timeout(10_000)
    made.listen()
    yield made
    context.close()
