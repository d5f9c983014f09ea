"""Which WSGI server: requests a second with the service's own webhook, and what becomes of 2,000 open streams."""

from __future__ import annotations

import os
import resource
import selectors
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import httpx

from tests.bench import webhook
from tests.bench.messages import write_requests, zipf_load

STREAMS = int(os.environ.get("BENCH_STREAMS", "2000"))
HOLD_S = 8
GUNICORN = (sys.executable, "-m", "gunicorn", "-w", "2", "--no-control-socket", "--keep-alive", "75")


def command(server: str, address: str, target: str) -> list[str]:
    """The server's own command line for a WSGI target."""
    host, port = address.split(":")
    return {
        "gunicorn gevent": [*GUNICORN, "-k", "gevent", "--worker-connections", "4000", "-b", address, target],
        "gunicorn gthread": [*GUNICORN, "-k", "gthread", "--threads", "16", "-b", address, target],
        "granian": [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "2", "--blocking-threads", "16"),
            *("--host", host, "--port", port, "--no-ws", "--log-level", "warning", target),
        ],
    }[server]


SERVERS = ("gunicorn gevent", "gunicorn gthread", "granian")


def main() -> dict[str, object]:
    rows: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(prefix="servers") as name:
        folder = Path(name)
        for server in SERVERS:
            rows[server] = {**_webhook(server, folder), **_streams(server, folder)}
    print(f"\nservers: webhook at 32 connections, 2 workers; then {STREAMS} streams held open for {HOLD_S} s")
    print(
        f"{'':18}{'requests/s':>11}{'p99 ms':>8}{'streams alive':>15}{'worst gap s':>13}{'other request ms':>18}{'MB':>6}"
    )
    for server, row in rows.items():
        print(
            f"{server:18}{row['rps']:11.0f}{row['p99_ms']:8.1f}{row['alive']:15.0f}{row['gap_s']:13.1f}"
            f"{row['other_ms']:18.1f}{row['mb']:6.0f}"
        )
    return {"servers": rows}


def _webhook(server: str, folder: Path) -> dict[str, float]:
    load, requests = zipf_load(webhook.MESSAGES), folder / "requests.txt"
    runs = []
    for turn in range(webhook.ROUNDS):
        with webhook.service(
            folder / f"{server.replace(' ', '-')}-{turn}",
            lambda address: command(server, address, "tests.bench.ours:app"),
        ) as address:
            write_requests(load, requests, first_id=1_000_000 * (2 * turn + 1))
            webhook.wrk(address, requests, 2)
            write_requests(load, requests, first_id=1_000_000 * (2 * turn + 2))
            runs.append(webhook.wrk(address, requests, webhook.SECONDS))
    return {key: median(run[key] for run in runs) for key in ("rps", "p99_ms")}


def _streams(server: str, folder: Path) -> dict[str, float]:
    _allow_files()
    address = webhook.free_address()
    log = folder / f"streams-{server.replace(' ', '-')}.log"
    with (
        webhook.process(
            command(server, address, "tests.bench.peers.streams:app"), dict(os.environ), log, address
        ) as child,
        _open_streams(address) as sockets,
    ):
        last, gaps = _listen(sockets)
        started = time.perf_counter()
        try:
            httpx.get(f"http://{address}/", timeout=10)
            other = (time.perf_counter() - started) * 1e3
        except httpx.HTTPError:
            other = float("inf")
        memory = _memory(child.pid)
    alive = sum(1 for seen in last.values() if seen)
    return {"alive": alive, "gap_s": max(gaps, default=float("inf")), "other_ms": other, "mb": memory}


@contextmanager
def _open_streams(address: str) -> Iterator[list[socket.socket]]:
    host, port = address.split(":")
    sockets: list[socket.socket] = []
    try:
        for _ in range(STREAMS):
            one = socket.create_connection((host, int(port)), timeout=20)
            one.sendall(b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
            one.setblocking(False)
            sockets.append(one)
        yield sockets
    finally:
        for one in sockets:
            one.close()


def _listen(sockets: list[socket.socket]) -> tuple[dict[int, float], list[float]]:
    """When each stream was last heard, and the longest silence of each that spoke, in the second half of the hold."""
    last = {one.fileno(): 0.0 for one in sockets}
    silence = dict.fromkeys(last, 0.0)
    selector = selectors.DefaultSelector()
    for one in sockets:
        selector.register(one, selectors.EVENT_READ)
    begun = time.perf_counter()
    while (now := time.perf_counter()) - begun < HOLD_S:
        for key, _ in selector.select(0.2):
            try:
                data = key.fileobj.recv(65536)
            except OSError:
                data = b""
            if not data:
                selector.unregister(key.fileobj)
                continue
            if last[key.fd] and now - begun > HOLD_S / 2:
                silence[key.fd] = max(silence[key.fd], now - last[key.fd])
            last[key.fd] = now
    selector.close()
    return last, [gap for fd, gap in silence.items() if last[fd]]


def _memory(pid: int) -> float:
    """Resident megabytes of a server's processes together."""
    total = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            text = status.read_text()
        except OSError:
            continue
        if f"\nPid:\t{pid}\n" in text or f"\nPPid:\t{pid}\n" in text:
            total += int(next((line.split()[1] for line in text.splitlines() if line.startswith("VmRSS")), "0"))
    return total / 1024


def _allow_files() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 65536), most))


if __name__ == "__main__":
    main()
