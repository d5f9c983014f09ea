"""The webhook's throughput: our full consult path beside wechatpy's echo and WeRoBot's echo, same server, same workers."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import httpx

from bot.storage.valkey import OwnedValkey
from tests.bench.messages import AES_KEY, APP_ID, TOKEN, Load, distinct_load, write_requests, zipf_load

ROOT = Path(__file__).parents[2]
LUA = Path(__file__).parent / "load.lua"
CONNECTIONS, THREADS, WORKERS = 32, 1, 2
SECONDS = int(os.environ.get("BENCH_SECONDS", "8"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
MESSAGES = int(os.environ.get("BENCH_MESSAGES", "40000"))


def main() -> dict[str, object]:
    """Run everything, print a table, return the figures."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is needed (make bench installs it on Debian)")
    with tempfile.TemporaryDirectory(prefix="bench") as name:
        folder = Path(name)
        loads = [zipf_load(MESSAGES), distinct_load(MESSAGES)]
        results: dict[str, list[dict[str, float]]] = {}
        for turn in range(ROUNDS):
            for load in loads:
                _measure(results, f"ours/{load.name}", folder, load, turn, _ours)
            _measure(results, "wechatpy echo", folder, loads[0], turn, _peer("wechatpy_echo"))
            if importlib.util.find_spec("werobot"):
                _measure(results, "WeRoBot echo", folder, loads[0], turn, _peer("werobot_echo"))
    return _report(results)


def _measure(results, name, folder: Path, load: Load, turn: int, server) -> None:
    requests = folder / "requests.txt"
    write_requests(load, requests, first_id=1_000_000 * (len(results) + 100 * turn + 1))
    with server(folder / f"{name.replace('/', '-').replace(' ', '-')}-{turn}") as address:
        wrk(address, requests, 2)
        write_requests(load, requests, first_id=1_000_000 * (len(results) + 100 * turn + 50))
        results.setdefault(name, []).append(wrk(address, requests, SECONDS))


def wrk(address: str, requests: Path, seconds: int) -> dict[str, float]:
    done = subprocess.run(
        [
            *("wrk", f"-t{THREADS}", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s", "-s", str(LUA)),
            *(f"http://{address}", "--", str(requests), str(THREADS)),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT "))
    result = json.loads(line.removeprefix("RESULT "))
    if result["errors"] or result["wraps"]:
        print("  note:", result, file=sys.stderr)
    return result


def _ours(folder: Path):
    return service(folder, lambda _address: [sys.executable, "-m", "bot", "web"])


@contextmanager
def service(folder: Path, command: Callable[[str], list[str]]) -> Iterator[str]:
    """This service, started by ``command(address)``: SQLite on disk, Valkey beside it."""
    address = free_address()
    folder.mkdir()
    with OwnedValkey(folder) as valkey:
        environment = {
            **os.environ,
            "APP_ENV": "test",
            "VAR_DIR": str(folder),
            "DATABASE_URL": f"sqlite:///{folder}/bench.db",
            "REDIS_URL": valkey.url,
            "BIND": address,
            "WEB_WORKERS": str(WORKERS),
            "WECHAT_TOKEN": TOKEN,
            "WECHAT_APP_ID": APP_ID,
            "WECHAT_AES_KEY": AES_KEY,
            "WECHAT_MODE": "safe",
            "LOG_LEVEL": "info",
        }
        subprocess.run(
            [sys.executable, "-m", "bot", "db", "upgrade"],
            env=environment,
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        with process(command(address), environment, folder / "web.log", address):
            yield address


def _peer(name: str):
    @contextmanager
    def serve(folder: Path) -> Iterator[str]:
        address = free_address()
        folder.mkdir()
        command = [
            *(sys.executable, "-m", "gunicorn", "-k", "gevent", "-w", str(WORKERS), "-b", address),
            *("--no-control-socket", "--keep-alive", "75", "--worker-connections", "4000"),
            f"tests.bench.peers.{name}:app",
        ]
        with process(command, dict(os.environ), folder / "peer.log", address):
            yield address

    return serve


@contextmanager
def process(command: list[str], environment: dict[str, str], log: Path, address: str) -> Iterator[subprocess.Popen]:
    with log.open("wb") as out:
        child = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=out, stderr=out, start_new_session=True)
        try:
            for _ in range(300):
                try:
                    httpx.get(f"http://{address}/wechat", timeout=2)
                    break
                except httpx.HTTPError:
                    if child.poll() is not None:
                        raise SystemExit(f"server ended: {log.read_text()[-2000:]}") from None
                    time.sleep(0.1)
            time.sleep(1)
            yield child
        finally:
            os.killpg(child.pid, signal.SIGTERM)
            try:
                child.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()


def free_address() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def _report(results: dict[str, list[dict[str, float]]]) -> dict[str, object]:
    figures = {
        name: {
            key: round(median(run[key] for run in runs), 2) for key in ("rps", "p50_ms", "p99_ms", "max_ms", "errors")
        }
        for name, runs in results.items()
    }
    print(
        f"\nwebhook: {CONNECTIONS} connections, {WORKERS} workers, median of {ROUNDS} rounds of {SECONDS} s, same machine"
    )
    print(f"{'':22}{'requests/s':>12}{'p50 ms':>9}{'p99 ms':>9}{'max ms':>9}{'errors':>8}")
    for name, row in figures.items():
        print(
            f"{name:22}{row['rps']:12.0f}{row['p50_ms']:9.1f}{row['p99_ms']:9.1f}{row['max_ms']:9.1f}{row['errors']:8.0f}"
        )
    base = figures["wechatpy echo"]["rps"]
    ratios = {name: round(row["rps"] / base, 3) for name, row in figures.items()}
    print("ratios to wechatpy's echo: " + ", ".join(f"{name} {ratio}" for name, ratio in ratios.items()))
    return {"figures": figures, "ratios": ratios, "runs": results}


if __name__ == "__main__":
    main()
