"""`demo` as people start and stop it, and the other commands beside it."""

from __future__ import annotations

import json
import os
import pwd
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.acceptance.installation import ROOT, Installation, free_port, until


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path: the Valkey inside then listens on a socket."""
    with tempfile.TemporaryDirectory(prefix="demo-", ignore_cleanup_errors=True) as name:
        yield Path(name)


@pytest.fixture
def installation(folder: Path) -> Iterator[Installation]:
    made = Installation(folder / "var")
    yield made
    made.stop()


def refuses_connection(address: str) -> bool:
    try:
        httpx.get(f"{address}/healthz", timeout=1.0)
    except httpx.TransportError:
        return True
    return False


# -- start and stop ---------------------------------------------------------------------------------------------------


def test_it_stops_cleanly_and_starts_again_on_the_same_data(installation: Installation) -> None:
    installation.start()
    assert httpx.get(f"{installation.address}/phone/").status_code == 200
    assert {one.command.rsplit(" ", 1)[1] for one in installation.named("-m bot")} == {
        "demo",
        "web",
        "worker",
        "sandbox",
    }
    sign_in = installation.sign_in_of("fuzhiban")
    with httpx.Client() as open_page:  # a browser that keeps its connection must not hold the stopping up
        assert open_page.get(f"{installation.address}/healthz").text == "ok"
        assert installation.interrupt() == 0
    assert installation.processes() == []
    assert refuses_connection(installation.address)
    assert "Traceback" not in installation.logs() + installation.said()

    installation.start()
    assert installation.sign_in_of("fuzhiban") == sign_in
    assert installation.process is not None
    installation.process.terminate()
    assert installation.process.wait(40) == 0
    assert installation.processes() == []


def test_killed_it_leaves_nothing_and_recovers(installation: Installation) -> None:
    installation.start()
    assert installation.process is not None
    for _ in range(2):
        installation.process.kill()
        installation.process.wait()
        installation.start()  # at once, while the old processes are still ending
        assert httpx.get(f"{installation.address}/readyz").json()["cache"] is True
    installation.process.kill()
    installation.process.wait()
    until(lambda: not installation.processes(), 20)


def test_interrupted_while_it_starts_it_leaves_nothing(installation: Installation) -> None:
    process = installation.launch()
    until(lambda: installation.named("-m bot worker"), 30)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(40) == 0
    assert installation.processes() == []


def test_a_taken_port_is_said_plainly(installation: Installation) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", installation.port))
        taken.listen()
        assert installation.launch().wait(30) == 1
    assert f"127.0.0.1:{installation.port}" in installation.said()
    assert "port in use" in installation.said() and "BIND=" in installation.said()
    assert "Traceback" not in installation.said()
    assert installation.processes() == []


def test_two_on_one_folder_are_refused(installation: Installation) -> None:
    installation.start()
    second = Installation(installation.folder)
    assert second.port != installation.port
    assert second.launch().wait(30) == 1
    assert "VAR_DIR" in second.said() and "Traceback" not in second.said()
    assert httpx.get(f"{installation.address}/readyz").json()["cache"] is True


@pytest.mark.parametrize("name", ["演示 文件夹", "很长的路径 " * 3 + "x" * 150])
def test_any_folder_will_do(folder: Path, name: str) -> None:
    installation = Installation(folder / name / "var")
    try:
        installation.start()
        address = (installation.folder / "valkey" / "address").read_text()
        assert address.startswith("redis://:" if len(name) > 100 else "unix://")
        assert httpx.get(f"{installation.address}/readyz").json()["cache"] is True
        assert installation.interrupt() == 0
        assert installation.processes() == []
    finally:
        installation.stop()


def test_another_user_than_root_can_run_it(folder: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("these tests run as an ordinary user already")
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    folder.chmod(0o755)
    as_nobody = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "VAR_DIR": str(folder / "var"),
        "BIND": f"127.0.0.1:{port}",
    }
    command = [sys.executable, "-m", "bot", "demo"]
    try:
        reached = subprocess.run([*command[:3], "--help"], cwd=ROOT, capture_output=True, timeout=60, **as_nobody)
    except OSError:
        pytest.skip("this interpreter lies where only root may read")
    if reached.returncode:
        pytest.skip("this checkout lies where only root may read")
    with (folder / "output").open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out, **as_nobody)
    try:
        until(lambda: b"demo sign-ins" in (folder / "output").read_bytes() or process.poll() is not None, 60)
        assert process.poll() is None, (folder / "output").read_text()
        assert httpx.get(f"http://127.0.0.1:{port}/phone/").status_code == 200
    finally:
        process.terminate()
        assert process.wait(40) == 0


# -- the other commands -----------------------------------------------------------------------------------------------

GOOD = [
    (("ask", "高处作业要系安全带吗"), "依据："),
    (("knowledge", "check"), "entries"),
    (("inbox", "list"), "messages"),
    (("inbox", "list", "--all"), "messages"),
    (("outbox", "list"), ""),
    (("outbox", "pause", "wecom", "--reason", "试一试"), "已暂停"),
    (("outbox", "list"), "暂停：wecom"),
    (("outbox", "resume"), "已恢复"),
    (("outbox", "resume"), "本来就没有"),
    (("user", "add", "lisi", "--role", "expert", "--name", "李四"), "一次性密码"),
    (("user", "list"), "lisi"),
    (("user", "code", "zhaoguanli"), ""),
    (("audit", "verify"), "都对得上"),
    (("tick", "--now", "2027-06-16T15:00+08:00"), "ok"),
    (("menu", "publish"), "published"),
    (("db", "upgrade"), "current"),
    (("keys", "new"), "IDENTITY_PRIVATE_KEY="),
    (("--help",), "doctor"),
]
REFUSED = [
    ("inbox", "replay", "NOSUCHMESSAGE"),
    ("outbox", "retry", "NOSUCHMESSAGE"),
    ("user", "add", "lisi", "--role", "expert"),
    ("user", "code", "nobody"),
    ("doctor",),
]
WRONG = [
    ("ask",),
    ("tick",),
    ("tick", "--now", "tomorrow"),
    ("user", "add", "wangwu", "--role", "king"),
    ("outbox", "pause", "moon"),
    ("outbox", "retry"),
    ("inbox", "list", "--most", "many"),
    ("knowledge", "eval", "no-such-file.yaml"),
    ("no-such-command",),
]


Run = tuple[tuple[str, ...], dict[str, str]]


def run_all(installation: Installation, runs: list[Run]) -> list[subprocess.CompletedProcess[str]]:
    """Run commands, some at a time."""
    with ThreadPoolExecutor(3) as pool:
        return list(pool.map(lambda one: installation.run(*one[0], **one[1]), runs))


def test_commands_do_what_they_say(service: Installation) -> None:
    for arguments, words in GOOD:
        done = service.run(*arguments)
        assert done.returncode == 0, (arguments, done.stderr)
        assert words in done.stdout + done.stderr, (arguments, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr


def test_refusals_and_wrong_usage_have_their_exit_codes(service: Installation) -> None:
    service.run("user", "add", "lisi", "--role", "expert")
    for code, several in ((1, REFUSED), (2, WRONG)):
        for arguments, done in zip(several, run_all(service, [(one, {}) for one in several])):
            assert done.returncode == code, (arguments, done.returncode, done.stdout, done.stderr)
            assert done.stdout + done.stderr, arguments
            assert "Traceback" not in done.stderr, arguments


def test_an_answer_as_json(service: Installation) -> None:
    answer = json.loads(service.run("ask", "高处作业要系安全带吗", "--json").stdout)
    assert answer["outcome"] == "answered" and "依据：" in answer["text"]


def test_a_broken_set_up_is_explained(folder: Path) -> None:
    apart = Installation(folder / "var")
    shut = folder / "file"
    shut.write_text("not a folder")
    cases = [
        (("outbox", "list"), {}, "db upgrade"),
        (("doctor",), {}, "db upgrade"),
        (("outbox", "list"), {"DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:1/none"}, "DATABASE_URL"),
        (("db", "upgrade"), {"DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:1/none"}, "DATABASE_URL"),
        (("up",), {"DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:1/none"}, "DATABASE_URL"),
        (("up",), {"BIND": "everywhere"}, "BIND"),
        (("demo",), {"APP_ENV": "production"}, "SANDBOX"),
        (("sandbox",), {"APP_ENV": "production"}, "refused"),
        (("web",), {"APP_ENV": "production"}, "KEY"),
        (("ask", "安全带"), {"FEATURES": "handlers.nosuch"}, "nosuch"),
        (("outbox", "list"), {"CONTENT_KEY": "short"}, "CONTENT_KEY"),
        (("outbox", "list"), {"VAR_DIR": str(shut / "var")}, "VAR_DIR"),
    ]
    ends = run_all(apart, [(arguments, environment) for arguments, environment, _ in cases])
    for (arguments, environment, words), done in zip(cases, ends):
        assert done.returncode == 1, (arguments, environment, done.stdout, done.stderr)
        assert words in done.stdout + done.stderr, (arguments, environment, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr, (arguments, environment, done.stderr)
