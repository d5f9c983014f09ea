"""Ordered faults, the record of messages, the clock, and a restart."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from bot.sandbox.clock import OffsetClock
from bot.sandbox.options import SandboxOptions
from bot.sandbox.world import World
from tests.bot.sandbox.conftest import Live


def send(live: Live) -> int:
    body = {"touser": "fuzhiban", "msgtype": "text", "agentid": live.options.wecom.agent_id, "text": {"content": "一"}}
    return int(live.api("message/send", body, "wecom")["errcode"])


def test_an_ordered_errcode_hits_as_often_as_ordered(live: Live) -> None:
    live.control("faults", platform="wecom", path="message/send", errcode=-1, count=2)
    assert [send(live) for _ in range(3)] == [-1, -1, 0]
    assert [(one["errcode"], one["shown"]) for one in live.sent()] == [(-1, False), (-1, False), (0, True)]


def test_a_fault_stays_until_it_is_removed(live: Live) -> None:
    live.control("faults", platform="wecom", path="/cgi-bin/message/send", errcode=60020)
    assert [send(live), send(live)] == [60020, 60020]
    assert len(live.http.get("/sandbox/control/faults").json()) == 1
    assert live.http.request("DELETE", "/sandbox/control/faults", json={"platform": "wecom"}).json() == {"removed": 1}
    assert send(live) == 0


def test_a_delay(live: Live) -> None:
    live.token("wecom")
    live.control("faults", platform="*", path="message/send", delay_ms=300, count=1)
    begun = time.monotonic()
    send(live)
    assert time.monotonic() - begun >= 0.3


def test_accepted_but_the_answer_is_lost(live: Live) -> None:
    live.control("faults", platform="wecom", path="message/send", drop_after_accept=True, count=1)
    with pytest.raises(httpx.RemoteProtocolError):
        send(live)
    assert [item["text"] for item in live.thread("fu")["items"]] == ["一"]


def test_a_rate_of_nothing_hits_nothing(live: Live) -> None:
    live.control("faults", platform="wecom", path="*", errcode=-1, rate=0)
    assert send(live) == 0


def test_a_fault_without_effect_is_refused(live: Live) -> None:
    assert live.http.post("/sandbox/control/faults", json={"path": "x"}).status_code == 400


def test_sent_can_be_followed(live: Live) -> None:
    send(live)
    (first,) = live.sent()
    assert set(first) >= {"id", "at", "platform", "path", "to", "body", "errcode", "msgid"}
    send(live)
    assert len(live.sent(since=first["id"])) == 1
    assert live.sent(to="wang") == []
    assert len(live.sent(to="fu", platform="wecom")) == 2


def test_the_clock(live: Live) -> None:
    assert live.control("clock", now="2026-06-16T09:00:00")["now"].startswith("2026-06-16T09:00:00")
    moved = live.control("clock", advance_s=3600)["now"]
    assert datetime.fromisoformat(moved).hour == 10
    assert live.control("clock", reset=True)["offset_s"] == pytest.approx(0, abs=1)
    assert live.http.post("/sandbox/control/clock", json={"now": "soon"}).status_code == 400
    live.control("clock", now="2026-06-16T09:00:00")
    live.callback(type="text", **{"from": "chen"}, content="几点")
    assert int(live.echo.got[0].message["CreateTime"]) == pytest.approx(1781571600, abs=5)
    assert abs(int(live.echo.got[0].query["timestamp"]) - time.time()) < 5, "signatures carry the real time"


def test_a_restart_keeps_everything(tmp_path: Path) -> None:
    options = SandboxOptions(tmp_path / "kept.db", clock=OffsetClock())
    world = World(options)
    chen = world.people.get("chen")
    assert chen is not None
    world.chat.add("chen", "in", "text", text="还在")
    token, _ = world.tokens.current("wechat", "stable")
    world.people.follow(chen, False)
    world.exchanges.open("wechat", "chen", "text", "<xml/>")
    world.close()
    again = World(options)
    assert [item.body["text"] for item in again.chat.since("chen", 0)[0]] == ["还在"]
    assert again.tokens.current("wechat", "stable")[0] == token
    kept = again.people.get("chen")
    assert kept is not None and not kept.following
    ended = again.exchanges.get(1)
    assert ended is not None and not ended.pending
    again.close()
