"""A live platform (the sandbox over real HTTP), and the product's parts pointed at it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from nacl.public import PrivateKey
from sqlalchemy import select
from werkzeug.serving import WSGIRequestHandler, make_server

from bot import outbox
from bot.clock import Clock
from bot.directory.people import ensure
from bot.features import Feature, OutboxKind
from bot.messages import ChannelName, Push, Text
from bot.outbox.records import OutboxEvent, OutboxMessage
from bot.sandbox.app import create_sandbox
from bot.sandbox.options import DemoPerson, SandboxOptions, Template
from bot.services import Services
from bot.storage.cache import connect_cache
from bot.storage.db import Base, Database
from bot.storage.sealing import ContentCipher, Hasher, IdentityVault
from config.settings import Settings

NOTICE = Template("tpl-notice", "报送提醒", (("thing1", "事项"), ("time2", "截止时间")))
PEOPLE = (
    DemoPerson("li", "李工", "wechat", "oPerson0li00000000000000000001"),
    DemoPerson("wang", "王联络", "wecom", "WangLianLuo"),
)


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_args: Any) -> None:
        """Tests print nothing."""


def _listener(_environ: Any, start_response: Any) -> list[bytes]:
    """The service's side of callbacks: acknowledges everything."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "7")])
    return [b"success"]


class _Serving:
    """A WSGI application on a free port, until ``stop``."""

    def __init__(self, app: Any) -> None:
        self._server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        self.base = f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


class Stage:
    """One sandbox and one database; ``services()`` gives another process's parts on the same two."""

    def __init__(self, folder: Path, database_url: str, cache_url: str) -> None:
        self._listener = _Serving(_listener)
        self._serving = _Serving(lambda environ, start_response: self._app(environ, start_response))
        self.base = self._serving.base
        self.options = SandboxOptions(
            folder / "sandbox.db",
            callback_base=self._listener.base,
            public_base=self.base,
            people=PEOPLE,
            templates=(NOTICE,),
            receipt_delay_s=0.0,
        )
        self._app = create_sandbox(self.options)
        self.http = httpx.Client(base_url=self.base, timeout=20, trust_env=False)
        self.offset = timedelta()
        self.private = PrivateKey.generate()
        self.settings = Settings(
            database_url=database_url,
            redis_url=cache_url,
            wechat_app_id=self.options.wechat.app_id,
            wechat_app_secret=self.options.wechat.app_secret,
            wechat_api_base=f"{self.base}/sandbox/wechat",
            wecom_corp_id=self.options.wecom.corp_id,
            wecom_agent_id=str(self.options.wecom.agent_id),
            wecom_secret=self.options.wecom.secret,
            wecom_api_base=f"{self.base}/sandbox/wecom",
        )
        self._made: list[Services] = []
        self.main = self.services()
        Base.metadata.create_all(self.main.database.engine)

    def services(self, *kinds: OutboxKind, settings: Settings | None = None) -> Services:
        settings = settings or self.settings
        made = Services(
            settings=settings,
            database=Database(settings.database_url),
            cache=connect_cache(settings),
            clock=Clock(lambda: self.offset),
            content=ContentCipher(b"c" * 32),
            vault=IdentityVault(bytes(self.private.public_key), bytes(self.private)),
            hasher=Hasher(b"h" * 32),
            features=(Feature("test", "测试", outbox_kinds=kinds),),
        )
        self._made.append(made)
        return made

    def close(self) -> None:
        for made in self._made:
            made.platform.close()
            made.close()
        self.http.close()
        self._serving.stop()
        self._app.extensions["sandbox"].close()
        self._listener.stop()

    # -- the platform ------------------------------------------------------------------------------------------------

    def control(self, door: str, **order: Any) -> Any:
        response = self.http.post(f"/sandbox/control/{door}", json=order)
        assert response.status_code == 200, response.text
        return response.json()

    def fault(self, path: str = "*", platform: str = "*", **fault: Any) -> None:
        self.control("faults", platform=platform, path=path, **fault)

    def mend(self) -> None:
        self.http.request("DELETE", "/sandbox/control/faults")

    def sent(self, *, shown: bool = True, **query: Any) -> list[dict[str, Any]]:
        """The messages that phones show (or with ``shown`` False: every call the platform accepted or refused)."""
        calls: list[dict[str, Any]] = self.http.get("/sandbox/control/sent", params=query).json()
        return [one for one in calls if not shown or (one["shown"] and one["errcode"] == 0)]

    def calls(self, path: str) -> int:
        found = self.http.get("/sandbox/control/calls", params={"path": path}).json()
        return int(found["total"])

    def open_window(self) -> None:
        """The person on WeChat writes, so that the account may write back."""
        self.control("callback", platform="wechat", type="text", content="你好", **{"from": "li"})

    def move(self, by: timedelta) -> None:
        """Both sides' clocks."""
        self.offset += by
        self.control("clock", advance_s=by.total_seconds())
        for made in self._made:
            made.clock.refresh()

    # -- the outbox --------------------------------------------------------------------------------------------------

    def person(self, channel: ChannelName = "wechat", ident: str = "") -> str:
        services = self.main
        ident = ident or next(one.ident for one in PEOPLE if one.platform == channel)
        with services.database.begin() as session:
            return ensure(session, services.hasher, services.vault, channel, ident, services.clock.now()).id

    def plan(self, subject: str, push: Push | None = None, *, channel: ChannelName = "wechat", **more: Any) -> str:
        """Plan a message to the demo person of the channel; its id."""
        more.setdefault("person_id", self.person(channel))
        more.setdefault("kind", "test.kind")
        draft = outbox.Draft(
            subject=subject, step="reply", channel=channel, push=push or Text(f"答复 {subject}"), **more
        )
        with self.main.database.begin() as session:
            planned = outbox.plan(session, self.main, draft)
        assert planned is not None
        return planned

    def row(self, message_id: str) -> OutboxMessage:
        with self.main.database.reading() as session:
            return session.get_one(OutboxMessage, message_id)

    def states(self) -> Sequence[str]:
        with self.main.database.reading() as session:
            return session.scalars(select(OutboxMessage.state).order_by(OutboxMessage.id)).all()

    def story(self, message_id: str) -> list[str]:
        with self.main.database.reading() as session:
            events = select(OutboxEvent).where(OutboxEvent.message_id == message_id)
            return [one.to_state for one in session.scalars(events.order_by(OutboxEvent.at, OutboxEvent.id))]

    def now(self) -> datetime:
        return self.main.clock.now()


def worker_services(database_url: str, cache_url: str, base: str, private: str) -> Services:
    """The parts of a worker in a process of its own."""
    settings = Settings(
        database_url=database_url, redis_url=cache_url, wecom_api_base=f"{base}/sandbox/wecom",
        wecom_corp_id="ww7c3e9d1f5b2a4860", wecom_agent_id="1000002", wecom_secret="sandbox-wecom-secret",
    )  # fmt: skip
    key = PrivateKey(bytes.fromhex(private))
    return Services(
        settings, Database(database_url), connect_cache(settings), Clock(), ContentCipher(b"c" * 32),
        IdentityVault(bytes(key.public_key), bytes(key)), Hasher(b"h" * 32), (),
    )  # fmt: skip
