"""``python -m bot …``. Exit codes: 0 done, 1 refused or not ready (reason and next step on stderr), 2 wrong usage."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import click
from pydantic import ValidationError
from pydantic_settings import SettingsError
from sqlalchemy.exc import SQLAlchemyError

from bot import logs
from bot.features import Feature, FeatureError, load_features
from bot.services import Services, build_services
from config.catalog import feature_names
from config.keys import load_settings, new_keys
from config.settings import Settings


def fail(words: str) -> None:
    """Say why on stderr and end with 1."""
    click.echo(words, err=True)
    sys.exit(1)


@lru_cache(maxsize=1)
def settings_or_fail() -> Settings:
    try:
        return load_settings()
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}. Make the folder writable for this user, or set VAR_DIR to another.")
        raise AssertionError from None
    except SettingsError as error:
        fail(f"The settings cannot be used:\n  {error}")
        raise AssertionError from None
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, e['loc'])).upper() or 'settings'}: {e['msg']}" for e in error.errors()]
        fail("The settings cannot be used:\n  " + "\n  ".join(lines))
        raise AssertionError from None


@lru_cache(maxsize=1)
def command_services() -> Services:
    """The parts for a command run by hand: it may open identity where the key is at hand, as the worker does."""
    settings = settings_or_fail()
    logs.configure(settings.log_level, "command")
    try:
        return build_services(settings, may_open_identity=True)
    except (ValueError, FeatureError) as error:
        fail(str(error))
        raise AssertionError from None


class Commands(click.Group):
    """The engine's commands and those of the features; features are loaded only when a name is not the engine's."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *(command.name or "" for command in _feature_commands())})

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        found = super().get_command(ctx, name)
        if found is not None:
            return found
        return next((command for command in _feature_commands() if command.name == name), None)


class Imports(click.Group):
    """What the features can import, by name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(command.name or "" for feature in _features() for command in feature.imports)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        offered = (command for feature in _features() for command in feature.imports)
        return next((command for command in offered if command.name == name), None)


def _feature_commands() -> tuple[click.Command, ...]:
    return tuple(command for feature in _features() for command in feature.commands)


@lru_cache(maxsize=1)
def _features() -> tuple[Feature, ...]:
    try:
        return load_features(feature_names(settings_or_fail()))
    except FeatureError as error:
        fail(str(error))
        raise AssertionError from None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def cli(ctx: click.Context) -> None:
    """安全哨: a safety consultation service in WeChat and WeCom."""
    os.umask(0o077)  # what the service writes (database, Valkey, logs) is its own user's alone
    ctx.obj = command_services


@cli.command()
def up() -> None:
    """Start web, worker and, where it is embedded, Valkey; Ctrl-C stops them."""
    _run_group(settings_or_fail(), lambda settings: click.echo(f"ready: {settings.base_url}/console/"))


@cli.command()
def demo() -> None:
    """Everything of `up` with the sandbox, demo accounts and the phone in the browser."""
    os.environ["SANDBOX"] = "1"
    from bot.demo import ready

    _run_group(settings_or_fail(), ready, log_to_files=True)


def _run_group(settings: Settings, ready: Callable[[Settings], None], *, log_to_files: bool = False) -> None:
    from bot.storage.valkey import ValkeyError
    from bot.supervisor import Group, StartError

    _check(settings)
    logs.configure("warning" if log_to_files else settings.log_level, "up")
    group = Group(settings, say=lambda words: click.echo(words, err=True), log_to_files=log_to_files)
    try:
        sys.exit(group.run(ready))
    except (StartError, ValkeyError, ValueError) as error:
        fail(str(error))


@cli.command()
def web() -> None:
    """The web processes alone."""
    from bot.web import run

    settings = settings_or_fail()
    if settings.production and settings.identity_private_key.get_secret_value():
        fail("IDENTITY_PRIVATE_KEY belongs to the worker alone; unset it for the web process.")
    _check(settings)
    run(settings)


def _check(settings: Settings) -> None:
    """Say what is missing before processes are started that could only fail one after another."""
    try:
        build_services(settings).close()
    except (ValueError, FeatureError) as error:
        fail(str(error))


@cli.command()
def worker() -> None:
    """One worker: sends what is planned, runs the jobs."""
    from bot.core_jobs import CORE_JOBS
    from bot.jobs import run_worker

    settings = settings_or_fail()
    logs.configure(settings.log_level, "worker")
    services = command_services()
    logs.configure(settings.log_level, "worker")
    run_worker(services, CORE_JOBS)


@cli.command()
def sandbox() -> None:
    """The platforms' own side, for development and tests; refused in production."""
    from bot.sandbox.serve import serve
    from bot.sandbox_setup import sandbox_options

    settings = settings_or_fail()
    if settings.production:
        fail("The sandbox is refused when APP_ENV=production.")
    host, port = (settings.sandbox_bind or "127.0.0.1:8010").rsplit(":", 1)
    logs.configure(settings.log_level, "sandbox")
    serve(sandbox_options(settings), host, int(port))


