"""An expert from the code on the office's screen to the answer on the asker's phone, with every process running."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import httpx
import pytest

from tests.acceptance.conftest import NewPhone
from tests.acceptance.doors import CSRF, Desk, Phone
from tests.acceptance.installation import Installation, until

ASKED = "幕墙的吸盘掉过一次修好了要不要重新做拉拔试验才能上墙"
ANSWER = "要重新试验，合格并有记录才能再用。"
PENALTY = "不做试验就用属于违规，会被罚款。"


class Page:
    """The expert's page in a phone's browser."""

    def __init__(self) -> None:
        self.client = httpx.Client(timeout=30.0, follow_redirects=True)
        self.answer = httpx.Response(0)

    def open(self, address: str) -> str:
        self.answer = self.client.get(address)
        return unescape(self.answer.text)

    def press(self, **fields: str) -> str:
        """Send the page's form, with its token and what it shows ticked."""
        token = CSRF.search(self.answer.text)
        action = re.search(r'<form method="post" action="([^"]+)"', self.answer.text)
        assert token and action
        shown = re.findall(r'name="shown" value="([^"]+)"', self.answer.text)
        form: dict[str, str | list[str]] = {"csrf_token": token[1], "shown": shown, "same": shown, **fields}
        self.answer = self.client.post(str(self.answer.url.join(unescape(action[1]))), data=form)
        return unescape(self.answer.text)


@pytest.fixture
def expert_at_work(officer: Desk, new_phone: NewPhone) -> Iterator[tuple[Phone, Page, str]]:
    """An expert who answers on everything at every hour, and their phone; suspended afterwards."""
    for path, _ in officer.waiting():  # what tests before have asked would wait for this expert, too
        officer.send(f"{path}/close", {"reason": "repeat"}, form=path)
    form = {
        "name": "陈高工",
        "unit": "省安全专家库",
        "hours": ["0:00-24:00"] * 7,
        "daily_cap": "50",
        "valid_from": "2000-01-01",
    }
    added = officer.send("/experts/add", form, form="/experts/add")  # type: ignore[arg-type]
    path = str(added.url).partition("/console")[2]
    code = officer.send(f"{path}/code", {}, form=path)
    scene = re.search(r"<code>(expert\.\S+)</code>", code.text)
    assert scene and "<svg" in code.text
    phone, page = new_phone(), Page()
    heard = phone.act("scan", scene=scene[1]).text
    digits = re.search(r"念这4位数：(\d{4})", heard)
    assert digits and "陈高工" not in heard
    officer.send(f"{path}/confirm", {"code": digits[1]}, form=path)
    link = re.search(r"http\S+/h5/expert/[\w-]+", str(phone.shows("陈高工专家", 30)))
    assert link
    page.open(link[0])
    assert "链接是您个人的" in page.press()
    yield phone, page, link[0]
    officer.send(f"{path}/state", {"to": "suspend"}, form=path)


def ask(phone: Phone, words: str) -> None:
    phone.say(words)
    phone.say("转人工")


def test_from_the_card_to_the_answer(
    expert_at_work: tuple[Phone, Page, str], new_phone: NewPhone, officer: Desk, service: Installation
) -> None:
    expert, page, link = expert_at_work
    askers = [new_phone() for _ in range(3)]
    for asker, head in zip(askers, ("", "请问", "您好，"), strict=True):
        ask(asker, head + ASKED)
    card = expert.shows("有1个问题等您答", 30)
    assert "幕墙" not in str(card)
    until(lambda: "还有2个人问了同样的" in page.open(link), 30)
    assert ASKED in unescape(page.answer.text)
    page.press(do="send", words=PENALTY)
    assert "等办公室放行" in unescape(page.answer.text)
    held = re.search(r"/console(/release/\w+)\"", officer.page("/release/"))
    assert held and PENALTY in officer.page("/release/")
    officer.send(held[1], {"do": "return", "note": "先别写罚款"}, form=held[1])
    assert "先别写罚款" in page.open(link)
    page.press(do="send", words=ANSWER)
    for asker in askers:
        assert "专家意见，供参考" in str(asker.shows(ANSWER))
    page.press(do="correct", words="更准确：换了新吸盘也要试验。", version=version_on(page))
    for asker in askers:
        assert "更正：" in str(asker.shows("换了新吸盘也要试验"))
    for log in service.folder.rglob("*.log"):
        said = log.read_text(encoding="utf-8")
        assert "幕墙" not in said and link.rsplit("/", 1)[1] not in said and "陈高工" not in said


def version_on(page: Page) -> str:
    found = re.search(r'name="version" value="([^"]+)"', page.answer.text)
    assert found
    return found[1]


def test_the_link_opens_nowhere_else(expert_at_work: tuple[Phone, Page, str]) -> None:
    _expert, page, link = expert_at_work
    stranger = Page()
    assert "请用您常用的手机打开" in stranger.open(link) and stranger.answer.status_code == 403
    assert page.open(link) and page.answer.status_code == 200
