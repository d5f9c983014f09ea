"""The platforms' side of the two callbacks, for tests: signs, encrypts, posts, and reads the answers as a phone would.

Its cryptography is the sandbox's, which shares no code with the product's.
"""

from __future__ import annotations

import base64
import io
import itertools
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from nacl.public import PrivateKey
from sqlalchemy import func, select

from bot.app import create_app
from bot.console.records import Staff
from bot.directory.people import ensure, identity_hash
from bot.directory.records import Person
from bot.ids import new_id
from bot.inbox.records import InboundMessage
from bot.sandbox.crypto import Envelope, signature
from bot.services import Services, build_services
from bot.storage.db import WEB_BUSY_MS, Base
from config.settings import Settings

APP_ID, CORP_ID = "wx0123456789abcdef", "ww0123456789abcdef"
TOKEN = "token0for0tests"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OTHER_KEY = AES_KEY[::-1].replace("G", "H", 1)
ACCOUNT = "gh_0123456789ab"
OFFICER = "ZhiBanYi"
ASKER = "oAsker00000000000000000000001"
MOST_BYTES = 2048
DELIVERIES, PLATFORM_WAIT_S = 3, 4.5

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what only SQLite has (one writer, a file that can go), or what another database would only repeat slowly."""

_identity = PrivateKey(b"i" * 32)
KEYS = {
    "secret_key": "s" * 48,
    "identity_public_key": base64.b64encode(bytes(_identity.public_key)).decode(),
    "identity_hash_key": base64.b64encode(b"h" * 32).decode(),
    "content_key": base64.b64encode(b"c" * 32).decode(),
}
ACCOUNTS = {
    "wechat_app_id": APP_ID,
    "wechat_app_secret": "x" * 32,
    "wechat_token": TOKEN,
    "wechat_aes_key": AES_KEY,
    "wecom_corp_id": CORP_ID,
    "wecom_agent_id": "1000002",
    "wecom_secret": "y" * 43,
    "wecom_token": TOKEN,
    "wecom_aes_key": AES_KEY,
}
IDENTITY_PRIVATE_KEY = base64.b64encode(bytes(_identity)).decode()
_numbers = itertools.count(int(time.time()) * 1000)


def message_id() -> str:
    """A MsgId that no other message of this run has."""
    return str(next(_numbers))


def envelope(channel: str) -> Envelope:
    return Envelope(AES_KEY, APP_ID if channel == "wechat" else CORP_ID)


@dataclass(frozen=True)
class Post:
    """One request to a callback."""

    path: str
    query: str
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Said:
    """What came back. ``fields`` are the decrypted reply's, empty where nothing was said."""

    status: int
    body: bytes
    content_type: str = ""
    fields: dict[str, str] = field(default_factory=dict)

    @property
    def content(self) -> str:
        return self.fields.get("Content", "")

    @property
    def silent(self) -> bool:
        return self.status == 200 and self.body in {b"", b"success"}


def seal(channel: str, xml: str, *, mode: str = "safe", at: int | None = None, nonce: str = "n0nce") -> Post:
    """A signed request as the platform makes it for a message, encrypted unless the mode is plain."""
    stamp = str(int(time.time()) if at is None else at)
    query = {"timestamp": stamp, "nonce": nonce, "signature": signature(TOKEN, stamp, nonce)}
    if mode == "plain":
        return Post(f"/{channel}", urlencode(query), xml.encode())
    cipher = envelope(channel).encrypt(xml)
    query |= {"msg_signature": signature(TOKEN, stamp, nonce, cipher), "encrypt_type": "aes"}
    clear = xml.removesuffix("</xml>") if mode == "compatible" else "<xml><ToUserName><![CDATA[gh]]></ToUserName>"
    return Post(f"/{channel}", urlencode(query), f"{clear}<Encrypt><![CDATA[{cipher}]]></Encrypt></xml>".encode())


def message(kind: str = "text", sender: str = ASKER, to: str = ACCOUNT, **fields: str) -> str:
    """A message's XML; ``fields`` by the platforms' names."""
    values = {"CreateTime": str(int(time.time())), **fields}
    if kind != "event":
        values.setdefault("MsgId", message_id())
    inner = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in values.items())
    return (
        f"<xml><ToUserName><![CDATA[{to}]]></ToUserName><FromUserName><![CDATA[{sender}]]></FromUserName>"
        f"<MsgType><![CDATA[{kind}]]></MsgType>{inner}</xml>"
    )


