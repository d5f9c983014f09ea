"""The plumbing of the platforms' APIs: ordered faults, the access token, the log of calls, and errcode answers."""

from __future__ import annotations

import contextlib
import json
import logging
import secrets
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Request, Response, jsonify, request

from bot.sandbox.options import Platform
from bot.sandbox.world import World

log = logging.getLogger("bot.sandbox")

# The platforms' own words, shortened; codes as in their return-code tables.
MESSAGES = {
    -1: "system error", 0: "ok", 40001: "invalid credential, access_token is invalid or not latest",
    40003: "invalid openid", 40004: "invalid media type", 40007: "invalid media_id", 40013: "invalid appid",
    40014: "invalid access_token", 40029: "invalid code", 40037: "invalid template_id", 40056: "invalid agentid",
    40058: "invalid argument", 40066: "invalid url", 40125: "invalid appsecret", 40163: "code been used",
    40164: "invalid ip, not in whitelist", 41001: "access_token missing", 42001: "access_token expired",
    43002: "require POST method", 43004: "require subscribe", 43101: "user refuse to accept the msg",
    44004: "empty content",
    45001: "media size out of limit", 45002: "content size out of limit", 45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit", 45015: "response out of time limit or subscription is canceled",
    45047: "out of response count limit", 46003: "menu no exist", 47001: "data format error",
    47003: "argument invalid!", 48001: "api unauthorized", 48002: "user block api message",
    60011: "no privilege to access/modify contact/party/agent", 60020: "not allow to access from your ip",
    60111: "userid not found", 81013: "user & party & tag all invalid",
}  # fmt: skip


class ApiError(Exception):
    """An errcode answer; `detail` follows the standard words."""

    def __init__(self, errcode: int, detail: str = "") -> None:
        super().__init__(errcode)
        self.errcode = errcode
        self.detail = detail

    def as_json(self) -> dict[str, Any]:
        words = MESSAGES.get(self.errcode, "error")
        return {"errcode": self.errcode, "errmsg": f"{words} {self.detail}".strip() + f" rid: {secrets.token_hex(8)}"}


@dataclass
class Call:
    """One API call. A sending API fills `to`, `msgid` and `shown`, which go on record."""

    platform: Platform
    path: str
    request: Request
    to: str = ""
    msgid: str = ""
    shown: bool = True
    _body: dict[str, Any] | None = field(default=None, repr=False)

    @property
    def query(self) -> dict[str, str]:
        return self.request.args.to_dict()

    @property
    def body(self) -> dict[str, Any]:
        """The JSON object sent; raises 47001 for anything else."""
        if self._body is None:
            try:
                parsed = json.loads(self.request.get_data().decode())
            except (UnicodeDecodeError, ValueError):
                raise ApiError(47001) from None
            if not isinstance(parsed, dict):
                raise ApiError(47001)
            self._body = parsed
        return self._body


Handler = Callable[[Call], "dict[str, Any] | Response"]


class PlatformApi:
    """Registers one platform's paths on a blueprint."""

    def __init__(self, world: World, platform: Platform) -> None:
        self.world = world
        self.platform = platform
        self.blueprint = Blueprint(f"{platform}_api", __name__, url_prefix=f"/sandbox/{platform}")

    def add(
        self, path: str, handler: Handler, *, token: bool = True, sends: bool = False, methods: str = "GET POST"
    ) -> None:
        """Serve `path`; `token`: an access_token is required; `sends`: calls go on the record of messages."""

        def allowed(call: Call) -> dict[str, Any] | Response:
            if call.request.method not in methods.split():
                raise ApiError(43002)
            return handler(call)

        def view() -> Response:
            return self._serve(path, allowed, token=token, sends=sends)

        name = path.strip("/").replace("/", "_").replace(".", "_")
        self.blueprint.add_url_rule(path, name, view, methods=["GET", "POST"])

    def finish(self) -> Blueprint:
        """Answer every other path of the platform too, as the platform would: an errcode."""

        def unknown(rest: str) -> tuple[Response, int]:
            log.warning("unknown_api platform=%s path=/%s", self.platform, rest)
            self.world.records.called(self.platform, f"/{rest}", request.method, 40066)
            return jsonify(ApiError(40066).as_json()), 404

        self.blueprint.add_url_rule("/<path:rest>", "unknown", unknown, methods=["GET", "POST"])
        return self.blueprint

    def _serve(self, path: str, handler: Handler, *, token: bool, sends: bool) -> Response:
        call = Call(self.platform, path, request)
        struck = self.world.faults.strike(self.platform, path)
        time.sleep(max((fault.delay_ms for fault in struck), default=0) / 1000)
        ordered = next((fault.errcode for fault in struck if fault.errcode is not None), None)
        answer: dict[str, Any] | Response
        try:
            if ordered is not None:
                raise ApiError(ordered)
            if token:
                self._check_token(call.query.get("access_token", ""))
            answer = handler(call)
        except ApiError as error:
            answer = error.as_json()
        except (TypeError, ValueError, AttributeError, KeyError) as error:
            # A field of the wrong shape; the platforms answer every such body with this one code.
            log.warning("malformed_call path=%s error=%s", path, type(error).__name__)
            answer = ApiError(47001).as_json()
        errcode = 0 if isinstance(answer, Response) else int(answer.get("errcode", 0))
        self._record(call, errcode, sends)
        if any(fault.drop_after_accept for fault in struck):
            hang_up()
        return answer if isinstance(answer, Response) else jsonify(answer)

    def _check_token(self, value: str) -> None:
        if not value:
            raise ApiError(41001)
        state = self.world.tokens.state(self.platform, value)
        if state == "expired":
            raise ApiError(42001)
        if state == "unknown":
            raise ApiError(40001 if self.platform == "wechat" else 40014)

    def _record(self, call: Call, errcode: int, sends: bool) -> None:
        self.world.records.called(call.platform, call.path, call.request.method, errcode)
        if not sends:
            return
        try:
            body = call.body
        except ApiError:
            body = {}
        to = call.to or str(body.get("touser", ""))
        self.world.records.sent(call.platform, call.path, to, body, errcode, call.msgid, call.shown and errcode == 0)


def hang_up() -> None:
    """Close the caller's connection, so that no byte of the answer arrives, whichever server runs the sandbox."""
    connection = request.environ.get("sandbox.socket") or request.environ.get("werkzeug.socket")
    if connection is None:
        raise RuntimeError("this server does not show the connection to the application")
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
