"""An hour of messages with planted identities and words, then a search of everything that was written anywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import LargeBinary, inspect, text

from bot.directory.records import Person
from bot.inbox.records import InboundMessage
from bot.outbox.records import OutboxMessage
from handlers.consult.records import ConsultQuestion
from handlers.emergency.records import Incident
from tests.bot.front import ACCOUNTS, IDENTITY_PRIVATE_KEY, KEYS, ON_SQLITE, Front, message, seal
from tests.bot.processes import ROOT, WebProcess, at_once

OPENIDS = tuple(f"oPLANTED{number:020}" for number in range(6))
MEMBER = "PLANTEDMEMBER"
PHONE, ID_CARD, CARD = "13912345678", "460027199001011234", "6222021234567890123"
NAME, PHRASE, PLACE = "欧阳植入", "植入的话谁也不能看见", "植入路77号工地"
PLANTED = (*OPENIDS, MEMBER, PHONE, ID_CARD, CARD, NAME, PHRASE, PLACE, "植入")
FEATURES = "handlers.emergency,handlers.account,tests.features.slow,handlers.consult"


def script() -> list[tuple[str, str]]:
    """Channel and message."""
    said: list[tuple[str, str]] = []
    for number, openid in enumerate(OPENIDS):
        for words in (
            f"我叫{NAME}，电话{PHONE}，身份证{ID_CARD}，{PHRASE}",
            f"脚手架几个人验收，{PHRASE}",
            f"{PLACE}着火了，{NAME}被困在里面",
            f"卡号{CARD}，{NAME}的工资没发",
            f"坏 {PHRASE}{NAME}",
            f"毒 {PHRASE}",
            f"睡 0 {PHRASE}" if number < 3 else "更多",
            "没用",
            "转人工",
        ):
            said.append(("wechat", message(Content=words, sender=openid)))
        said += [
            ("wechat", message("voice", sender=openid, Recognition=f"{PHRASE}{PHONE}", MediaId="m")),
            ("wechat", message("location", sender=openid, Location_X="20", Location_Y="110", Label=PLACE)),
            ("wechat", message("link", sender=openid, Title=PHRASE, Description=NAME, Url=f"http://x.cn/?p={PHONE}")),
            ("wechat", message("file", sender=openid, Title=f"{NAME}.doc")),
            ("wechat", message("event", sender=openid, Event="SCAN", EventKey=f"site_{PHRASE}")),
            ("wechat", message("event", sender=openid, Event="CLICK", EventKey=NAME)),
            ("wechat", message("event", sender=openid, Event="user_authorization_revoke", OpenID=openid)),
            ("wechat", message("strange", sender=openid, Content=PHRASE)),
            ("wechat", f"<xml><FromUserName>{openid}</FromUserName><Content>{PHRASE}</Content></xml>"),
            (
                "wechat",
                json.dumps({"FromUserName": openid, "MsgType": "text", "Content": PHRASE, "MsgId": f"9{number}"}),
            ),
            ("wecom", message(Content=f"{PHRASE}，找{NAME}", sender=MEMBER)),
            ("wecom", message("event", sender="sys", Event="change_contact", UserID=MEMBER, Name=NAME, Mobile=PHONE)),
        ]
    return said


def tick(front: Front, folder: Path) -> str:
    """The worker's turn, with platforms that cannot be reached; what it wrote."""
    environment = {
        **{name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}},
        **{name.upper(): value for name, value in {**KEYS, **ACCOUNTS}.items()},
        "IDENTITY_PRIVATE_KEY": IDENTITY_PRIVATE_KEY,
        "APP_ENV": "test",
        "VAR_DIR": str(folder),
        "DATABASE_URL": front.settings.database_url,
        "REDIS_URL": front.settings.redis_url,
        "FEATURES": FEATURES,
        "WECHAT_API_BASE": "http://127.0.0.1:1",
        "WECOM_API_BASE": "http://127.0.0.1:1",
    }
    soon = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    done = [
        subprocess.run(
            [sys.executable, "-m", "bot", *words],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        for words in (["tick", "--now", soon], ["inbox", "list", "--all"], ["outbox", "list"])
    ]
    assert "outbox.deliver" in done[0].stdout
    assert len(done[1].stdout.splitlines()) > 50
    return "".join(one.stdout + one.stderr for one in done)


def in_valkey(url: str) -> bytes:
    """Every key and value."""
    found = b""
    with Redis.from_url(url) as client:
        for key in client.scan_iter():
            found += b"\n" + key + b" " + (client.dump(key) or b"")
    return found


def hits(content: bytes) -> list[str]:
    return [planted for planted in PLANTED if planted.encode() in content or planted.lower().encode() in content]


@ON_SQLITE
@pytest.mark.slow
def test_nothing_planted_is_found_anywhere(open_front: Callable[..., Front], tmp_path: Path) -> None:
    front = open_front(features=FEATURES)
    front.add_officer()
    with WebProcess(tmp_path / "web", front.settings.database_url, front.settings.redis_url, FEATURES) as web:
        posts = [seal(channel, xml) for channel, xml in script()]
        for start in range(0, len(posts), 20):
            for said in at_once([(web, post) for post in posts[start : start + 20]]):
                assert said is not None
                assert said.status == 200
        refused = at_once([(web, seal("wechat", message(Content=PHRASE, sender=OPENIDS[0]), at=1))])
        assert refused[0] is not None
        assert refused[0].status == 403
        metrics = web._http.get("/metrics").content
        assert b"anquanshao_inbound_total" in metrics
    written = tick(front, tmp_path / "worker")
    log = web.log.read_bytes()
    assert log.count(b"\n") > len(posts)

    assert hits(log) == [], "in the log"
    assert hits(written.encode()) == [], "in the commands' output"
    assert hits(metrics) == [], "in the metrics"
    assert hits(in_valkey(front.settings.redis_url)) == [], "in Valkey"
    assert_planted(front)
    with front.services.database.engine.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(FULL)"))
    for path in sorted(tmp_path.rglob("*")):
        if path.is_file():
            assert hits(path.read_bytes()) == [], f"in {path.relative_to(tmp_path)}"
            assert hits(str(path.name).encode()) == []


def assert_planted(front: Front) -> None:
    """The search would find it: the words are there, sealed, and open with the keys."""
    assert front.count(Person) >= len(OPENIDS)
    assert min(front.count(ConsultQuestion), front.count(Incident), front.count(OutboxMessage)) > 0
    opened = [
        front.services.content.decrypt(row.payload_sealed, "inbound", row.id, "payload")
        for row in front.rows(InboundMessage)
        if row.person_id is not None
    ]
    together = "".join(opened)
    assert PHRASE in together and NAME in together
    assert PHONE not in "".join(words for words in opened if 'MsgType": "text' in words), "masked at intake"
    assert not [words for words in opened if f'"FromUserName": "{OPENIDS[0]}"' in words]
    columns = inspect(front.services.database.engine).get_columns("inbound")
    assert {one["name"] for one in columns if isinstance(one["type"], LargeBinary)} == {
        "payload_sealed",
        "reply_sealed",
    }
