"""A WSGI application that holds connections open, as a live round will: a beat a second on /stream, "ok" elsewhere."""

from __future__ import annotations

import time


def app(environ, start_response):
    if environ["PATH_INFO"] != "/stream":
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
        return [b"ok"]
    start_response("200 OK", [("Content-Type", "text/event-stream"), ("Cache-Control", "no-store")])
    return _beats()


def _beats():
    while True:
        yield f"data: {time.time():.3f}\n\n".encode()
        time.sleep(1)
