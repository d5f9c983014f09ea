"""The platforms' door: one inbound message is verified, answered once, and the answer given back within their limits.

Not authentic → 4xx, empty body, one log line. Authentic but not understood → 200, kept. Never a 5xx, never a traceback.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

import structlog
from structlog.contextvars import bind_contextvars, unbind_contextvars

from bot import clock, metrics
from bot.channels.base import MOST_BYTES, Channel, NotAuthentic, NotUnderstood, Query, to_inbound
from bot.channels.wechat import SUCCESS, WeChat
from bot.channels.wecom import WeCom
from bot.ids import new_id
from bot.inbox.inbox import Arrival, Inbox
from bot.messages import Nothing
from bot.services import Services

log = structlog.get_logger(__name__)

QUERY_FIELDS = frozenset(Query.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Result:
    """What goes back over HTTP."""

    status: int
    body: str = ""
    content_type: str = "text/plain; charset=utf-8"


FORBIDDEN = Result(403)
TOO_LARGE = Result(413)
NOT_FOUND = Result(404)
NOT_ALLOWED = Result(405)
XML = "text/xml; charset=utf-8"


class Webhook:
    """Both platforms' callbacks over one inbox."""

    def __init__(self, services: Services, inbox: Inbox) -> None:
        self._inbox = inbox
        settings = services.settings
        self._channels: dict[str, Channel] = {}
        if settings.wechat_enabled:
            self._channels["/wechat"] = WeChat(settings)
        if settings.wecom_enabled:
            self._channels["/wecom"] = WeCom(settings)

    def check_url(self, path: str, query: Query) -> Result:
        """The platform asks whether this address is ours."""
        channel = self._channels.get(path)
        if channel is None:
            return NOT_FOUND
        try:
            return Result(200, channel.check_url(query))
        except NotAuthentic as error:
            return self._refuse(channel, str(error))

    def receive(self, path: str, query: Query, body: bytes) -> Result:
        """One message or event."""
        channel = self._channels.get(path)
        if channel is None:
            return NOT_FOUND
        arrived = clock.stopwatch()
        request_id = new_id()
        bind_contextvars(request_id=request_id)
        try:
            return self._answer(channel, query, body, request_id, arrived)
        except Exception:
            log.error("webhook.failed", channel=channel.name, exc_info=True)
            return Result(200, channel_silence(channel))
        finally:
            unbind_contextvars("request_id")

    def _answer(self, channel: Channel, query: Query, body: bytes, request_id: str, arrived: float) -> Result:
        message = None
        try:
            fields = channel.open(query, body)
            message = to_inbound(channel.name, fields)
        except NotAuthentic as error:
            return self._refuse(channel, str(error))
        except NotUnderstood as error:
            log.warning("webhook.kept", channel=channel.name, reason=str(error))
            metrics.INBOUND.labels(channel.name, "unknown", "kept").inc()
            self._inbox.keep(channel.name, error.raw, str(error), request_id)
            return Result(200, channel_silence(channel))
        reply = self._inbox.answer(Arrival(message, request_id, arrived))
        took = clock.stopwatch() - arrived
        kind = message.event if message.is_event else message.kind
        metrics.INBOUND.labels(channel.name, message.kind, "answered").inc()
        metrics.ANSWER_SECONDS.observe(took)
        log.info("webhook.answered", channel=channel.name, kind=kind[:32], ms=round(took * 1000, 1))
        text = channel.render(reply, message)
        return Result(200, text) if isinstance(reply, Nothing) else Result(200, text, XML)

    def _refuse(self, channel: Channel, reason: str) -> Result:
        log.warning("webhook.refused", channel=channel.name, reason=reason)
        metrics.INBOUND.labels(channel.name, "unknown", "refused").inc()
        return FORBIDDEN


def channel_silence(channel: Channel) -> str:
    """The body that acknowledges without a word."""
    return SUCCESS if channel.name == "wechat" else ""


def read_query(query_string: str) -> Query:
    """The callback's parameters; others are ignored, of a repeated one the first counts."""
    values: dict[str, str] = {}
    for pair in query_string.split("&")[:40]:
        name, _, value = pair.partition("=")
        if name in QUERY_FIELDS:
            values.setdefault(name, unquote_plus(value) if "%" in value or "+" in value else value)
    return Query(**values)


class WebhookDoor:
    """WSGI in front of the rest of the application: takes the platforms' two addresses, hands on everything else.

    It stands outside Flask because the platforms wait for these answers and no one else's: a message passes none of
    what pages need (sessions, forms, templates). See docs/adr/0003.
    """

    def __init__(self, app: Any, webhook: Webhook) -> None:
        self._app = app
        self._webhook = webhook

    def __call__(self, environ: Mapping[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "").rstrip("/")
        if path not in {"/wechat", "/wecom"}:
            return self._app(environ, start_response)  # type: ignore[no-any-return]
        result = self._take(path, environ)
        body = result.body.encode("utf-8", "replace")
        headers = [
            ("Content-Type", result.content_type),
            ("Content-Length", str(len(body))),
            ("X-Content-Type-Options", "nosniff"),
        ]
        start_response(f"{result.status} {_REASONS.get(result.status, 'Refused')}", headers)
        return [body]

    def _take(self, path: str, environ: Mapping[str, Any]) -> Result:
        method = environ.get("REQUEST_METHOD")
        query = read_query(environ.get("QUERY_STRING", ""))
        if method in {"GET", "HEAD"}:
            return self._webhook.check_url(path, query)
        if method != "POST":
            return NOT_ALLOWED
        body = _read(environ)
        if body is None:
            log.warning("webhook.refused", channel=path[1:], reason="body too large")
            return TOO_LARGE
        return self._webhook.receive(path, query, body)


def _read(environ: Mapping[str, Any]) -> bytes | None:
    """The body, at most MOST_BYTES of it are ever held; None when there is more."""
    length = environ.get("CONTENT_LENGTH") or ""
    announced = int(length) if length.isascii() and length.isdigit() else None
    if announced is not None and announced > MOST_BYTES:
        return None
    wanted = MOST_BYTES + 1 if announced is None else announced
    try:
        body: bytes = environ["wsgi.input"].read(wanted)
    except OSError:
        return b""
    return body if len(body) <= MOST_BYTES else None


_REASONS = {
    200: "OK",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Too Large",
}
