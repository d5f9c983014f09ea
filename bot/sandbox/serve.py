"""Runs the sandbox with gevent's server, one greenlet a request.

The entry process must call `gevent.monkey.patch_all()` before it imports anything else (as `bot.sandbox.__main__`
does), so that waiting for the service, sleeping faults and the retry timers give way to other requests.
"""

from __future__ import annotations

import logging
import signal
import socket
from typing import Any

import gevent  # type: ignore[import-untyped, unused-ignore]
from gevent.pywsgi import WSGIHandler, WSGIServer  # type: ignore[import-untyped, unused-ignore]

from bot.sandbox.app import create_sandbox
from bot.sandbox.options import SandboxOptions

log = logging.getLogger("bot.sandbox")
STOP_S = 5.0
BACKLOG = 256


class Handler(WSGIHandler):  # type: ignore[misc, unused-ignore]
    """Shows the connection to the application, so that an ordered fault can cut it."""

    def get_environ(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environ()
        environ["sandbox.socket"] = self.socket
        return environ


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket without Nagle's delay: head and body leave in two writes, which would cost 40 ms each time."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.bind((host, port))
    listener.listen(BACKLOG)
    listener.setblocking(False)
    return listener


def serve(options: SandboxOptions, host: str = "127.0.0.1", port: int = 8010) -> None:
    """Serve until SIGTERM or SIGINT; requests under way get five seconds to end. Access lines are not logged:
    query strings carry tokens."""
    logging.getLogger("httpx").setLevel(logging.WARNING)  # its lines carry openids in addresses
    app = create_sandbox(options)
    server = WSGIServer(_listen(host, port), app, log=None, error_log=log, handler_class=Handler)

    def stop(*_args: object) -> None:
        gevent.spawn(server.stop, STOP_S)

    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, stop)
    log.info("sandbox_listening host=%s port=%s", host, port)
    try:
        server.serve_forever()
    finally:
        app.extensions["sandbox"].close()
