"""The platforms' APIs: every call to WeChat and WeCom goes through ``PlatformClient``.

A call is made at most twice, and the second time only because the access token was not taken. Whether a call that got
no answer may be repeated is the caller's to decide (see ``Uncertain``); this module never does.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
from prometheus_client import Counter

from bot.channels import media
from bot.channels.errors import ChannelError, ErrorClass, NotSent, Refused, Uncertain, classify
from bot.channels.media import USUAL, Downloaded, Limits
from bot.channels.pushes import dump, send_call
from bot.channels.tokens import Fetched, TokenKeeper
from bot.clock import stopwatch
from bot.messages import ChannelName, Push
from bot.storage.cache import Cache
from config.settings import Settings

TIMEOUT = httpx.Timeout(connect=3.05, read=8.0, write=8.0, pool=8.0)
CONNECTIONS = httpx.Limits(max_connections=32, max_keepalive_connections=16, keepalive_expiry=5.0)
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.ProxyError)
MAYBE_DONE_STATUS = frozenset({502, 504})
MOST_JSON = 1024 * 1024
T = TypeVar("T")
# The platform's words about one person may quote the person's id; they are dropped.
HINTS = {
    40001: "AppSecret is wrong, or was reset",
    40125: "AppSecret is wrong, or was reset",
    40013: "AppID is wrong",
    40164: "add this machine's public address to IP白名单 in 公众平台 → 基本配置",
    40243: "AppSecret is frozen; thaw it in 公众平台",
    46003: "",
    60020: "add this machine's public address to 企业可信IP of the app",
    0: "the platform cannot be reached; check the network and the API base",
}
PERSONAL = frozenset({ErrorClass.UNREACHABLE, ErrorClass.UNFOLLOWED, ErrorClass.REFUSED, ErrorClass.WINDOW_CLOSED})

CALLS = Counter("anquanshao_platform_calls_total", "Calls to the platforms", ["platform", "path", "outcome"])

# The token is in the query string; these loggers would write it down.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Sent:
    """The platform took a message. ``provider_id`` is its id there, "" where the platform gives none."""

    provider_id: str
    response_code: str = field(default="", repr=False)


class PlatformClient:
    """Calls to both platforms. Safe to share between threads; opens nothing before the first call."""

    def __init__(self, settings: Settings, cache: Cache) -> None:
        self._settings = settings
        self._bases: dict[ChannelName, str] = {"wechat": settings.wechat_api_base, "wecom": settings.wecom_api_base}
        self._http_lock = threading.Lock()
        self._http_client: httpx.Client | None = None
        self._tokens: dict[ChannelName, TokenKeeper] = {
            "wechat": TokenKeeper("wechat", cache, self._stable_token, can_force=True),
            "wecom": TokenKeeper("wecom", cache, self._corp_token, can_force=False),
        }

    # -- what the product asks for -----------------------------------------------------------------------------------

    def send(self, channel: ChannelName, recipient: str, push: Push, *, idempotency_key: str) -> Sent:
        """Send a push to one person, given by openid or userid.

        Raises CannotRender for a push the channel has no form for, Uncertain when no answer came, other ChannelErrors
        when the platform certainly did not take it.
        """
        call = send_call(
            channel, recipient, push, idempotency_key=idempotency_key, agent_id=self._settings.wecom_agent_id
        )
        try:
            answer = self._post(channel, call.path, content=call.body)
        except Refused as error:
            if recipient.lower() in error.detail.lower():
                raise Refused(channel, error.errcode) from None
            raise
        if channel == "wecom":
            _require_recipient(answer, recipient)
        return Sent(str(answer.get("msgid") or ""), str(answer.get("response_code") or ""))

    def download(self, channel: ChannelName, media_id: str, target: Path, limits: Limits = USUAL) -> Downloaded:
        """Fetch what a person sent into ``target``.

        Raises MediaRefused (size, time, host), Refused with EXPIRED when it is no longer kept, NotSent to try again.
        """
        started = stopwatch()
        path = "/cgi-bin/media/get"
        found = self._with_token(channel, lambda token: self._media(channel, path, media_id, token, target, limits))
        if isinstance(found, Downloaded):
            return found
        url = found.get("video_url")
        if not isinstance(url, str) or not url:
            raise NotSent(ErrorClass.UNKNOWN, 0, "neither media nor an address of it")
        return media.follow(self._http, url, self._media_bases(channel), target, limits, started)

    def _media_bases(self, channel: ChannelName) -> tuple[str, ...]:
        """The sandbox hands out media under the service's own address."""
        own = (self._settings.base_url,) if self._settings.sandbox else ()
        return (self._bases[channel], *own)

    def upload_image(self, channel: ChannelName, content: bytes, name: str, content_type: str = "image/jpeg") -> str:
        """Upload a picture for a push; its media id, good for three days."""
        files = {"media": (name, content, content_type)}
        answer = self._post(channel, "/cgi-bin/media/upload", params={"type": "image"}, files=files, effect=False)
        return str(answer["media_id"])

    def scene_code(self, scene: str, seconds: int) -> str:
        """The address that a QR code of the Official Account holds: who scans it comes with ``scene`` (64 characters at
        most), for so many seconds (thirty days at most)."""
        body = {
            "expire_seconds": seconds,
            "action_name": "QR_STR_SCENE",
            "action_info": {"scene": {"scene_str": scene}},
        }
        answer = self._post("wechat", "/cgi-bin/qrcode/create", content=dump(body), effect=False)
        address = answer.get("url")
        if not isinstance(address, str) or not address:
            raise NotSent(ErrorClass.UNKNOWN, 0, "a code without an address")
        return address

    def publish_menu(self, channel: ChannelName, menu: Mapping[str, Any]) -> None:
        """Put up the custom menu."""
        self._post(channel, "/cgi-bin/menu/create", params=self._agent(channel), content=dump(menu), effect=False)

    def get_menu(self, channel: ChannelName) -> dict[str, Any]:
        return self._get(channel, "/cgi-bin/menu/get", self._agent(channel))

    def delete_menu(self, channel: ChannelName) -> None:
        self._get(channel, "/cgi-bin/menu/delete", self._agent(channel))

    def member(self, userid: str) -> dict[str, Any]:
        """A WeCom member's card as the platform keeps it (user/get)."""
        return self._get("wecom", "/cgi-bin/user/get", {"userid": userid})

    def userid_of(self, code: str) -> str:
        """The member who signed in with WeCom's OAuth; "" for someone who is not of the corporation."""
        answer = self._get("wecom", "/cgi-bin/auth/getuserinfo", {"code": code})
        return str(answer.get("userid") or answer.get("UserId") or "")

    def check(self, channel: ChannelName) -> str:
        """ "" when an access token can be had, else what the platform said and what to do (for ``doctor``)."""
        try:
            self.get_menu(channel)
        except ChannelError as error:
            return HINTS.get(error.errcode, f"the platform answers {error.errcode or error.kind.value}")
        return ""

    def close(self) -> None:
        with self._http_lock:
            if self._http_client is not None:
                self._http_client.close()
                self._http_client = None

    # -- calls -------------------------------------------------------------------------------------------------------

    @property
    def _http(self) -> httpx.Client:
        with self._http_lock:
            if self._http_client is None:
                self._http_client = httpx.Client(timeout=TIMEOUT, limits=CONNECTIONS, trust_env=False)
            return self._http_client

    def _agent(self, channel: ChannelName) -> dict[str, str]:
        return {"agentid": self._settings.wecom_agent_id} if channel == "wecom" else {}

    def _get(self, channel: ChannelName, path: str, params: Mapping[str, str]) -> dict[str, Any]:
        def call(token: str) -> dict[str, Any]:
            return self._json(channel, "GET", path, {**params, "access_token": token}, effect=False)

        return self._with_token(channel, call)

    def _post(
        self,
        channel: ChannelName,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        content: bytes | None = None,
        files: Any = None,
        effect: bool = True,
    ) -> dict[str, Any]:
        def call(token: str) -> dict[str, Any]:
            query = {**(params or {}), "access_token": token}
            return self._json(channel, "POST", path, query, effect=effect, content=content, files=files)

        return self._with_token(channel, call)

    def _with_token(self, channel: ChannelName, call: Callable[[str], T]) -> T:
        tokens = self._tokens[channel]
        token = tokens.get()
        try:
            return call(token)
        except Refused as error:
            if error.kind is not ErrorClass.TOKEN:
                raise
        return call(tokens.after_rejection(token))

    def _json(
        self, channel: ChannelName, method: str, path: str, params: Mapping[str, str], *, effect: bool, **body: Any
    ) -> dict[str, Any]:
        """One HTTP call. ``effect``: an answer that never came may have meant that it was done (Uncertain)."""
        outcome = "ok"
        try:
            with self._open(channel, method, path, params, effect=effect, **body) as response:
                return _read(channel, response, effect=effect)
        except httpx.HTTPError as error:
            outcome = "no_answer"
            raise _no_answer(type(error).__name__, effect=effect) from None
        except ChannelError as error:
            outcome = str(error.errcode or error.kind.value)
            raise
        finally:
            CALLS.labels(channel, path, outcome).inc()

    def _open(
        self, channel: ChannelName, method: str, path: str, params: Mapping[str, str], *, effect: bool, **body: Any
    ) -> AbstractContextManager[httpx.Response]:
        return self._http.stream(method, self._bases[channel] + path, params=dict(params), **body)

    def _media(
        self, channel: ChannelName, path: str, media_id: str, token: str, target: Path, limits: Limits
    ) -> Downloaded | dict[str, Any]:
        started = stopwatch()
        params = {"access_token": token, "media_id": media_id}
        outcome = "ok"
        try:
            with self._open(channel, "GET", path, params, effect=False) as response:
                if response.status_code != 200 or not media.is_file(response):
                    return _read(channel, response, effect=False)
                return media.save(response, target, limits, started)
        except httpx.HTTPError as error:
            outcome = "no_answer"
            raise _no_answer(type(error).__name__, effect=False) from None
        except ChannelError as error:
            outcome = str(error.errcode or error.kind.value)
            raise
        finally:
            CALLS.labels(channel, path, outcome).inc()

    # -- tokens ------------------------------------------------------------------------------------------------------

    def _stable_token(self, force: bool) -> Fetched:
        asked = {
            "grant_type": "client_credential",
            "appid": self._settings.wechat_app_id,
            "secret": self._settings.wechat_app_secret.get_secret_value(),
            "force_refresh": force,
        }
        return _token(self._json("wechat", "POST", "/cgi-bin/stable_token", {}, effect=False, content=dump(asked)))

    def _corp_token(self, _force: bool) -> Fetched:
        asked = {
            "corpid": self._settings.wecom_corp_id,
            "corpsecret": self._settings.wecom_secret.get_secret_value(),
        }
        return _token(self._json("wecom", "GET", "/cgi-bin/gettoken", asked, effect=False))


