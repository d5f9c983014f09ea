"""Keys: made by ``python -m bot keys new``; for the sandbox, made once and kept in ``var/sandbox.env``."""

from __future__ import annotations

import base64
import os
import secrets
import string
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values
from nacl.public import PrivateKey

from config.settings import Settings

SANDBOX_ENV = "sandbox.env"
RUNNING_ENV = "running.env"


def new_keys() -> dict[str, str]:
    """Fresh values for the product's own keys, by variable name."""
    identity = PrivateKey.generate()
    return {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "IDENTITY_PUBLIC_KEY": _b64(bytes(identity.public_key)),
        "IDENTITY_PRIVATE_KEY": _b64(bytes(identity)),
        "IDENTITY_HASH_KEY": _b64(secrets.token_bytes(32)),
        "CONTENT_KEY": _b64(secrets.token_bytes(32)),
    }


def sandbox_accounts() -> dict[str, str]:
    """An Official Account and a WeCom app that exist only in this installation's sandbox."""
    return {
        "WECHAT_APP_ID": "wx" + secrets.token_hex(8),
        "WECHAT_APP_SECRET": secrets.token_hex(16),
        "WECHAT_TOKEN": secrets.token_hex(12),
        "WECHAT_AES_KEY": _aes_key(),
        "WECOM_CORP_ID": "ww" + secrets.token_hex(8),
        "WECOM_AGENT_ID": "1000002",
        "WECOM_SECRET": secrets.token_urlsafe(32),
        "WECOM_TOKEN": secrets.token_hex(12),
        "WECOM_AES_KEY": _aes_key(),
    }


def load_settings() -> Settings:
    """The settings of this process.

    The environment first, then what a running ``demo`` on this folder decided, then ``.env``, then — unless APP_ENV is
    production — ``var/sandbox.env``, which is written with fresh keys the first time. Raises pydantic.ValidationError,
    whose text never shows a value.
    """
    if _early().get("APP_ENV") == "production":
        return Settings(_env_file=".env")  # type: ignore[call-arg]
    folder = early_var_dir()
    return Settings(_env_file=(_sandbox_env(folder), ".env", *_running_env(folder)))  # type: ignore[call-arg]


def note_running(folder: Path, decided: Mapping[str, str]) -> Path:
    """Tell commands beside a running ``demo`` what it decided; the file counts while this process lives."""
    path = folder / RUNNING_ENV
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    lines = [f"# {os.getpid()}", *(f"{name}='{value}'" for name, value in decided.items())]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _running_env(folder: Path) -> tuple[Path, ...]:
    path = folder / RUNNING_ENV
    try:
        owner = int(path.read_text(encoding="utf-8").split("\n", 1)[0].removeprefix("# "))
        os.kill(owner, 0)
    except (OSError, ValueError):  # none runs, or its number is somebody else's process by now
        return ()
    return (path,) if owner != os.getpid() else ()


def early_var_dir() -> Path:
    """VAR_DIR as the settings will have it, before they are read."""
    return Path(_early().get("VAR_DIR") or "var")


def _early() -> dict[str, str | None]:
    return {**dotenv_values(".env"), **os.environ}


def _sandbox_env(folder: Path) -> Path:
    path = folder / SANDBOX_ENV
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        lines = [f"{name}={value}\n" for name, value in {**new_keys(), **sandbox_accounts()}.items()]
        head = (
            "# Keys of this machine's sandbox, made on first use. Not for production: see `python -m bot keys new`.\n"
        )
        temporary = path.with_suffix(f".{os.getpid()}")
        temporary.touch(mode=0o600)
        temporary.write_text(head + "".join(lines), encoding="utf-8")
        try:
            os.link(temporary, path)  # the first of several starting processes wins; the others read its file
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
    return path


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _aes_key() -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(43))
