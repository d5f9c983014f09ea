"""`python -m bot.sandbox`: a sandbox by hand, with the accounts of the environment where they are set."""

from __future__ import annotations

from gevent import monkey  # type: ignore[import-untyped, unused-ignore]

monkey.patch_all()

import argparse  # noqa: E402
import logging  # noqa: E402
import os  # noqa: E402
from dataclasses import replace  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import TypeVar  # noqa: E402

from bot.sandbox.options import SandboxOptions, WeChatAccount, WeComApp  # noqa: E402
from bot.sandbox.serve import serve  # noqa: E402

Account = TypeVar("Account", WeChatAccount, WeComApp)


def _from_environment(prefix: str, account: Account) -> Account:
    """`account` with the fields that WECHAT_… or WECOM_… variables name."""
    found = {}
    for name, value in vars(account).items():
        given = os.environ.get(f"{prefix}_{name.upper()}")
        if given:
            found[name] = type(value)(given)
    return replace(account, **found)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bot.sandbox", description="The platforms' side, for trying out")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8010)
    parser.add_argument("--store", type=Path, default=Path("var/sandbox.db"))
    parser.add_argument("--callback", default="http://127.0.0.1:8000", help="where the service listens")
    parser.add_argument("--public", default="", help="prefix of handed-out addresses; default: this server")
    given = parser.parse_args()
    if os.environ.get("APP_ENV") == "production":
        parser.error("the sandbox is refused when APP_ENV=production")
    logging.basicConfig(level=logging.INFO)
    options = SandboxOptions(
        store=given.store, callback_base=given.callback, public_base=given.public or f"http://{given.host}:{given.port}",
        wechat=_from_environment("WECHAT", WeChatAccount()), wecom=_from_environment("WECOM", WeComApp()),
    )  # fmt: skip
    serve(options, given.host, given.port)


if __name__ == "__main__":
    main()
