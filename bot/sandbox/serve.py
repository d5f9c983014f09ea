"""Runs the sandbox with gevent's server, one greenlet a request.

The entry process must call `gevent.monkey.patch_all()` before it imports anything else (as `bot.sandbox.__main__`
does), so that waiting for the service, sleeping faults and the retry timers give way to other requests.
"""

from __future__ import annotations

import logging
import signal

import gevent  # type: ignore[import-untyped, unused-ignore]
from gevent.pywsgi import WSGIServer  # type: ignore[import-untyped, unused-ignore]

from bot.sandbox.app import create_sandbox
from bot.sandbox.options import SandboxOptions

log = logging.getLogger("bot.sandbox")
STOP_S = 5.0


def serve(options: SandboxOptions, host: str = "127.0.0.1", port: int = 8010) -> None:
    """Serve until SIGTERM or SIGINT; requests under way get five seconds to end. Access lines are not logged:
    query strings carry tokens."""
    app = create_sandbox(options)
    server = WSGIServer((host, port), app, log=None, error_log=log)

    def stop(*_args: object) -> None:
        gevent.spawn(server.stop, STOP_S)

    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, stop)
    log.info("sandbox_listening host=%s port=%s", host, port)
    try:
        server.serve_forever()
    finally:
        app.extensions["sandbox"].close()