@cli.command()
@click.option("--now", "moment", required=True, help="ISO 8601, e.g. 2027-06-16T15:00+08:00")
def tick(moment: str) -> None:
    """Plan and send what is due at a moment, once."""
    from bot.clock import SHANGHAI
    from bot.core_jobs import CORE_JOBS
    from bot.jobs import tick as run_tick

    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        raise click.UsageError("--now wants ISO 8601, e.g. 2027-06-16T15:00+08:00") from None
    at = at if at.tzinfo else at.replace(tzinfo=SHANGHAI)
    results = run_tick(command_services(), at, CORE_JOBS)
    for result in results:
        click.echo(f"{result.name:28}{'ok' if result.ok else 'FAILED':8}{result.words}")
    sys.exit(0 if all(result.ok for result in results) else 1)


@cli.group("import", cls=Imports)
def imports() -> None:
    """Bring in files: each says what is new and what is refused; a second run changes nothing."""


@cli.group()
def db() -> None:
    """The database's schema."""


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the database to the current schema."""
    from bot.storage.db import Database
    from bot.storage.migrate import upgrade

    database = Database(settings_or_fail().database_url)
    try:
        upgrade(database)
    except Exception as error:
        fail(f"The database cannot be upgraded ({type(error).__name__}). Check DATABASE_URL and that it is reachable.")
    click.echo("the database is current")


@cli.group()
def keys() -> None:
    """The product's own keys."""


@keys.command("new")
@click.option("--write", type=click.Path(dir_okay=False, path_type=Path), help="Append to a file instead of printing.")
def keys_new(write: Path | None) -> None:
    """Make fresh keys for production. Keep IDENTITY_PRIVATE_KEY on the worker's machine only."""
    lines = [f"{name}={value}" for name, value in new_keys().items()]
    if write is None:
        click.echo("\n".join(lines))
        return
    write.touch(mode=0o600)
    with write.open("a", encoding="utf-8") as out:
        out.write("\n".join(lines) + "\n")
    click.echo(f"written to {write}")


@cli.command()
def doctor() -> None:
    """Check every setting and connection; say what to do. Exit 1 if not ready for production."""
    from bot.doctor import examine

    logs.configure("error", "doctor")
    findings = examine(settings_or_fail())
    for finding in findings:
        click.echo(f"{finding.mark} {finding.what}" + (f"\n    → {finding.todo}" if finding.todo else ""))
    sys.exit(0 if all(finding.ok for finding in findings) else 1)


def main() -> None:
    """The entry point."""
    from bot.console.commands import COMMANDS
    from bot.inbox.commands import inbox
    from bot.outbox.commands import group as outbox

    for command in (*COMMANDS, inbox, outbox):
        cli.add_command(command)
    try:
        cli(prog_name="python -m bot")
    except (SQLAlchemyError, TimeoutError) as error:
        fail(
            f"The database does not answer, or its schema is not the current one ({type(error).__name__}).\n"
            "Check DATABASE_URL, then: python -m bot db upgrade. `python -m bot doctor` tells more."
        )
