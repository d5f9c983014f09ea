"""The sandbox in a process of its own: many at once, a cut connection, and a graceful end."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from bot.sandbox.options import SandboxOptions
from tests.bot.sandbox.conftest import run
from tests.bot.sandbox.echo import Echo

AT_ONCE = 64


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def process(base: str, port: int, store: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "bot.sandbox", "--port", str(port), "--store", str(store), "--callback", base]
    started = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    for _ in range(200):
        try:
            httpx.get(f"http://127.0.0.1:{port}/sandbox/healthz", trust_env=False)
            return started
        except httpx.TransportError:
            time.sleep(0.05)
    started.kill()
    raise AssertionError("the sandbox did not start")


@pytest.fixture
def echo(tmp_path: Path) -> Iterator[tuple[str, Echo]]:
    service = Echo(SandboxOptions(tmp_path / "unused.db"))
    base, stop = run(service.app())
    yield base, service
    stop()


def test_many_at_once_and_a_graceful_end(tmp_path: Path, echo: tuple[str, Echo]) -> None:
    base, service = echo
    service.delays = [1.0] * AT_ONCE
    port = free_port()
    sandbox = process(base, port, tmp_path / "own.db")
    limits = httpx.Limits(max_connections=AT_ONCE)
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=20, limits=limits)

    def ask(number: int) -> str:
        order = {"platform": "wechat", "type": "text", "from": f"oOne{number}", "content": f"第{number}问"}
        answer = client.post("/sandbox/control/callback", json=order).json()
        assert len(answer["tries"]) == 1
        return str(answer["reply_text"])

    try:
        begun = time.monotonic()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            replies = list(pool.map(ask, range(AT_ONCE)))
        assert replies == [f"收到：第{number}问" for number in range(AT_ONCE)]
        assert time.monotonic() - begun < 8, "a second each, but all at the same time"
        client.post("/sandbox/control/faults", json={"path": "token", "drop_after_accept": True, "count": 1})
        with pytest.raises(httpx.RemoteProtocolError):
            client.get("/sandbox/wechat/cgi-bin/token")
    finally:
        client.close()
        sandbox.send_signal(signal.SIGTERM)
        _out, log = sandbox.communicate(timeout=10)
    assert sandbox.returncode == 0
    assert b"Traceback" not in log and b"oOne" not in log, log[-2000:]
