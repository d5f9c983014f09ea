"""How a sandbox is set up: the two accounts, where the service listens, and who holds a phone."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from bot.sandbox.clock import OffsetClock, SandboxClock

Platform = Literal["wechat", "wecom"]
Mode = Literal["plain", "compatible", "safe"]


@dataclass(frozen=True)
class WeChatAccount:
    """The Official Account. `original_id` is the gh_… name that callbacks carry as ToUserName."""

    app_id: str = "wx5a1e1f0c6d2b3a49"
    app_secret: str = "sandbox-wechat-secret"
    token: str = "sandboxwechattoken"
    aes_key: str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
    mode: Mode = "safe"
    original_id: str = "gh_anquanshao01"
    name: str = "安全哨"
    intro: str = "安全生产的事，随时问一句：问安全、拍隐患、查进度。"


@dataclass(frozen=True)
class WeComApp:
    """The WeCom corporation and its one self-built app."""

    corp_id: str = "ww7c3e9d1f5b2a4860"
    agent_id: int = 1000002
    secret: str = "sandbox-wecom-secret"
    token: str = "sandboxwecomtoken"
    aes_key: str = "GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcba"
    name: str = "安全哨"
    intro: str = "联络员报送、值班提醒、专家会诊，都在这里。"
    member_per_minute: int = 30
    """Messages one member gets in a minute; what exceeds it is dropped without a word (platform page 90236)."""


@dataclass(frozen=True)
class DemoPerson:
    """Someone who can hold the phone. `ident` is the openid (WeChat) or userid (WeCom)."""

    id: str
    name: str
    platform: Platform
    ident: str
    role_hint: str = ""
    following: bool = True


@dataclass(frozen=True)
class Template:
    """A template in the account's library: `fields` maps a field's name (thing3) to its label (隐患地点)."""

    id: str
    title: str
    fields: tuple[tuple[str, str], ...] = ()
    long_term: bool = False
    """A subscription template whose consent is not used up by sending."""


DEFAULT_PEOPLE = (
    DemoPerson("aqiang", "阿强·工人", "wechat", "oSbx0aqiang0worker0demo00001", "worker", following=False),
    DemoPerson("chen", "陈阿姨·居民", "wechat", "oSbx0chen0citizen0demo000002", "citizen"),
    DemoPerson("wang", "王联络·琼海联络员", "wecom", "wanglianluo", "liaison"),
    DemoPerson("fu", "符值班·值班员", "wecom", "fuzhiban", "officer"),
)


@dataclass(frozen=True)
class SandboxOptions:
    """Everything `create_sandbox` needs.

    `callback_base` is the service: callbacks go to `{callback_base}/wechat` and `/wecom`.
    `public_base` prefixes the addresses the platform hands out (PicUrl, QR codes); the service's own public address,
    because it passes `/sandbox/…` on. `templates` lists the account's templates; empty means every id is known.
    `retry_after_s` is the platform's patience with one callback, in real seconds.
    """

    store: Path
    callback_base: str = "http://127.0.0.1:8000"
    public_base: str = "http://127.0.0.1:8000"
    wechat: WeChatAccount = field(default_factory=WeChatAccount)
    wecom: WeComApp = field(default_factory=WeComApp)
    people: tuple[DemoPerson, ...] = DEFAULT_PEOPLE
    templates: tuple[Template, ...] = ()
    clock: SandboxClock = field(default_factory=OffsetClock)
    retry_after_s: float = 5.0
    receipt_delay_s: float = 0.3
