"""Hands ``/phone/`` and ``/sandbox/`` on to the sandbox's own process, so that one address shows everything.

Only mounted with SANDBOX=1, which production refuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import httpx

PREFIXES = ("/phone", "/sandbox")
HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "te", "trailers", "transfer-encoding", "upgrade", "host"}
)
MOST_BYTES = 64 * 1024 * 1024
AWAY = "演示用的平台没有启动。用 make demo 或 python -m bot demo 启动。".encode()


class SandboxDoor:
    """WSGI: a plain reverse proxy for two prefixes."""

    def __init__(self, app: Any, address: str) -> None:
        self._app = app
        self._client = httpx.Client(base_url=f"http://{address}", timeout=40.0, follow_redirects=False)

    def __call__(self, environ: Mapping[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if not any(path == prefix or path.startswith(f"{prefix}/") for prefix in PREFIXES):
            return self._app(environ, start_response)  # type: ignore[no-any-return]
        length = environ.get("CONTENT_LENGTH") or "0"
        size = int(length) if length.isdigit() else 0
        if size > MOST_BYTES:
            start_response("413 Too Large", [("Content-Length", "0")])
            return [b""]
        body = environ["wsgi.input"].read(size) if size else b""
        target = path.encode("latin-1").decode("utf-8", "replace")
        url = httpx.URL(path=target, query=environ.get("QUERY_STRING", "").encode("latin-1"))
        try:
            answer = self._client.request(
                environ["REQUEST_METHOD"], url, content=body, headers=_request_headers(environ)
            )
        except httpx.HTTPError:
            start_response("502 Bad Gateway", [("Content-Type", "text/plain; charset=utf-8")])
            return [AWAY]
        headers = [
            (name, value)
            for name, value in answer.headers.multi_items()
            if name.lower() not in HOP_BY_HOP | {"content-encoding", "content-length"}
        ]
        headers.append(("Content-Length", str(len(answer.content))))
        start_response(f"{answer.status_code} {answer.reason_phrase or 'OK'}", headers)
        return [answer.content]


def _request_headers(environ: Mapping[str, Any]) -> list[tuple[str, str]]:
    headers = [
        (name[5:].replace("_", "-"), value)
        for name, value in environ.items()
        if name.startswith("HTTP_") and name[5:].replace("_", "-").lower() not in HOP_BY_HOP
    ]
    if environ.get("CONTENT_TYPE"):
        headers.append(("Content-Type", environ["CONTENT_TYPE"]))
    return headers
