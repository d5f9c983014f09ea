"""``python -m bot doctor``: what is right, what is missing, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
from pydantic import SecretStr

from bot.health import media_writable
from bot.job_records import heartbeat_age_s
from bot.services import Services, build_services
from bot.storage.migrate import is_current
from config.settings import Settings, missing_for_production

HOW = {
    "SECRET_KEY": "python -m bot keys new",
    "IDENTITY_PUBLIC_KEY": "python -m bot keys new",
    "IDENTITY_HASH_KEY": "python -m bot keys new",
    "CONTENT_KEY": "python -m bot keys new",
    "PUBLIC_URL": "the https address of this service, e.g. https://anquan.example.gov.cn",
    "WECHAT_APP_ID": "公众平台（或微信开发者平台 → 我的业务 → 服务号）→ 基本配置 → 开发者ID",
    "WECHAT_APP_SECRET": "公众平台 → 基本配置 → 开发者密码(AppSecret); add this machine's address to IP白名单 there",
    "WECHAT_TOKEN": "公众平台 → 基本配置 → 服务器配置 → 令牌(Token): 3–32 letters and digits, the same here and there",
    "WECHAT_AES_KEY": "公众平台 → 服务器配置 → 消息加解密密钥(EncodingAESKey), 43 characters; mode 安全模式",
    "WECOM_AGENT_ID": "企业微信管理后台 → 应用管理 → 自建应用 → AgentId",
    "WECOM_SECRET": "企业微信管理后台 → 自建应用 → Secret; add this machine's address to 企业可信IP",
    "WECOM_TOKEN": "自建应用 → 接收消息 → 设置API接收 → Token",
    "WECOM_AES_KEY": "自建应用 → 接收消息 → EncodingAESKey",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One check. ``todo`` is the next step where it is not right."""

    ok: bool
    what: str
    todo: str = ""

    @property
    def mark(self) -> str:
        return "✓" if self.ok else "✗"


def examine(settings: Settings) -> list[Finding]:
    """All findings, most basic first."""
    findings = list(_settings(settings))
    try:
        services = build_services(settings)
    except ValueError as error:
        return [*findings, Finding(False, f"keys: {error}", "python -m bot keys new")]
    try:
        findings += [_database(services), _cache(services), _worker(services), _media(settings)]
        if settings.production:
            findings += list(_platforms(services))
            findings.append(_reachable(settings))
        findings += [found for feature in services.features for check in feature.checks for found in check(services)]
    finally:
        services.close()
    return findings


def _settings(settings: Settings) -> Iterator[Finding]:
    if not settings.production:
        yield Finding(
            False,
            f"APP_ENV={settings.app_env}: not a production set-up",
            "set APP_ENV=production when the real account is to be connected",
        )
    for name in missing_for_production(settings):
        yield Finding(False, f"{name} is not set", HOW.get(name, "set it in the environment or in .env"))
    private = bool(_secret(settings.identity_private_key))
    yield Finding(
        private,
        "IDENTITY_PRIVATE_KEY " + ("is here (the worker needs it; web must not have it)" if private else "is not set"),
        "" if private else "python -m bot keys new; give it to the worker's process only",
    )
    if settings.production and not settings.public_url.startswith("https://"):
        yield Finding(False, "PUBLIC_URL is not https", "WeChat opens pages over https only")
    if settings.wechat_mode != "safe":
        yield Finding(False, f"WECHAT_MODE={settings.wechat_mode}", "choose 安全模式 in 公众平台 and WECHAT_MODE=safe")


def _database(services: Services) -> Finding:
    kind = "SQLite" if services.database.is_sqlite else "PostgreSQL"
    try:
        current = is_current(services.database)
    except Exception as error:
        return Finding(False, f"database ({kind}) does not answer: {type(error).__name__}", "check DATABASE_URL")
    return Finding(current, f"database ({kind})", "" if current else "python -m bot db upgrade")


def _cache(services: Services) -> Finding:
    up = services.cache.ping()
    embedded = services.settings.redis_url == "embedded"
    todo = "start `python -m bot up`, which brings its own" if embedded else "check REDIS_URL"
    return Finding(up, "Redis/Valkey" + (" (embedded)" if embedded else ""), "" if up else todo)


def _worker(services: Services) -> Finding:
    try:
        age = heartbeat_age_s(services)
    except Exception:
        age = None
    alive = age is not None and age < 30
    return Finding(alive, "worker heartbeat", "" if alive else "start `python -m bot up` or `python -m bot worker`")


def _media(settings: Settings) -> Finding:
    if not settings.media_url.startswith("file:"):
        return Finding(True, "media: an S3 store (checked when it is first used)")
    writable = media_writable(settings)
    folder = settings.media_url.removeprefix("file:")
    return Finding(writable, "media folder", "" if writable else f"make {folder} writable, or set MEDIA_URL")


def _platforms(services: Services) -> Iterator[Finding]:
    settings = services.settings
    for name, enabled in (("wechat", settings.wechat_enabled), ("wecom", settings.wecom_enabled)):
        if enabled:
            error = services.platform.check(name)  # type: ignore[arg-type]
            yield Finding(not error, f"{name}: access token", error)


def _reachable(settings: Settings) -> Finding:
    try:
        ok = httpx.get(f"{settings.base_url}/healthz", timeout=5.0).status_code == 200
    except httpx.HTTPError:
        ok = False
    todo = "" if ok else "point the domain and nginx at BIND; the platforms must reach PUBLIC_URL/wechat and /wecom"
    return Finding(ok, f"{settings.base_url} answers", todo)


def _secret(value: SecretStr) -> str:
    return value.get_secret_value()
