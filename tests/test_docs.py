"""What the documents say about the project is so."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click import Command, Context, Group
from pydantic import ValidationError

from bot.app import create_app
from bot.cli import cli
from bot.console.commands import COMMANDS
from bot.features import load_features
from bot.inbox.commands import inbox
from bot.outbox.commands import group as outbox
from bot.schema import load_tables
from bot.storage.db import Base
from config.catalog import feature_names
from config.docs import TARGET, settings_page
from config.settings import ROOT, Settings
from tests.bot.front import ACCOUNTS, IDENTITY_PRIVATE_KEY, KEYS, Front

PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
OUR_METRIC = re.compile(r"\banquanshao_[a-z_]+\b")


def _text(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def _commands() -> dict[str, Command]:
    """Every command by name, the engine's and the features'."""
    features = load_features(feature_names(Settings.model_construct(features=())))
    slices = {command.name or "": command for feature in features for command in feature.commands}
    groups = {command.name or "": command for command in (*COMMANDS, inbox, outbox)}
    return {**cli.commands, **groups, **slices}


def test_the_settings_page_is_what_the_settings_say() -> None:
    assert TARGET.read_text(encoding="utf-8") == settings_page(), "python -m config.docs"


def test_no_setting_is_a_secret_with_a_default() -> None:
    secrets = [name for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)]
    rows = [line for line in settings_page().splitlines() if line.startswith("| `")]
    assert len(rows) == len(Settings.model_fields)
    for name in secrets:
        (row,) = [row for row in rows if row.startswith(f"| `{name.upper()}` ")]
        assert row.split("|")[2].strip() == ""


def test_every_table_has_a_line_of_retention() -> None:
    load_tables()
    load_features(feature_names(Settings.model_construct(features=())))
    tables = {name for name in Base.metadata.tables if not name.startswith("test")}
    rows = re.findall(r"^\| `(\w+)` \|", _text("docs/retention.md"), re.MULTILINE)
    assert len(rows) == len(set(rows))
    assert tables == set(rows)


def test_every_sealed_column_is_named_in_its_line() -> None:
    load_tables()
    for table in Base.metadata.tables.values():
        sealed = [column.name for column in table.columns if column.name.endswith("_sealed")]
        for line in _text("docs/retention.md").splitlines():
            if line.startswith(f"| `{table.name}` |"):
                assert all(f"`{name}`" in line for name in sealed), line


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        target = link.partition("#")[0]
        if target and "://" not in target:
            assert (page.parent / target).exists(), link


def test_every_picture_is_shown() -> None:
    shown = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert [path.name for path in (ROOT / "docs" / "images").glob("*") if f"images/{path.name}" not in shown] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_that_are_named_exist(page: Path) -> None:
    commands = _commands()
    for name, rest in re.findall(r"python -m bot ([a-z]+)((?: [a-z]+)?)", page.read_text(encoding="utf-8")):
        assert name in commands, name
        command = commands[name]
        if isinstance(command, Group):
            assert rest.strip() in {"", *command.list_commands(Context(command))}, f"{name}{rest}"


def _tests_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_tests_and_modules_that_are_named_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for path, name in re.findall(r"(tests/[\w/]+\.py)::(\w+)", text):
        assert name in set(_tests_of(ROOT / path)), f"{path}::{name}"
    for path in re.findall(r"(?<![\w/.])((?:bot|handlers|knowledge|config|tests)/[\w/]+\.(?:py|yaml))\b", text):
        assert (ROOT / path).exists() or path.startswith("handlers/motto/"), path


def test_every_metric_has_a_line_in_operations() -> None:
    said = set(OUR_METRIC.findall(_text("docs/operations.md")))
    made = {
        name
        for folder in ("bot", "handlers")
        for path in (ROOT / folder).rglob("*.py")
        for name in re.findall(r'"(anquanshao_[a-z_]+)"', path.read_text(encoding="utf-8"))
    }
    assert said == made


def test_alerts_name_events_that_are_logged() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "bot").rglob("*.py"))
    code += "".join(path.read_text(encoding="utf-8") for path in (ROOT / "handlers").rglob("*.py"))
    alerts = re.findall(r"^\| `([a-z]+\.[a-z_]+)`", _text("docs/operations.md"), re.MULTILINE)
    assert alerts
    assert [name for name in alerts if f'"{name}"' not in code] == []


def test_the_conversation_of_the_readme_works(
    open_front: Callable[..., Front], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (source,) = re.findall(r"```python\n(.*?)```", _text("README.md"), re.DOTALL)
    folder = tmp_path / "motto_of_the_readme"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "feature.py").write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    front = open_front(features=("motto_of_the_readme", "handlers.consult"))
    assert front.say("主题") == "2021年安全生产月的主题：落实安全责任，推动安全发展。"
    assert front.say("主题。", channel="wecom") == front.say("活动主题")
    for name in ("motto_of_the_readme.feature", "motto_of_the_readme"):
        sys.modules.pop(name, None)


def test_the_sandbox_is_refused_in_production() -> None:
    with pytest.raises(ValidationError, match="SANDBOX=1 is refused"):
        Settings(_env_file=None, app_env="production", sandbox=True)


def test_the_web_refuses_the_private_key_in_production(tmp_path: Path) -> None:
    settings = Settings(
        _env_file=None,
        app_env="production",
        var_dir=tmp_path,
        identity_private_key=IDENTITY_PRIVATE_KEY,
        **KEYS,
        **ACCOUNTS,
    )
    with pytest.raises(ValueError, match="IDENTITY_PRIVATE_KEY belongs to the worker"):
        create_app(settings)
