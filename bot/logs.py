"""Structured logs: one JSON line an event on standard error, with the request id that follows a message everywhere.

What may be said: names of events, ids of rows, counts, times, error classes. Never an openid, a phone, a name or a
word that somebody wrote. Exceptions are logged by class and place, because their text may quote a message.
"""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Any

import structlog
from structlog.contextvars import clear_contextvars
from structlog.typing import Processor

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
QUIET = ("httpx", "httpcore", "huey", "alembic", "wechatpy", "werkzeug", "urllib3")


def configure(level: str = "info", process: str = "") -> None:
    """Set up logging for this process; ``process`` (web, worker, …) is on every line."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s", stream=sys.stderr)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            _named(process),
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _exception_place,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    clear_contextvars()


def _named(process: str) -> Processor:
    """Puts the process's name on every line: a context variable would not reach threads and greenlets."""

    def add(_logger: object, _name: str, event: Any) -> Any:
        return {**event, "process": process} if process else event

    return add


def _exception_place(_logger: object, _name: str, event: Any) -> Any:
    """Replace ``exc_info`` by the exception's class and the innermost places it passed; its text stays unsaid."""
    raised = event.pop("exc_info", None)
    if raised is True:
        raised = sys.exc_info()[1]
    if isinstance(raised, BaseException):
        frames = traceback.extract_tb(raised.__traceback__)[-4:]
        event["exception"] = type(raised).__name__
        event["at"] = [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]
    return event


def _short(filename: str) -> str:
    return "/".join(filename.replace("\\", "/").split("/")[-3:])
