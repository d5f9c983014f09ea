"""What tests hold in their hands: a phone, the platforms' control door, and a signed-in console."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import httpx

from tests.acceptance.installation import Installation, until

CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')
CONTENT = re.compile(r"<Content>(?:<!\[CDATA\[)?(.*?)(?:\]\]>)?</Content>", re.DOTALL)
ANSWER_S = 10.0


@dataclass(frozen=True)
class Exchange:
    """One message and its answer as the platform saw them. ``text`` is the reply's Content, "" for silence."""

    status: int
    ms: float
    tries: int
    accepted: bool
    verdict: str
    text: str
    reply: str = field(repr=False)


class Platforms:
    """The control door: sends what the phone cannot, and tells what the service sent."""

    def __init__(self, base: str) -> None:
        self.client = httpx.Client(base_url=f"{base}/sandbox/control", timeout=70.0)

    def callback(self, sender: str, kind: str, platform: str = "wechat", **more: Any) -> Exchange:
        """A message or event of this openid or userid, delivered as the platform delivers it."""
        answer = self.client.post("/callback", json={"platform": platform, "type": kind, "from": sender, **more})
        assert answer.status_code == 200, answer.text
        told = answer.json()
        return Exchange(
            status=told["status"] or 0,
            ms=told["ms"] or 0.0,
            tries=len(told["tries"]),
            accepted=told["verdict"]["ok"],
            verdict=told["verdict"]["text"],
            text=told["reply_text"] or "",
            reply=told["reply"] or "",
        )

    def say(self, sender: str, text: str, platform: str = "wechat", **more: Any) -> Exchange:
        return self.callback(sender, "text", platform, content=text, **more)

    def sent(self, to: str, since: int = 0) -> list[dict[str, Any]]:
        """What the service pushed to this person, oldest first."""
        found: list[dict[str, Any]] = self.client.get("/sent", params={"to": to, "since": since}).json()
        return found

    def last_id(self) -> int:
        """The id of the newest push to anybody."""
        every = self.client.get("/sent").json()
        return int(every[-1]["id"]) if every else 0

    def push(self, to: str, words: str, since: int = 0, seconds: float = ANSWER_S) -> dict[str, Any]:
        """The first push to this person that says these words."""

        def look() -> dict[str, Any]:
            return next((one for one in self.sent(to, since) if words in str(one["body"])), {})

        return until(look, seconds)

    def order(self, path: str, method: str = "POST", **body: Any) -> Any:
        answer = self.client.request(method, path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()


class Phone:
    """One person's phone, through the API that the phone in the browser uses."""

    def __init__(self, base: str, name: str, platform: str = "wechat", *, follow: bool = True) -> None:
        self.client = httpx.Client(base_url=f"{base}/phone/api", timeout=30.0)
        self.id = self.client.post("/people", json={"name": name, "platform": platform}).json()["id"]
        if follow and platform == "wechat":
            self.act("follow")

    def say(self, text: str) -> Exchange:
        return self.act("text", text=text)

    def act(self, action: str, **details: Any) -> Exchange:
        """Do one thing and wait for what came of it."""
        answer = self.client.post("/act", json={"person": self.id, "action": action, **details})
        assert answer.status_code == 200, answer.text
        return self.exchange(answer.json()["exchange_ids"][-1])

    def photos(self, *photos: bytes, **details: str) -> list[Exchange]:
        """Send photos as the phone does, one message each."""
        files = [("file", (f"{n}.jpg", photo, "image/jpeg")) for n, photo in enumerate(photos)]
        form = {"person": self.id, "action": "image", **details}
        answer = self.client.post("/act", data=form, files=files)
        assert answer.status_code == 200, answer.text
        return [self.exchange(one) for one in answer.json()["exchange_ids"]]

    def exchange(self, exchange_id: int) -> Exchange:
        def look() -> dict[str, Any]:
            found: dict[str, Any] = self.client.get(f"/exchange/{exchange_id}").json()
            return {} if found.get("pending") or found.get("status") is None else found

        told = until(look, 30.0, 0.05)
        content = re.search(
            r"<Content>(?:<!\[CDATA\[)?(.*?)(?:\]\]>)?</Content>", told["response_xml"] or "", re.DOTALL
        )
        return Exchange(
            status=told["status"],
            ms=told["ms"],
            tries=len(told["tries"]),
            accepted=told["verdict"]["ok"],
            verdict=told["verdict"]["text"],
            text=content[1] if content else "",
            reply=told["response_xml"] or "",
        )

    def items(self) -> list[dict[str, Any]]:
        """Everything on the screen, oldest first."""
        found: list[dict[str, Any]] = self.client.get("/thread", params={"person": self.id}).json()["items"]
        return found

    def shows(self, words: str, seconds: float = ANSWER_S) -> dict[str, Any]:
        """The first thing that came in and says these words."""

        def look() -> dict[str, Any]:
            return next((one for one in self.items() if one["dir"] == "in" and words in str(one)), {})

        return until(look, seconds)


class Desk:
    """A member of staff at the console, cookies and forms as a browser has them."""

    def __init__(self, installation: Installation, username: str) -> None:
        self.client = httpx.Client(base_url=f"{installation.address}/console", timeout=30.0, follow_redirects=True)
        line = installation.sign_in_of(username)
        page = self.send("/sign-in", {"username": username, "password": line["password"]}, form="/sign-in")
        if "/code" in str(page.url):
            code = installation.run("user", "code", username).stdout.strip()
            page = self.send("/code", {"code": code}, form="/code")
        assert page.status_code == 200, page.status_code
        assert "/sign-in" not in str(page.url)

    def page(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return unescape(answer.text)

    def send(self, path: str, fields: dict[str, str], *, form: str) -> httpx.Response:
        """Send a form that stands on the page ``form``."""
        token = CSRF.search(self.client.get(form).text)
        assert token, f"no form on {form}"
        return self.client.post(path, data={"csrf_token": token[1], **fields})

    def waiting(self) -> list[tuple[str, str]]:
        """Address and words of each waiting question."""
        found = re.findall(r'<a[^>]*href="/console(/consult/q/\w+)"[^>]*>(.*?)</a>', self.page("/consult/"), re.DOTALL)
        return [(path, re.sub(r"<[^>]+>|\s+", "", words)) for path, words in found]

    def find(self, words: str) -> str:
        """The address of the waiting question with these words."""
        return until(lambda: next((path for path, text in self.waiting() if words in text), ""))

    def answer(self, words: str, reply: str) -> httpx.Response:
        path = self.find(words)
        return self.send(f"{path}/reply", {"reply": reply}, form=path)
