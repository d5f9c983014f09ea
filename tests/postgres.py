"""A PostgreSQL for the tests: what TEST_POSTGRES_URL names, or a throw-away cluster where the server is installed."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SUPERUSER = "tests"
# Durability is not what these tests are about; the rest is as a server comes.
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=60", "shared_buffers=32MB")


@dataclass(frozen=True)
class Missing:
    """Why there is no PostgreSQL; the words go into the skip."""

    why: str


def programs() -> Path | None:
    """The folder with initdb and pg_ctl of the newest installed server."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda one: int(one.parts[-3]))
    if installed:
        return installed[-1].parent
    found = shutil.which("initdb")
    return Path(found).parent if found else None


@contextmanager
def cluster() -> Iterator[str | Missing]:
    """The address of a server for as long as the tests run, or why there is none."""
    given = os.environ.get("TEST_POSTGRES_URL", "")
    if given:
        yield given
        return
    bin_ = programs()
    if bin_ is None:
        yield Missing("PostgreSQL is not installed (tests/prepare.sh installs it on Debian as root)")
        return
    owner = _owner()
    if isinstance(owner, Missing):
        yield owner
        return
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    try:
        yield from _run(bin_, folder, owner)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _owner() -> int | Missing:
    """The user id to run as: PostgreSQL refuses root."""
    if os.getuid() != 0:
        return os.getuid()
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    return Missing("PostgreSQL does not run as root, and there is no user postgres or nobody")


def _run(bin_: Path, folder: Path, owner: int) -> Iterator[str | Missing]:
    group = pwd.getpwuid(owner).pw_gid
    os.chown(folder, owner, group)
    data, log = folder / "data", folder / "log"
    port = _free_port()

    def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        other = {"user": owner, "group": group, "extra_groups": []} if os.getuid() == 0 else {}
        return subprocess.run(
            [str(bin_ / program), *arguments], cwd=folder, capture_output=True, text=True, timeout=120, **other
        )

    made = run("initdb", "-D", str(data), "-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
    if made.returncode:
        yield Missing(f"initdb failed: {made.stderr.strip().splitlines()[-1:]}")
        return
    options = " ".join(f"-c {one}" for one in (*QUICK, f"unix_socket_directories={folder}", f"port={port}"))
    begun = run("pg_ctl", "-D", str(data), "-l", str(log), "-w", "-o", f"-h 127.0.0.1 {options}", "start")
    if begun.returncode:
        yield Missing(f"PostgreSQL did not start: {begun.stderr.strip() or log.read_text()[-200:]}")
        return
    try:
        yield f"postgresql+psycopg://{SUPERUSER}@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
