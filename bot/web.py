"""The web processes: gunicorn with gevent workers, each building its own application after the fork.

Why this server: docs/adr/0004. ``gevent`` must patch the standard library before anything else is imported; the entry
point (``bot.__main__``) does so for this command.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication

from bot import logs
from config.settings import Settings

CONNECTIONS = 4000
GRACE_S = 20


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
            "worker_class": "gevent",
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
        return create_app(self._settings)


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. Raises ValueError for settings that cannot be served with."""
    Web(settings).run()


def _child_exit(_server: Any, worker: Any) -> None:
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
