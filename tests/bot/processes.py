"""Real web processes (``python -m bot web``) over one database, for tests of what two of them do together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

import httpx

from tests.bot.front import ACCOUNTS, KEYS, Post, Said, understand

ROOT = Path(__file__).parents[2]
PLATFORM_WAITS_S = 5.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class WebProcess:
    """One web process with one worker; a context manager. Its log lines are in ``log``."""

    def __init__(self, folder: Path, database_url: str, redis_url: str, features: str = "", **more: str) -> None:
        self.port = free_port()
        folder.mkdir(parents=True)
        self.log = folder / "log"
        environment = {
            **{
                name: value
                for name, value in os.environ.items()
                if name in {"PATH", "HOME", "LANG", "LC_ALL", "TMPDIR"}
            },
            **{name.upper(): value for name, value in {**KEYS, **ACCOUNTS}.items()},
            "APP_ENV": "test",
            "VAR_DIR": str(folder / "var"),
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "MEDIA_URL": f"file:{folder / 'media'}",
            "BIND": f"127.0.0.1:{self.port}",
            "WEB_WORKERS": "1",
            "FEATURES": features,
            **more,
        }
        with self.log.open("wb") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bot", "web"], cwd=ROOT, env=environment, stdout=out, stderr=out,
                start_new_session=True,
            )  # fmt: skip
        self._http = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}",
            trust_env=False,
            timeout=30,
            limits=httpx.Limits(max_connections=64),
        )

    def __enter__(self) -> WebProcess:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            if self._process.poll() is not None:
                raise AssertionError(self.log.read_text())
            try:
                if self._http.get("/healthz").status_code == 200:
                    return self
            except httpx.HTTPError:
                time.sleep(0.05)
        raise AssertionError("the web process does not answer")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()
        self.kill()

    def kill(self) -> None:
        """End it at once, with its children, as a power cut would."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(10)

    def stop(self) -> int:
        """End it as an operator does; its exit code."""
        self._process.terminate()
        return self._process.wait(30)

    def post(self, post: Post, timeout: float = 30) -> Said | None:
        """The answer as the platform reads it; None where it did not come within ``timeout`` seconds."""
        try:
            answer = self._http.post(f"{post.path}?{post.query}", content=post.body, timeout=timeout)
        except httpx.TimeoutException:
            return None
        return understand(post.path[1:], answer.status_code, answer.content, answer.headers.get("content-type", ""))


def at_once(posts: list[tuple[WebProcess, Post]]) -> list[Said | None]:
    """All of them at the same time."""
    with ThreadPoolExecutor(len(posts)) as pool:
        return [one.result() for one in [pool.submit(process.post, post) for process, post in posts]]


def deliver(processes: list[WebProcess], posts: list[Post]) -> list[Said | None]:
    """As the platform delivers one message: the next process after five seconds of silence, three times in all."""
    said: list[Said | None] = []
    for process, post in zip(processes, posts, strict=True):
        said.append(process.post(post, PLATFORM_WAITS_S))
        if said[-1] is not None:
            break
    return said
