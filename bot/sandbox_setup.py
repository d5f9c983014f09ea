"""The sandbox as this installation's settings describe it: the same accounts, tokens and keys on both sides."""

from __future__ import annotations

from pathlib import Path

from bot.sandbox.options import SandboxOptions, WeChatAccount, WeComApp
from bot.sandbox_clock import DatabaseClock
from bot.storage.db import Database
from config.settings import Settings

STORE = "sandbox.db"


def sandbox_options(settings: Settings) -> SandboxOptions:
    """Options for ``bot.sandbox.serve``; its clock is the product's."""
    wechat = WeChatAccount(
        app_id=settings.wechat_app_id,
        app_secret=settings.wechat_app_secret.get_secret_value(),
        token=settings.wechat_token.get_secret_value(),
        aes_key=settings.wechat_aes_key.get_secret_value(),
        mode=settings.wechat_mode,
        **({"original_id": settings.wechat_account} if settings.wechat_account else {}),
    )
    wecom = WeComApp(
        corp_id=settings.wecom_corp_id,
        agent_id=int(settings.wecom_agent_id or 0),
        secret=settings.wecom_secret.get_secret_value(),
        token=settings.wecom_token.get_secret_value(),
        aes_key=settings.wecom_aes_key.get_secret_value(),
    )
    return SandboxOptions(
        store=Path(settings.var_dir) / STORE,
        callback_base=f"http://{settings.bind}",
        public_base=settings.base_url,
        wechat=wechat,
        wecom=wecom,
        clock=DatabaseClock(Database(settings.database_url)),
    )
