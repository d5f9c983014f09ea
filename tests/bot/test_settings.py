"""Settings: what is refused and how it is said, keys made once, and nothing secret in print."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pydantic import ValidationError

from bot.app import create_app
from bot.cli import cli
from bot.services import build_services
from config.keys import SANDBOX_ENV, load_settings, new_keys, sandbox_accounts
from config.settings import KEY_FIELDS, Settings, missing_for_production
from tests.bot.front import ACCOUNTS, IDENTITY_PRIVATE_KEY, KEYS
from tests.bot.processes import ROOT


def made(**values: Any) -> Settings:
    return Settings(_env_file=None, **values)


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable of the machine's and no .env counts."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("bind", "8000", "address:port"),
        ("bind", "127.0.0.1", "address:port"),
        ("bind", "127.0.0.1:port", "address:port"),
        ("sandbox_bind", "here", "address:port"),
        ("wechat_aes_key", "short", "43"),
        ("wechat_aes_key", "!" * 43, "43"),
        ("wecom_aes_key", "a" * 44, "43"),
        ("wechat_api_base", "api.weixin.qq.com", "http"),
        ("public_url", "ftp://x.cn", "http"),
        ("wechat_mode", "clear", "plain"),
        ("app_env", "prod", "production"),
        ("web_workers", "0", "1"),
        ("web_workers", "many", "integer"),
        ("domain_checks", "not json", "domain_checks"),
    ],
)
def test_a_wrong_value_is_refused_with_the_reason_and_not_the_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(name.upper(), value)
    with pytest.raises(Exception, match=words) as caught:
        made()
    if "key" in name:
        assert value not in str(caught.value)


def test_the_sandbox_is_refused_in_production() -> None:
    with pytest.raises(ValidationError, match="anyone could write as anyone"):
        made(app_env="production", sandbox=True)
    assert made(app_env="production").production


def test_values_are_read_as_people_write_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEATURES", " handlers.consult , handlers.account,")
    monkeypatch.setenv("PUBLIC_URL", "https://x.cn/")
    monkeypatch.setenv("BIND", "[::1]:8000")
    monkeypatch.setenv("WEB_WORKERS", "")
    monkeypatch.setenv("DOMAIN_CHECKS", '{"MP_verify_a.txt": "a"}')
    settings = made()
    assert settings.features == ("handlers.consult", "handlers.account")
    assert settings.base_url == "https://x.cn"
    assert settings.web_workers == 2
    assert settings.domain_checks == {"MP_verify_a.txt": "a"}


def test_settings_are_frozen_and_hide_their_secrets() -> None:
    settings = made(**KEYS, **ACCOUNTS, identity_private_key=IDENTITY_PRIVATE_KEY)
    with pytest.raises(ValidationError):
        settings.bind = "x:1"  # type: ignore[misc]
    shown = repr(settings) + str(settings) + str(settings.model_dump())
    secrets = [KEYS["secret_key"], KEYS["identity_hash_key"], KEYS["content_key"], IDENTITY_PRIVATE_KEY]
    secrets += [value for name, value in ACCOUNTS.items() if name.endswith(("secret", "token", "aes_key"))]
    assert not [secret for secret in secrets if secret in shown]


def test_what_production_lacks_is_named() -> None:
    assert missing_for_production(made(public_url="https://x.cn", **KEYS, **ACCOUNTS)) == []
    missing = missing_for_production(made())
    assert {*(name.upper() for name in KEY_FIELDS), "WECHAT_APP_ID", "WECHAT_AES_KEY", "PUBLIC_URL"} <= set(missing)
    assert "WECHAT_AES_KEY" not in missing_for_production(made(wechat_mode="plain"))
    assert "WECOM_SECRET" in missing_for_production(made(wecom_corp_id="ww1"))


def test_the_web_refuses_the_private_key_in_production(tmp_path: Path) -> None:
    values = {**KEYS, **ACCOUNTS, "database_url": f"sqlite:///{tmp_path / 'x.db'}", "app_env": "production"}
    with pytest.raises(ValueError, match="IDENTITY_PRIVATE_KEY belongs to the worker"):
        create_app(made(**values, identity_private_key=IDENTITY_PRIVATE_KEY))


def test_only_who_asks_gets_the_private_key(tmp_path: Path) -> None:
    values = {**KEYS, "database_url": f"sqlite:///{tmp_path / 'x.db'}", "redis_url": "unix:///nowhere/v.sock"}
    settings = made(**values, identity_private_key=IDENTITY_PRIVATE_KEY)
    assert not build_services(settings).vault.can_open
    assert build_services(settings, may_open_identity=True).vault.can_open


@pytest.mark.parametrize("name", ["content_key", "identity_hash_key", "identity_public_key"])
@pytest.mark.parametrize("value", ["", "short", "A" * 44, "é" * 10])
def test_a_malformed_key_is_named_and_not_shown(tmp_path: Path, name: str, value: str) -> None:
    values = {**KEYS, name: value, "database_url": f"sqlite:///{tmp_path / 'x.db'}"}
    with pytest.raises(ValueError, match=name.upper()) as caught:
        build_services(made(**values))
    assert not value or value not in str(caught.value)


@pytest.mark.parametrize(
    "wrong", [{"DOMAIN_CHECKS": "not json"}, {"BIND": "here"}, {"APP_ENV": "production", "SANDBOX": "1"}]
)
def test_commands_say_what_is_wrong_without_a_traceback(tmp_path: Path, wrong: dict[str, str]) -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "VAR_DIR": str(tmp_path / "var"), **wrong}
    done = subprocess.run(
        [sys.executable, "-m", "bot", "web"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("The settings cannot be used")
    assert "Traceback" not in done.stderr
    assert next(iter(wrong)) in done.stderr.upper()


# -- keys of the sandbox --------------------------------------------------------------------------------------------


def test_fresh_keys_are_fresh_and_usable(tmp_path: Path) -> None:
    one, two = new_keys(), new_keys()
    assert not {*one.values()} & {*two.values()}
    lower = {name.lower(): value for name, value in {**one, **sandbox_accounts()}.items()}
    settings = made(**lower, database_url=f"sqlite:///{tmp_path / 'x.db'}")
    vault = build_services(settings, may_open_identity=True).vault
    assert vault.open(vault.seal("oX")) == "oX"
    assert settings.wechat_enabled
    assert settings.wecom_enabled


def test_the_sandbox_gets_keys_once_that_only_the_owner_reads(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    first = load_settings()
    assert load_settings().content_key == first.content_key
    assert stat.S_IMODE((tmp_path / "var" / SANDBOX_ENV).stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "var").iterdir()] == [SANDBOX_ENV]


def test_processes_that_start_together_agree_on_the_keys(tmp_path: Path) -> None:
    program = "from config.keys import load_settings; print(load_settings().content_key.get_secret_value())"
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "VAR_DIR": str(tmp_path / "var")}
    running = [
        subprocess.Popen(
            [sys.executable, "-c", program], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    said = [process.communicate(timeout=30)[0] for process in running]
    assert len(set(said)) == 1
    assert len(said[0].strip()) == 44


def test_production_takes_nothing_from_the_sandbox(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    load_settings()
    monkeypatch.setenv("APP_ENV", "production")
    settings = load_settings()
    assert settings.content_key.get_secret_value() == ""
    assert settings.wechat_app_id == ""
    (tmp_path / ".env").write_text("WECHAT_APP_ID=wxfromdotenv\n")
    assert load_settings().wechat_app_id == "wxfromdotenv"


def test_the_environment_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    (tmp_path / ".env").write_text("BIND=127.0.0.1:1111\nPUBLIC_URL=https://a.cn\n")
    monkeypatch.setenv("BIND", "127.0.0.1:2222")
    settings = load_settings()
    assert (settings.bind, settings.public_url) == ("127.0.0.1:2222", "https://a.cn")


def test_keys_new(tmp_path: Path) -> None:
    target = tmp_path / "keys.env"
    done = CliRunner().invoke(cli, ["keys", "new", "--write", str(target)])
    assert done.exit_code == 0
    assert "=" not in done.output
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert {line.split("=", 1)[0] for line in target.read_text().splitlines()} == set(new_keys())
    printed = CliRunner().invoke(cli, ["keys", "new"]).output
    assert len(printed.splitlines()) == len(new_keys())
