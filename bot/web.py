"""The web processes: gunicorn with gevent workers, each building its own application after the fork.

Why this server: docs/adr/0004. ``gevent`` must patch the standard library before anything else is imported; the entry
point (``bot.__main__``) does so for this command.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gevent
from gunicorn.app.base import BaseApplication
from gunicorn.workers.ggevent import GeventWorker

from bot import logs
from config.settings import Settings

CONNECTIONS = 4000
GRACE_S = 20
GC_THRESHOLD = 20_000


class Worker(GeventWorker):
    """Lets go of idle connections when it is told to stop: gunicorn would wait GRACE_S for them, as for requests."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._idle: dict[Any, gevent.Timeout] = {}

    @contextmanager
    def timeout_ctx(self) -> Iterator[None]:
        """Around waiting for a connection's next request."""
        me = gevent.getcurrent()
        with gevent.Timeout(self.cfg.keepalive, False) as limit:
            self._idle[me] = limit
            try:
                yield
            finally:
                self._idle.pop(me, None)

    def notify(self) -> None:
        super().notify()
        if not self.alive:
            loop = gevent.get_hub().loop
            for connection, limit in list(self._idle.items()):
                loop.run_callback(self._let_go, connection, limit)

    def _let_go(self, connection: Any, limit: gevent.Timeout) -> None:
        """In the event loop itself, so that nothing can have arrived between the look and the throw."""
        if self._idle.get(connection) is limit:
            connection.throw(limit)


class Web(BaseApplication):
    """gunicorn set up from our settings; no control socket, no files outside ``var/``."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        settings = self._settings
        options: dict[str, Any] = {
            "bind": [settings.bind],
            "workers": settings.web_workers,
            "worker_class": Worker,
            "worker_connections": CONNECTIONS,
            "backlog": 2048,
            "keepalive": 75,
            "timeout": 60,
            "graceful_timeout": GRACE_S,
            "accesslog": None,
            "errorlog": "-",
            "loglevel": "warning",
            "control_socket_disable": True,
            "forwarded_allow_ips": "127.0.0.1,::1",
            "proc_name": "anquanshao-web",
            "child_exit": _child_exit,
            "worker_tmp_dir": str(Path(settings.var_dir)),
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        from bot.app import create_app

        logs.configure(self._settings.log_level, "web")
        app = create_app(self._settings)
        gc.collect()
        gc.freeze()  # the index and the lexicon live as long as the process: nothing to look through again
        gc.set_threshold(GC_THRESHOLD)
        return app


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. Raises ValueError for settings that cannot be served with."""
    Web(settings).run()


def _child_exit(_server: Any, worker: Any) -> None:
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
