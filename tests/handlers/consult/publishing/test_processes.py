"""Two real web processes over one database: a new version is heard from both within 5 s, a withdrawal within 2 s."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bot.front import Front, message, seal
from tests.bot.processes import WebProcess
from tests.handlers.consult.publishing.shelf import ASKED, NEW_WORDS, Shelf, changed

AWAY = "unix:///nowhere/valkey.sock"
CONSULT = "handlers.consult"
CHECKED = "正在重新核对"
CROSSED = pytest.mark.parametrize(
    ("database_url", "cache"),
    [("sqlite", "with cache"), pytest.param("postgres", "cache away", marks=pytest.mark.postgres)],
    indirect=["database_url"],
)


def hears(process: WebProcess) -> str:
    said = process.post(seal("wechat", message(Content=ASKED)))
    assert said is not None
    return said.content


def seconds_until(processes: tuple[WebProcess, ...], heard: Callable[[str], bool], most: float) -> float:
    """How long until every process says it; fails after ``most`` seconds."""
    began, left = time.monotonic(), list(processes)
    while left:
        left = [process for process in left if not heard(hears(process))]
        took = time.monotonic() - began
        assert took < most, f"{len(left)} processes still say what they said before"
        time.sleep(0.1)
    return took


@CROSSED
def test_every_process_serves_it_in_time(open_front: Callable[..., Front], tmp_path: Path, cache: str) -> None:
    front = open_front(features=CONSULT, **({"cache_url": AWAY} if cache == "cache away" else {}))
    shelf = Shelf(front.services)
    url, redis = front.settings.database_url, front.settings.redis_url
    one, two = (WebProcess(tmp_path / name, url, redis, CONSULT) for name in ("one", "two"))
    with one, two:
        both = (one, two)
        assert all(NEW_WORDS not in hears(process) for process in both)
        shelf.publish(changed(answer=NEW_WORDS))
        seconds_until(both, lambda said: said.startswith(NEW_WORDS), 5)
        shelf.withdraw()
        seconds_until(both, lambda said: CHECKED in said, 2)
        shelf.restore()
        seconds_until(both, lambda said: said.startswith(NEW_WORDS), 5)
        time.sleep(2)  # nobody asks anything meanwhile
        shelf.roll_back(0)
        time.sleep(5)
        assert all(NEW_WORDS not in hears(process) for process in both), "the first question after a silence"
    for process in (one, two):
        assert '"level": "error"' not in process.log.read_text()
