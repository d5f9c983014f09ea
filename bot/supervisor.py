"""``up`` and ``demo``: one command that starts every process of one machine, watches them, and stops them together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from bot.storage.db import Database
from bot.storage.migrate import upgrade
from bot.storage.valkey import OwnedValkey, ValkeyError, die_with_parent
from config.keys import load_settings, note_running
from config.settings import WITHHELD, Settings

DECIDED = ("SANDBOX", "BIND", "PUBLIC_URL", "SANDBOX_BIND", "WECHAT_API_BASE", "WECOM_API_BASE")
"""What commands beside a running demo must know; its Valkey writes down its own address."""
START_S = 60.0
STOP_S = 25.0
RESTART_AFTER_S = 1.0
WECHAT_DEFAULT = Settings.model_fields["wechat_api_base"].default
WECOM_DEFAULT = Settings.model_fields["wecom_api_base"].default


class StartError(RuntimeError):
    """Something is in the way; the message says what, and what to do."""


@dataclass
class Child:
    """One process of the group: its command, its environment, and the process while it runs."""

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    log: Path | None = None
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") if self.log else nullcontext(None) as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot", *self.arguments],
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )

    def last_words(self, lines: int = 12) -> str:
        """The end of its log, where it has one."""
        if self.log is None or not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Group:
    """Valkey, the sandbox where there is one, web and worker. With ``log_to_files`` each process writes to
    ``var/log/<name>.log`` instead of the terminal."""

    def __init__(self, settings: Settings, *, say: Callable[[str], None], log_to_files: bool = False) -> None:
        self._log_to_files = log_to_files
        self._settings = settings
        self._say = say
        self._stop = threading.Event()
        self._children: list[Child] = []
        self._valkey: OwnedValkey | None = None

    def run(self, ready: Callable[[Settings], None]) -> int:
        """Start everything, call ``ready``, and stay until told to stop. Raises StartError, ValkeyError."""
        _require_free(self._settings.bind)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self._stop.set())
        with ExitStack() as stack:
            environment = self._environment(stack)
            settings = _settings_of(environment)
            if settings.sandbox:
                note = note_running(
                    settings.var_dir, {name: environment[name] for name in DECIDED if name in environment}
                )
                stack.callback(note.unlink, missing_ok=True)
            database = Database(settings.database_url)
            upgrade(database)
            database.dispose()
            self._children = self._plan(settings, environment)
            stack.callback(self._end_all)
            for child in self._children:
                child.start()
            self._wait_until_up(settings)
            if not self._stop.is_set():
                ready(settings)
            self._watch()
            self._say("正在停止……")
        return 0

    def _environment(self, stack: ExitStack) -> dict[str, str]:
        """What the children share: the same variables, with the addresses that were only now decided."""
        settings = self._settings
        environment = dict(os.environ)
        if settings.redis_url == "embedded":
            self._valkey = stack.enter_context(OwnedValkey(settings.var_dir))
            environment["REDIS_URL"] = self._valkey.url
        if settings.sandbox:
            address = settings.sandbox_bind or f"127.0.0.1:{_free_port()}"
            environment["SANDBOX_BIND"] = address
            if settings.wechat_api_base == WECHAT_DEFAULT:
                environment["WECHAT_API_BASE"] = f"http://{address}/sandbox/wechat"
            if settings.wecom_api_base == WECOM_DEFAULT:
                environment["WECOM_API_BASE"] = f"http://{address}/sandbox/wecom"
        return environment

    def _plan(self, settings: Settings, environment: dict[str, str]) -> list[Child]:
        """The worker alone is given the private key."""
        public = {**environment, "IDENTITY_PRIVATE_KEY": WITHHELD}
        children = [Child("web", ("web",), public), Child("worker", ("worker",), environment)]
        if settings.sandbox:
            children.insert(0, Child("sandbox", ("sandbox",), public))
        if self._log_to_files:
            folder = Path(settings.var_dir) / "log"
            folder.mkdir(parents=True, exist_ok=True)
            for child in children:
                child.log = folder / f"{child.name}.log"
        return children

    def _wait_until_up(self, settings: Settings) -> None:
        until = time.monotonic() + START_S
        while time.monotonic() < until and not self._stop.is_set():
            fallen = [child for child in self._children if not child.running]
            if fallen:
                words = "\n".join(child.last_words() for child in fallen)
                raise StartError(f"{words}\n{'、'.join(child.name for child in fallen)} 没能启动，原因见上面。")
            if _answers(f"http://{settings.bind}/healthz") and (
                not settings.sandbox or _answers(f"http://{settings.sandbox_bind}/phone/")
            ):
                return
            time.sleep(0.1)
        if not self._stop.is_set():
            raise StartError(f"{START_S:.0f} 秒内没有启动好。")

    def _watch(self) -> None:
        """Start again what falls, after a moment; what keeps falling waits longer."""
        waits: dict[str, float] = {}
        while not self._stop.wait(0.5):
            if self._valkey is not None and not self._valkey.alive():
                self._revive(self._valkey)
            for child in self._children:
                if child.running:
                    continue
                wait = waits[child.name] = min(waits.get(child.name, RESTART_AFTER_S / 2) * 2, 30.0)
                code = child.process.returncode if child.process else "?"
                self._say(f"{child.name} 退出（{code}），{wait:.0f} 秒后重启。")
                if self._stop.wait(wait):
                    return
                child.start()

    def _revive(self, valkey: OwnedValkey) -> None:
        """Everything answers without it meanwhile; if it does not come up, the next look tries again."""
        self._say("valkey 退出，马上重启。")
        try:
            valkey.revive()
        except ValkeyError as error:
            self._say(str(error))

    def _end_all(self) -> None:
        """Web first, so that nothing new comes in; then the others; then whatever is left."""
        for child in sorted(self._children, key=lambda child: child.name != "web"):
            if child.running and child.process:
                child.process.terminate()
        until = time.monotonic() + STOP_S
        for child in self._children:
            if child.process is None:
                continue
            try:
                child.process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                pass
            try:
                os.killpg(child.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            child.process.wait()


def _settings_of(environment: Mapping[str, str]) -> Settings:
    os.environ.update(environment)
    return load_settings()


def _require_free(bind: str) -> None:
    host, port = bind.rsplit(":", 1)
    family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]"), int(port)))
        except OSError:
            raise StartError(
                f"{bind} 已经有程序在用（port in use）。先停掉它，或换一个：BIND=127.0.0.1:8001 make demo"
            ) from None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2.0).status_code < 500
    except httpx.HTTPError:
        return False
