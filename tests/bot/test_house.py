"""The rules of the house, read from the imports: what may know what, who asks the time, who sends."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from bot.features import Feature, load_features
from bot.schema import TABLES, load_tables
from bot.storage.db import Base, Database
from bot.storage.migrate import is_current, upgrade
from config.catalog import read_yaml
from tests.bot.front import ACCOUNTS, KEYS

ROOT = Path(__file__).parents[2]
OURS = ("bot", "handlers", "knowledge", "config")


@cache
def sources() -> dict[str, ast.Module]:
    """Every module of the product by its path, parsed."""
    found = [path for top in OURS for path in sorted((ROOT / top).rglob("*.py")) if "migrations" not in path.parts]
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in found}


def imported(tree: ast.Module) -> Iterator[str]:
    """Dotted names that a module imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module or ""
            yield from (f"{node.module}.{one.name}" for one in node.names)


def top(name: str) -> str:
    return name.split(".")[0]


MAY_IMPORT = {
    "config": {"config"},
    "knowledge": {"knowledge"},
    "bot": {"bot", "config"},
    "handlers": {"handlers", "bot", "config", "knowledge"},
}


@pytest.mark.parametrize("path", sorted(sources()))
def test_arrows_point_down(path: str) -> None:
    ours = {name for name in imported(sources()[path]) if top(name) in OURS}
    assert not {name for name in ours if top(name) not in MAY_IMPORT[path.split("/")[0]]}


def test_slices_do_not_know_each_other() -> None:
    slices = {path.name for path in (ROOT / "handlers").iterdir() if (path / "feature.py").exists()}
    assert {"emergency", "account", "consult"} <= slices
    for path, tree in sources().items():
        parts = path.split("/")
        if parts[0] != "handlers" or len(parts) < 3:
            continue
        others = slices - {parts[1]}
        assert not [
            name for name in imported(tree) if name.split(".")[:1] == ["handlers"] and name.split(".")[1] in others
        ]


ASKING = {
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
    "time": {
        "time",
        "time_ns",
        "monotonic",
        "monotonic_ns",
        "perf_counter",
        "localtime",
        "gmtime",
        "ctime",
        "strftime",
    },
}
MAY_ASK = {
    "bot/clock.py": {"now", "monotonic", "time_ns"},
    "bot/supervisor.py": {"monotonic"},
    "knowledge/evaluation/evaluate.py": {"perf_counter"},  # tools beside the service, which may not know the clock
    "knowledge/evaluation/train.py": {"now"},
}


