"""A live sandbox and a live service on free ports, both threaded, both real HTTP."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from bot.sandbox.app import create_sandbox
from bot.sandbox.options import SandboxOptions, Template, WeChatAccount
from tests.bot.sandbox.echo import Echo

REMINDER = Template("tpl-reminder", "报送提醒", (("thing1", "事项"), ("time2", "截止时间"), ("phrase3", "状态")))
LONG = Template("tpl-long", "整改通知", (("thing1", "事项"),), long_term=True)
ONCE = Template("tpl-once", "答题结果", (("thing1", "事项"),))


class QuietHandler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_args: Any) -> None:
        """Tests print nothing."""


def run(app: Flask) -> tuple[str, Callable[[], None]]:
    """Serve `app` on a free port: its address, and how to stop it."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=QuietHandler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join(5)

    return f"http://127.0.0.1:{server.server_port}", stop


class Live:
    """A running sandbox with its service, and the few calls every test makes."""

    def __init__(self, base: str, echo: Echo, options: SandboxOptions) -> None:
        self.base = base
        self.echo = echo
        self.options = options
        self.http = httpx.Client(base_url=base, timeout=20, trust_env=False, verify=False)

    def control(self, door: str, **order: Any) -> Any:
        response = self.http.post(f"/sandbox/control/{door}", json=order)
        assert response.status_code == 200, response.text
        return response.json()

    def callback(self, platform: str = "wechat", **order: Any) -> Any:
        return self.control("callback", platform=platform, **order)

    def token(self, platform: str = "wechat") -> str:
        if platform == "wecom":
            app = self.options.wecom
            answer = self.http.get(
                "/sandbox/wecom/cgi-bin/gettoken", params={"corpid": app.corp_id, "corpsecret": app.secret}
            ).json()
        else:
            answer = self.stable()
        return str(answer["access_token"])

    def stable(self, **more: Any) -> Any:
        account = self.options.wechat
        body = {"grant_type": "client_credential", "appid": account.app_id, "secret": account.app_secret, **more}
        return self.http.post("/sandbox/wechat/cgi-bin/stable_token", json=body).json()

    def api(self, path: str, body: Any = None, platform: str = "wechat", **query: Any) -> Any:
        query.setdefault("access_token", self.token(platform))
        address = f"/sandbox/{platform}/cgi-bin/{path}"
        method = "GET" if body is None else "POST"
        return self.http.request(method, address, params=query, json=body).json()

    def sent(self, **query: Any) -> Any:
        return self.http.get("/sandbox/control/sent", params=query).json()

    def thread(self, person: str, after: int = 0) -> Any:
        return self.http.get("/phone/api/thread", params={"person": person, "after": after}).json()

    def act(self, person: str, action: str, **details: Any) -> Any:
        return self.http.post("/phone/api/act", json={"person": person, "action": action, **details}).json()

    def settled(self, exchange_id: int) -> Any:
        """The exchange once it has ended."""
        for _ in range(400):
            answer = self.http.get(f"/phone/api/exchange/{exchange_id}").json()
            if not answer["pending"]:
                return answer
            time.sleep(0.02)
        raise AssertionError("the exchange never ended")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Live]]:
    """Start a sandbox and its service; `mode`, and any option of SandboxOptions."""
    stops: list[Callable[[], None]] = []

    def begin(mode: Any = "safe", **changes: Any) -> Live:
        options = SandboxOptions(
            tmp_path / "sandbox.db", wechat=WeChatAccount(mode=mode), templates=(REMINDER, LONG, ONCE),
            receipt_delay_s=0.0, **changes,
        )  # fmt: skip
        echo = Echo(options, mode=mode)
        service, stop_service = run(echo.app())
        options = replace(options, callback_base=service, public_base=service)
        app = create_sandbox(options)
        base, stop_sandbox = run(app)
        live = Live(base, echo, options)

        def stop() -> None:
            live.http.close()
            stop_sandbox()
            time.sleep(0.05)
            app.extensions["sandbox"].close()
            stop_service()

        stops.append(stop)
        return live

    yield begin
    for stop in reversed(stops):
        stop()


@pytest.fixture
def live(start: Callable[..., Live]) -> Live:
    return start(retry_after_s=0.4)
