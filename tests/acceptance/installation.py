"""The service as people run it: ``python -m bot demo`` in a folder of its own, with every process it starts."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

ROOT = Path(__file__).parents[2]
START_S = 60.0
READY = "demo sign-ins"
Found = TypeVar("Found")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(look: Callable[[], Found], seconds: float = 10.0, every: float = 0.1) -> Found:
    """The first truthy thing ``look`` finds; AssertionError after so many seconds."""
    end = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < end, f"not seen within {seconds:.0f} s"
        time.sleep(every)


@dataclass(frozen=True)
class Process:
    """A process of an installation, as /proc shows it."""

    pid: int
    parent: int
    command: str


class Installation:
    """One folder, one address. ``start`` runs `demo` in a session of its own, as a terminal would."""

    def __init__(self, folder: Path, port: int = 0, **environment: str) -> None:
        self.folder = folder
        self.port = port or free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        home = folder.parent / "home"
        home.mkdir(parents=True, exist_ok=True)
        self.environment = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "HOME": str(home),
            "VAR_DIR": str(folder),
            "BIND": f"127.0.0.1:{self.port}",
            **environment,
        }
        self.output = folder.parent / f"output-{self.port}.txt"
        self.process: subprocess.Popen[bytes] | None = None

    def launch(self) -> subprocess.Popen[bytes]:
        """Start `demo` and return at once."""
        with self.output.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot", "demo"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self.process

    def start(self) -> Installation:
        """Start `demo` and wait until it has greeted."""
        process = self.launch()
        end = time.monotonic() + START_S
        while READY not in self.said():
            assert process.poll() is None, f"demo ended with {process.returncode}:\n{self.said()}"
            assert time.monotonic() < end, f"not up within {START_S:.0f} s:\n{self.said()}"
            time.sleep(0.1)
        return self

    def said(self) -> str:
        """What `demo` has written to the terminal."""
        return self.output.read_text(encoding="utf-8", errors="replace") if self.output.exists() else ""

    def interrupt(self) -> int:
        """Ctrl-C: SIGINT to the terminal's foreground group. The exit code."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(40)

    def stop(self) -> None:
        """Stop it however it stands, and leave nothing behind."""
        if self.process is not None and self.process.poll() is None:
            try:
                self.interrupt()
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for process in self.processes():
            try:
                os.kill(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def processes(self) -> list[Process]:
        """Every living process that was given this folder, and its Valkey."""
        mark = f"VAR_DIR={self.folder}".encode()
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                if mark not in (entry / "environ").read_bytes().split(b"\0"):
                    continue
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip()
                parent = int((entry / "stat").read_text(errors="replace").rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
            if command:
                found.append(Process(int(entry.name), parent, command))
        return found

    def named(self, words: str) -> list[Process]:
        """Processes whose command contains these words, the parent first."""
        return sorted((one for one in self.processes() if words in one.command), key=lambda one: one.pid)

    def run(self, *arguments: str, timeout: float = 60.0, **environment: str) -> subprocess.CompletedProcess[str]:
        """``python -m bot …`` in another terminal beside the running service."""
        return subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            cwd=ROOT,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def logs(self) -> str:
        """Everything its processes have logged."""
        folder = self.folder / "log"
        return "\n".join(file.read_text(encoding="utf-8", errors="replace") for file in sorted(folder.glob("*.log")))

    def sign_in_of(self, username: str) -> dict[str, Any]:
        """The demo account's line, as it was printed."""
        rows = json.loads((self.folder / "demo-signins.json").read_text(encoding="utf-8"))
        return next(row for row in rows if row["username"] == username)