def asked(tree: ast.Module) -> Iterator[str]:
    """Names by which a module asks what time it is."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
            owner = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
            if node.attr in ASKING.get(owner, ()):
                yield node.attr
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            yield from (one.name for one in node.names if one.name != "sleep")


def test_only_the_clock_asks_the_time() -> None:
    for path, tree in sources().items():
        if path.startswith("bot/sandbox/"):
            continue
        assert set(asked(tree)) <= MAY_ASK.get(path, set()), path


def test_one_module_knows_the_job_engine() -> None:
    assert [path for path, tree in sources().items() if "huey" in map(top, imported(tree))] == ["bot/jobs.py"]


def test_only_the_outbox_sends() -> None:
    """``platform.send`` is called by the outbox alone, and HTTP is spoken by few."""
    sending, http = set(), set()
    for path, tree in sources().items():
        if path.startswith("bot/sandbox/"):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "send":
                owner = node.func.value
                name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
                if name in {"platform", "client", "channel"}:
                    sending.add(path)
        if {"httpx", "httpcore", "requests", "urllib3", "aiohttp", "http.client"} & {
            top(one) for one in imported(tree)
        }:
            http.add(path)
    assert {path for path in sending if not path.startswith(("bot/outbox/", "bot/channels/"))} == set()
    assert sending
    outside = {path for path in http if not path.startswith("bot/channels/")}
    assert outside <= {
        "bot/supervisor.py",
        "bot/sandbox_door.py",
        "bot/doctor.py",
        "bot/demo.py",
        "handlers/consult/rephrasing/endpoint.py",
        "handlers/consult/rephrasing/network.py",
    }


SANDBOX_STARTERS = {"bot/cli.py", "bot/sandbox_setup.py", "bot/demo.py", "bot/supervisor.py"}


def test_the_sandbox_is_a_service_of_its_own() -> None:
    for path, tree in sources().items():
        if path.startswith("bot/sandbox/"):
            continue
        if any(name == "bot.sandbox" or name.startswith("bot.sandbox.") for name in imported(tree)):
            assert path in SANDBOX_STARTERS, path


PRODUCTION = """
import sys
from config.keys import load_settings
from bot.app import create_app
app = create_app(load_settings())
print([name for name in sys.modules if name == "bot.sandbox" or name.startswith(("bot.sandbox.", "bot.sandbox_"))])
print(sorted({rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith(("/phone", "/sandbox"))}))
"""


def test_production_never_loads_the_sandbox(tmp_path: Path) -> None:
    environment = {
        **{name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}},
        **{name.upper(): value for name, value in {**KEYS, **ACCOUNTS}.items()},
        "APP_ENV": "production",
        "PUBLIC_URL": "https://example.cn",
        "VAR_DIR": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'p.db'}",
        "REDIS_URL": "unix:///nowhere/v.sock",
        "PYTHONPATH": str(ROOT),
    }
    database = Database(environment["DATABASE_URL"])
    upgrade(database)
    database.dispose()
    done = subprocess.run(
        [sys.executable, "-c", PRODUCTION], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    modules, routes = done.stdout.splitlines()
    assert set(ast.literal_eval(modules)) <= {"bot.sandbox_door"}
    assert routes == "[]"


# -- tables and features --------------------------------------------------------------------------------------------


def configured() -> tuple[Feature, ...]:
    return load_features(tuple(read_yaml("features.yaml")["features"]))


def test_every_feature_of_config_loads() -> None:
    features = configured()
    assert features[0].name == "emergency", "it sees every message first"
    for feature in features:
        assert feature.title
        for job in feature.jobs:
            assert job.name.startswith(f"{feature.name}."), job.name
        for kind in feature.outbox_kinds:
            assert kind.name.startswith(f"{feature.name}."), kind.name
    names = [name for feature in features for name in feature.conversations]
    assert len(names) == len(set(names))


def table_modules() -> set[str]:
    """The modules that hold the product's tables: those named, and the ``records`` that a feature's own imports from
    the folders of its slice."""
    known = {*TABLES, *(feature.records for feature in configured())}
    for name in list(known):
        path = f"{name.replace('.', '/')}.py"
        within = {one for one in imported(sources()[path]) if one.endswith(".records")} if path in sources() else set()
        known |= {one for one in within if one.startswith(f"{name.rpartition('.')[0]}.")}
    return known


def test_every_module_of_tables_is_known() -> None:
    known = table_modules()
    for path, tree in sources().items():
        if path.startswith("bot/sandbox/"):
            continue
        tables = [
            node for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and any(getattr(one, "id", "") == "__tablename__" for one in node.targets)
        ]  # fmt: skip
        if tables:
            assert path.removesuffix(".py").replace("/", ".") in known, path


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": False})
    return list(compare_metadata(context, Base.metadata))


def our_tables() -> set[str]:
    """The product's; tests of other folders may have added some of their own to the metadata."""
    load_tables()
    modules = table_modules()
    return {mapper.local_table.name for mapper in Base.registry.mappers if mapper.class_.__module__ in modules}  # type: ignore[attr-defined]


def unmigrated(url: str) -> list[object]:
    """What the models say and the migrations do not, or the other way round."""
    ours = our_tables()
    database = Database(url)
    upgrade(database)
    assert is_current(database)
    upgrade(database)
    with database.engine.connect() as connection:
        found = differences(connection)
    database.dispose()
    return [one for one in found if not (isinstance(one, tuple) and one[0] == "add_table" and one[1].name not in ours)]


def test_models_and_migrations_agree(empty_database_url: str) -> None:
    assert unmigrated(empty_database_url) == []


# -- the looks of it ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(sources()))
def test_modules_are_short_and_say_what_they_are(path: str) -> None:
    content = (ROOT / path).read_text(encoding="utf-8")
    assert len(content.splitlines()) <= 400
    if content.strip():
        assert ast.get_docstring(sources()[path]), "a module says in a line what it is for"