def understand(channel: str, status: int, body: bytes, content_type: str, mode: str = "safe") -> Said:
    """The answer as the platform reads it: well-formed, signed, within the limits; asserts that it is."""
    if status != 200 or body in {b"", b"success"}:
        return Said(status, body, content_type)
    tree = ElementTree.fromstring(body)
    if mode != "plain" or channel == "wecom":
        outer = {one.tag: one.text or "" for one in tree}
        signed = signature(TOKEN, outer["TimeStamp"], outer["Nonce"], outer["Encrypt"])
        assert signed == outer["MsgSignature"]
        tree = ElementTree.fromstring(envelope(channel).decrypt(outer["Encrypt"]))
    fields = {one.tag: one.text or "" for one in tree}
    assert content_type.startswith("text/xml")
    assert fields["CreateTime"].isdigit()
    assert fields["MsgType"] in {"text", "image", "news", "update_button"}
    assert len(fields.get("Content", "").encode()) <= MOST_BYTES
    return Said(status, body, content_type, fields)


def call(
    app: Any, path: str, query: str = "", body: bytes = b"", method: str = "POST", **environ: Any
) -> tuple[int, dict[str, str], bytes]:
    """One request straight into a WSGI application: status, headers, body."""
    started: list[tuple[str, list[tuple[str, str]]]] = []
    values = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "REMOTE_ADDR": "127.0.0.1",
        **environ,
    }
    parts = app(values, lambda status, headers, *_: started.append((status, headers)))
    got = b"".join(parts)
    status, headers = started[0]
    return int(status.split()[0]), dict(headers), got


class Front:
    """The web application over a database and a cache of its own."""

    def __init__(self, folder: Path, database_url: str, cache_url: str, mode: Any = "safe", **more: Any) -> None:
        values: dict[str, Any] = {
            "_env_file": None,
            "app_env": "test",
            "var_dir": folder / "var",
            "database_url": database_url,
            "redis_url": cache_url,
            "media_url": f"file:{folder / 'media'}",
            "wechat_mode": mode,
            **KEYS,
            **ACCOUNTS,
            **more,
        }
        self.mode = mode
        self.settings = Settings(**values)
        self.services: Services = build_services(self.settings, busy_ms=WEB_BUSY_MS)
        Base.metadata.create_all(self.services.database.engine)
        self.app = create_app(self.settings, self.services)

    def close(self) -> None:
        self.services.close()

    def post(self, post: Post, **environ: Any) -> Said:
        status, headers, body = call(self.app.wsgi_app, post.path, post.query, post.body, **environ)
        return understand(post.path[1:], status, body, headers.get("Content-Type", ""), self.mode)

    def deliver(self, xml: str, channel: str = "wechat") -> Said:
        """A message as the platform delivers it in this installation's mode: three times, where no answer came within
        five seconds (a test machine may stand still so long)."""
        for _ in range(DELIVERIES):
            began = time.monotonic()
            said = self.post(seal(channel, xml, mode="safe" if channel == "wecom" else self.mode))
            if time.monotonic() - began < PLATFORM_WAIT_S:
                break
        return said

    def say(self, text: str, sender: str = ASKER, channel: str = "wechat") -> str:
        """What a person hears who writes this."""
        return self.deliver(message(Content=text, sender=sender), channel).content

    def send(self, kind: str, sender: str = ASKER, channel: str = "wechat", **fields: str) -> str:
        """What a person hears who sends this kind of message or causes this event."""
        return self.deliver(message(kind, sender, **fields), channel).content

    # -- what was stored -----------------------------------------------------------------------------------------
    def count(self, table: Any) -> int:
        with self.services.database.reading() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0

    def rows(self, table: Any) -> list[Any]:
        with self.services.database.reading() as session:
            return list(session.scalars(select(table)))

    def inbound(self) -> InboundMessage:
        """The one message there is."""
        (row,) = self.rows(InboundMessage)
        return row  # type: ignore[no-any-return]

    def add_officer(self) -> str:
        """A duty officer who can be reached on WeCom as ``OFFICER``; the person's id."""
        services = self.services
        with services.database.begin() as session:
            now = services.clock.now()
            person = ensure(session, services.hasher, services.vault, "wecom", OFFICER, now)
            session.add(
                Staff(
                    id=new_id(), username="duty1", name="值班一", role="duty", region="", industry="", password_hash="",
                    password_is_one_time=False, person_id=person.id, active=True, created_at=now,
                )
            )  # fmt: skip
            return person.id

    def person_id(self, sender: str = ASKER, channel: str = "wechat") -> str:
        hash_ = identity_hash(self.services.hasher, channel, sender)
        with self.services.database.reading() as session:
            return session.scalars(select(Person.id).where(Person.identity_hash == hash_)).one()