def _token(answer: Mapping[str, Any]) -> Fetched:
    token, seconds = answer.get("access_token"), answer.get("expires_in")
    if not isinstance(token, str) or not token or not isinstance(seconds, int):
        raise NotSent(ErrorClass.RETRY, 0, "an answer without a token")
    return Fetched(token, seconds)


def _no_answer(name: str, *, effect: bool) -> ChannelError:
    never = name in {kind.__name__ for kind in NEVER_SENT}
    return NotSent(ErrorClass.RETRY, 0, name) if never or not effect else Uncertain(name)


def _read(channel: ChannelName, response: httpx.Response, *, effect: bool) -> dict[str, Any]:
    """The JSON of an answer; raises the ChannelError it means. A proxy's page is no answer of the platform's."""
    status = response.status_code
    if status >= 500 or status == 429:
        if effect and status in MAYBE_DONE_STATUS:
            raise Uncertain(f"HTTP {status}")
        raise NotSent(ErrorClass.RETRY, 0, f"HTTP {status}")
    answer = _parse(response)
    if answer is None:
        if status != 200:
            raise NotSent(ErrorClass.UNKNOWN, 0, f"HTTP {status}")
        raise Uncertain("not JSON") if effect else NotSent(ErrorClass.RETRY, 0, "not JSON")
    errcode = answer.get("errcode") or 0
    if not isinstance(errcode, int):
        raise NotSent(ErrorClass.UNKNOWN, 0, "an errcode that is no number")
    kind = classify(channel, errcode)
    if kind is not ErrorClass.OK:
        raise Refused(channel, errcode, "" if kind in PERSONAL else _detail(answer))
    if status != 200:
        raise NotSent(ErrorClass.UNKNOWN, 0, f"HTTP {status}")
    return answer


def _parse(response: httpx.Response) -> dict[str, Any] | None:
    raw = b""
    for chunk in response.iter_bytes():
        raw += chunk
        if len(raw) > MOST_JSON:
            return None
    try:
        answer = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def _detail(answer: Mapping[str, Any]) -> str:
    """The platform's words about an error, shortened; they may name a template's field."""
    return str(answer.get("errmsg") or "")[:120]


def _require_recipient(answer: Mapping[str, Any], recipient: str) -> None:
    """WeCom answers errcode 0 when it left someone out; it lower-cases userids."""
    for name in ("invaliduser", "unlicenseduser"):
        left_out = str(answer.get(name) or "").lower().split("|")
        if recipient.lower() in left_out:
            raise NotSent(ErrorClass.UNREACHABLE, 0, name)
