"""What a tester got through once, and must not again."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlencode

import pytest

from bot.app import create_app
from bot.console import audit
from bot.console.records import AuditEvent
from bot.inbox.records import InboundMessage
from bot.sandbox.crypto import signature
from bot.storage.db import Database
from handlers.emergency.signals import read
from tests.bot.front import ACCOUNT, TOKEN, call, envelope, message, seal
from tests.conftest import OpenFront


def _echo(front, said: str) -> tuple[int, bytes]:
    stamp, nonce, cipher = str(int(time.time())), "n", envelope("wecom").encrypt(said)
    query = urlencode(
        {
            "timestamp": stamp,
            "nonce": nonce,
            "echostr": cipher,
            "msg_signature": signature(TOKEN, stamp, nonce, cipher),
        }
    )
    status, _, body = call(front.app.wsgi_app, "/wecom", query, method="GET")
    return status, body


def test_a_captured_message_sent_as_an_echo_is_not_read_out(open_front: OpenFront) -> None:
    front = open_front()
    assert _echo(front, "1616140317555161061") == (200, b"1616140317555161061")
    assert _echo(front, message(Content="我家在国兴大道")) == (403, b"")


@pytest.mark.parametrize(("channel", "own"), [("wechat", ACCOUNT), ("wecom", "ww0123456789abcdef")])
def test_our_own_reply_sent_back_is_no_message(open_front: OpenFront, channel: str, own: str) -> None:
    front = open_front()
    said = front.post(seal(channel, message(sender=own, to=own, Content="灭火器怎么用")))
    assert (said.status, said.body) == (403, b"")
    assert front.count(InboundMessage) == 0


def test_fields_that_name_people_are_not_kept_with_a_message(open_front: OpenFront) -> None:
    front = open_front()
    front.send("event", Event="user_authorization_revoke", OpenID="oSecret1", Mobile="13800138000", Name="陈某")
    row = front.inbound()
    kept = front.services.content.decrypt(row.payload_sealed, "inbound", row.id, "payload")
    assert not [planted for planted in ("oSecret1", "13800138000", "陈某") if planted in kept]
    assert json.loads(kept)[2]["Event"] == "user_authorization_revoke"


def test_who_has_only_the_database_cannot_write_the_audit_chain_anew(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'chain.db'}"
    ours, theirs = Database(url, audit_key=b"k" * 32), Database(url)
    AuditEvent.metadata.create_all(ours.engine)
    with ours.begin() as session:
        audit.append(session, actor="a", action="staff.added")
        audit.append(session, actor="a", action="sign_out")
    with theirs.begin() as session:
        head = audit.GENESIS
        for event in session.query(AuditEvent).order_by(AuditEvent.id):
            event.actor, event.prev_hash = "someone else", head
            event.hash = head = audit._hash(session, event)
    with ours.reading() as session:
        assert audit.verify_chain(session).broken_at == 1


def test_production_does_not_start_half_set_up(open_front: OpenFront) -> None:
    settings = open_front().settings.model_copy(update={"app_env": "production", "wechat_mode": "safe"})
    with pytest.raises(ValueError, match="PUBLIC_URL"):
        create_app(settings)


def test_a_nul_in_a_form_is_refused_politely(open_front: OpenFront) -> None:
    front = open_front()
    status, _, _ = call(front.app.wsgi_app, "/console/audit/", "action=%00", method="GET")
    assert status == 400


def test_what_a_command_writes_is_its_users_alone(tmp_path: Path) -> None:
    environment = {"VAR_DIR": str(tmp_path / "var"), "DATABASE_URL": f"sqlite:///{tmp_path / 'var' / 'x.db'}"}
    subprocess.run(
        [sys.executable, "-m", "bot", "db", "upgrade"], env={"PATH": "/usr/bin:/bin", **environment}, check=True
    )
    for path in (tmp_path / "var").rglob("*"):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path.name


@pytest.mark.parametrize("text", ["塌" * 2048, "触电" * 1024, "有人被埋了，" * 340, "塌漏炸倒断砸埋烧掉摔" * 204])
def test_a_text_made_to_take_long_is_read_at_once(text: str) -> None:
    read("")
    began = time.perf_counter()
    read(text)
    assert time.perf_counter() - began < 0.5


def test_no_address_holds_a_nul(open_front: OpenFront) -> None:
    browser = open_front().app.test_client()
    for path in ("/console/%00", "/console/knowledge/e/%00", "/%00.txt"):
        assert browser.get(path).status_code == 404
    assert browser.get("/console/knowledge/?words=a&words=%00").status_code == 400
