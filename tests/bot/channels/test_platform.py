"""The platform client against the sandbox, and against a server that misbehaves in ways the sandbox does not."""

from __future__ import annotations

import contextlib
import logging
import re
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from bot.channels.errors import ChannelError, ErrorClass, MediaRefused, NotSent, Uncertain, classify
from bot.channels.media import Limits, require_allowed
from bot.channels.platform import PlatformClient
from bot.messages import Article, Choice, Choices, News, Template, Text
from bot.storage.cache import connect_cache
from config.settings import Settings
from tests.bot.outbox.stage import PEOPLE, Stage

OPENID, USERID = PEOPLE[0].ident, PEOPLE[1].ident
Answer = Callable[[BaseHTTPRequestHandler], None]


class Odd:
    """A platform that gives tokens and answers everything else as ``answer`` says."""

    def __init__(self) -> None:
        self.answer: Answer = lambda handler: reply(handler, b"{}")
        self.requests: list[str] = []
        odd = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if "token" in self.path.split("?")[0]:
                    reply(self, b'{"access_token":"odd-token","expires_in":7200}')
                    return
                odd.requests.append(self.path.split("?")[0])
                odd.answer(self)

            do_POST = do_GET

            def log_message(self, *_args: Any) -> None:
                """Tests print nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self.base = f"http://127.0.0.1:{self._server.server_port}"
        settings = Settings(
            redis_url="unix:///nowhere/valkey.sock", wechat_api_base=self.base, wecom_api_base=self.base,
            wecom_agent_id="7",
        )  # fmt: skip
        self.client = PlatformClient(settings, connect_cache(settings))

    def stop(self) -> None:
        self.client.close()
        self._server.shutdown()
        self._server.server_close()


def reply(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, kind: str = "application/json") -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@pytest.fixture
def odd() -> Iterator[Odd]:
    made = Odd()
    yield made
    made.stop()


def how(odd: Odd, push: Any = None) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        odd.client.send("wechat", OPENID, push or Text("好"), idempotency_key="k")
    return caught.value


def test_a_proxys_page_leaves_a_send_uncertain_and_a_question_repeatable(odd: Odd) -> None:
    odd.answer = lambda handler: reply(handler, b"<html>login</html>", kind="text/html")
    assert isinstance(how(odd), Uncertain)
    with pytest.raises(NotSent) as caught:
        odd.client.member("someone")
    assert caught.value.kind is ErrorClass.RETRY


@pytest.mark.parametrize(("status", "kind"), [(500, "retry"), (503, "retry"), (502, "uncertain"), (404, "unknown")])
def test_http_errors(odd: Odd, status: int, kind: str) -> None:
    odd.answer = lambda handler: reply(handler, b"oops", status, "text/plain")
    assert how(odd).kind.value == kind
    assert len(odd.requests) == 1


def test_a_connection_cut_before_the_answer_is_uncertain(odd: Odd) -> None:
    odd.answer = lambda handler: handler.connection.shutdown(socket.SHUT_RDWR)
    assert isinstance(how(odd), Uncertain)
    assert len(odd.requests) == 1


def test_a_late_answer_is_uncertain(odd: Odd, monkeypatch: pytest.MonkeyPatch) -> None:
    late = threading.Event()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        late.wait(5)
        with contextlib.suppress(OSError):
            reply(handler, b"{}")

    odd.answer = answer
    monkeypatch.setattr("bot.channels.platform.TIMEOUT", httpx.Timeout(0.3))
    assert isinstance(how(odd), Uncertain)
    late.set()
    assert len(odd.requests) == 1


def test_a_platform_that_is_not_there_can_be_tried_again() -> None:
    settings = Settings(redis_url="unix:///nowhere/valkey.sock", wechat_api_base="http://127.0.0.1:9")
    client = PlatformClient(settings, connect_cache(settings))
    with pytest.raises(NotSent):
        client.send("wechat", OPENID, Text("好"), idempotency_key="k")
    client.close()


def test_neither_token_nor_openid_is_logged_or_said(odd: Odd, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    odd.answer = lambda handler: reply(handler, f'{{"errcode":40003,"errmsg":"invalid {OPENID}"}}'.encode())
    error = how(odd)
    odd.answer = lambda handler: reply(handler, f'{{"errcode":31337,"errmsg":"about {OPENID}"}}'.encode())
    assert OPENID not in str(how(odd))
    assert OPENID not in f"{error} {error!r} {error.detail} {caplog.text}"
    assert "odd-token" not in caplog.text


# -- the sandbox ------------------------------------------------------------------------------------------------------


def test_every_kind_of_push_is_taken(stage: Stage) -> None:
    stage.open_window()
    picture = stage.main.platform.upload_image("wechat", b"\x89PNG\r\n\x1a\n" + b"0" * 32, "a.png", "image/png")
    assert picture
    client = stage.main.platform
    client.send("wechat", OPENID, Choices("您问的是？", (Choice("临边"), Choice("洞口"))), idempotency_key="1")
    client.send("wechat", OPENID, Choices("您问的是？", (Choice("临边", "临边防护"),)), idempotency_key="2")
    client.send(
        "wechat", OPENID, News((Article("标题", "https://a.example/"), Article("二", "x"))), idempotency_key="3"
    )
    sent = client.send(
        "wechat", OPENID, Template("tpl-notice", {"thing1": "周报", "time2": "2021年6月17日"}), idempotency_key="4"
    )
    assert sent.provider_id.isdigit()
    work = client.send("wecom", USERID, Text("提醒"), idempotency_key="5")
    assert work.provider_id
    kinds = [one["body"].get("msgtype", "template") for one in stage.sent()]
    assert kinds == ["msgmenu", "text", "news", "template", "text"]


def test_a_template_field_the_platform_refuses_is_named(stage: Stage) -> None:
    push = Template("tpl-notice", {"thing1": "一" * 21, "time2": "2021年6月17日"})
    with pytest.raises(ChannelError) as caught:
        stage.main.platform.send("wechat", OPENID, push, idempotency_key="k")
    assert caught.value.kind is ErrorClass.OPERATOR
    assert "thing1" in caught.value.detail


def test_the_menu_is_published_read_and_taken_down(stage: Stage) -> None:
    menu = {"button": [{"type": "click", "name": "问安全", "key": "ask"}]}
    stage.main.platform.publish_menu("wechat", menu)
    assert stage.main.platform.get_menu("wechat")["menu"]["button"][0]["name"] == "问安全"
    stage.main.platform.delete_menu("wechat")


def test_media_is_downloaded_within_its_limits(stage: Stage, tmp_path: Path) -> None:
    content = b"\x89PNG\r\n\x1a\n" + b"0" * 5000
    media_id = stage.main.platform.upload_image("wechat", content, "a.png", "image/png")
    got = stage.main.platform.download("wechat", media_id, tmp_path / "photos" / "a")
    assert got.path.read_bytes() == content
    assert (got.size, got.content_type) == (len(content), "image/png")
    with pytest.raises(MediaRefused):
        stage.main.platform.download("wechat", media_id, tmp_path / "b", Limits(most_bytes=1000))
    with pytest.raises(ChannelError) as caught:
        stage.main.platform.download("wechat", "no-such-media", tmp_path / "c")
    assert caught.value.kind is ErrorClass.EXPIRED
    assert sorted(path.name for path in tmp_path.glob("**/*") if path.suffix == ".part" or path.name in "bc") == []


def test_a_text_file_is_a_file(odd: Odd, tmp_path: Path) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/plain")
        handler.send_header("Content-Disposition", 'attachment; filename="a.txt"')
        handler.send_header("Content-Length", "5")
        handler.end_headers()
        handler.wfile.write(b"hello")

    odd.answer = answer
    assert odd.client.download("wecom", "m", tmp_path / "a.txt").path.read_bytes() == b"hello"


def test_a_video_is_fetched_from_the_address_it_names(odd: Odd, tmp_path: Path) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.path.startswith("/cgi-bin/media/get"):
            reply(handler, f'{{"video_url":"{odd.base}/hop"}}'.encode())
        elif handler.path == "/hop":
            handler.send_response(302)
            handler.send_header("Location", "/video")
            handler.send_header("Content-Length", "0")
            handler.end_headers()
        else:
            reply(handler, b"mp4", kind="video/mp4")

    odd.answer = answer
    got = odd.client.download("wechat", "v1", tmp_path / "v")
    assert (got.path.read_bytes(), got.content_type) == (b"mp4", "video/mp4")


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.1:1/x",
        "file:///etc/passwd",
        "http://evil.example/x.mp4",
        "http://qq.com.evil.example/x",
        "http://user:pw@mpvideo.qpic.cn/x",
        "http://mpvideo.qpic.cn:22/x",
        "http://[::1]/x",
        "//",
    ],
)
def test_a_video_elsewhere_is_refused(odd: Odd, tmp_path: Path, url: str) -> None:
    odd.answer = lambda handler: reply(handler, f'{{"video_url":"{url}"}}'.encode())
    with pytest.raises(MediaRefused):
        odd.client.download("wechat", "v1", tmp_path / "v")
    assert not (tmp_path / "v").exists()


def test_a_known_host_with_a_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: [(2, 1, 6, "", ("10.0.0.5", 0))])
    with pytest.raises(MediaRefused):
        require_allowed("http://mpvideo.qpic.cn/x", ["https://api.weixin.qq.com"])


def test_members_and_sign_in(stage: Stage) -> None:
    assert stage.main.platform.member(USERID)["name"] == "王联络"
    with pytest.raises(ChannelError):
        stage.main.platform.userid_of("no-such-code")
    asked = {
        "appid": stage.options.wecom.corp_id, "redirect_uri": f"{stage.options.callback_base}/back", "person": "wang",
        "response_type": "code", "scope": "snsapi_base", "agentid": str(stage.options.wecom.agent_id), "state": "s",
    }  # fmt: skip
    back = stage.http.get("/sandbox/wecom/connect/oauth2/authorize", params=asked).headers["location"]
    assert stage.main.platform.userid_of(parse_qs(urlsplit(back).query)["code"][0]) == USERID


def test_a_video_a_person_sent_is_fetched_from_where_the_platform_keeps_it(stage: Stage, tmp_path: Path) -> None:
    exchange = stage.control(
        "callback", platform="wechat", type="video", data_b64="bXA0LWJ5dGVz", mime="video/mp4", **{"from": "li"}
    )
    shown = stage.http.get(f"/sandbox/control/exchanges/{exchange['exchange_id']}").text
    media_id = re.search(r"<MediaId><!\[CDATA\[(.+?)\]", shown)
    assert media_id is not None
    client = stage.main.platform
    got = client.download("wechat", media_id.group(1), tmp_path / "v.mp4")
    assert got.path.read_bytes() == b"mp4-bytes"


def test_the_sandbox_keeps_media_under_the_services_own_address(odd: Odd, tmp_path: Path) -> None:
    elsewhere = Odd()
    elsewhere.answer = lambda handler: reply(handler, b"mp4", kind="video/mp4")
    odd.answer = lambda handler: reply(handler, f'{{"video_url":"{elsewhere.base}/sandbox/files/x"}}'.encode())
    with pytest.raises(MediaRefused):
        odd.client.download("wechat", "m", tmp_path / "v")
    settings = Settings(
        redis_url="unix:///nowhere/v.sock", wechat_api_base=odd.base, public_url=elsewhere.base, sandbox=True
    )
    client = PlatformClient(settings, connect_cache(settings))
    assert client.download("wechat", "m", tmp_path / "v").size == 3
    client.close()
    elsewhere.stop()


@pytest.mark.parametrize(
    ("platform", "code", "kind"),
    [
        ("wechat", -1, "retry"), ("wechat", 45011, "retry"), ("wechat", 43108, "retry"),
        ("wechat", 45009, "stop_for_day"), ("wechat", 45015, "window_closed"), ("wechat", 45047, "window_closed"),
        ("wechat", 43004, "unfollowed"), ("wechat", 50005, "unfollowed"), ("wechat", 43101, "refused"),
        ("wechat", 40003, "unreachable"), ("wechat", 40013, "operator"), ("wechat", 40164, "operator"),
        ("wechat", 43116, "operator"), ("wechat", 48004, "operator"), ("wechat", 40241, "duplicate"),
        ("wechat", 42001, "token"), ("wechat", 12345, "unknown"), ("wecom", 81013, "unreachable"),
        ("wecom", 60020, "operator"), ("wecom", 40014, "token"), ("wecom", 45033, "retry"),
    ],
)  # fmt: skip
def test_error_classes(platform: Any, code: int, kind: str) -> None:
    assert classify(platform, code).value == kind


def test_a_code_to_scan_holds_an_address(stage: Stage, odd: Odd) -> None:
    assert stage.main.platform.scene_code("expert.abc", 3600).startswith("http")
    odd.answer = lambda handler: reply(handler, b'{"errcode":0}')
    with pytest.raises(NotSent):
        odd.client.scene_code("expert.abc", 3600)
