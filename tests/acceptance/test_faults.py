"""Parts that stop under load: nothing fails for people, nothing happens twice, and all of it comes back."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.acceptance.installation import Installation, Process, until
from tests.acceptance.pouring import Delivery, Pouring, inbound_rows, same_words

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
RATE = 30


@pytest.fixture(scope="module")
def loaded() -> Iterator[Installation]:
    """An installation of its own: its parts get killed."""
    with tempfile.TemporaryDirectory(prefix="faults-", ignore_cleanup_errors=True) as name:
        made = Installation(Path(name) / "var")
        try:
            yield made.start()
        finally:
            made.stop()


def valkey_of(installation: Installation) -> int:
    return int((installation.folder / "valkey" / "valkey.pid").read_text())


def unanswered(deliveries: list[Delivery]) -> list[Delivery]:
    return [one for one in deliveries if not one.answered]


def nothing_failed(pouring: Pouring, *, cut: int = 0) -> None:
    """No 5xx, every message answered, equal answers to its repeats; ``cut`` tries may have lost their connection."""
    statuses = [status for one in pouring.deliveries for status in one.statuses]
    assert [status for status in statuses if status >= 400] == []
    assert statuses.count(0) <= cut, f"{statuses.count(0)} connections lost"
    assert unanswered(pouring.deliveries) == []
    assert all(same_words(one.answers) for one in pouring.deliveries)


def nothing_twice(installation: Installation, pouring: Pouring, before: int) -> None:
    rows, different = inbound_rows(installation.folder)
    assert rows == different
    assert rows - before == len(pouring.deliveries)


def slowest(pouring: Pouring) -> float:
    return max(second for one in pouring.deliveries for second in one.seconds)


@pytest.mark.parametrize("how", [signal.SIGSTOP, signal.SIGKILL], ids=["hangs", "dies"])
def test_valkey_stops(loaded: Installation, how: signal.Signals) -> None:
    before, _ = inbound_rows(loaded.folder)
    with Pouring(loaded.address, loaded.folder, RATE) as pouring:
        time.sleep(3)
        server = valkey_of(loaded)
        os.kill(server, how)
        time.sleep(20 if how is signal.SIGSTOP else 8)  # killed it is started again at once
        assert httpx.get(f"{loaded.address}/healthz", timeout=5).status_code == 200
        if how is signal.SIGSTOP:
            os.kill(server, signal.SIGCONT)
        time.sleep(4)
    nothing_failed(pouring)
    nothing_twice(loaded, pouring, before)
    assert slowest(pouring) < 4.0
    until(lambda: httpx.get(f"{loaded.address}/readyz").json()["cache"], 20)


def test_a_web_process_is_killed(loaded: Installation) -> None:
    before, _ = inbound_rows(loaded.folder)
    master, *workers = webs(loaded)
    with Pouring(loaded.address, loaded.folder, RATE) as pouring:
        time.sleep(3)
        os.kill(workers[0].pid, signal.SIGKILL)
        time.sleep(5)
    nothing_failed(pouring, cut=2 * RATE)
    nothing_twice(loaded, pouring, before)
    until(lambda: len(webs(loaded)) == 1 + len(workers), 10)
    assert webs(loaded)[0].pid == master.pid


def test_the_whole_web_is_killed(loaded: Installation) -> None:
    before, _ = inbound_rows(loaded.folder)
    master = webs(loaded)[0]
    with Pouring(loaded.address, loaded.folder, 10) as pouring:
        time.sleep(2)
        os.kill(master.pid, signal.SIGKILL)
        until(lambda: any(one.parent == master.parent and one.pid != master.pid for one in webs(loaded)), 20)
        until(lambda: len(webs(loaded)) == 3 and answers(loaded), 20)
        mark = time.monotonic()
        time.sleep(3)
    late = [one for one in pouring.deliveries if one.at > mark]
    assert late and unanswered(late) == []
    assert not any(status >= 500 for one in pouring.deliveries for status in one.statuses)
    rows, different = inbound_rows(loaded.folder)
    assert rows == different and rows > before


def test_the_worker_is_killed(loaded: Installation) -> None:
    before, _ = inbound_rows(loaded.folder)
    worker = loaded.named("-m bot worker")[0]
    with Pouring(loaded.address, loaded.folder, RATE) as pouring:
        time.sleep(2)
        os.kill(worker.pid, signal.SIGKILL)
        until(lambda: any(one.pid != worker.pid for one in loaded.named("-m bot worker")), 10)
        time.sleep(2)
    nothing_failed(pouring)
    nothing_twice(loaded, pouring, before)
    until(lambda: httpx.get(f"{loaded.address}/readyz").json()["worker_age_s"] < 6, 15)


def webs(installation: Installation) -> list[Process]:
    return installation.named("-m bot web")


def answers(installation: Installation) -> bool:
    try:
        return httpx.get(f"{installation.address}/healthz", timeout=1).status_code == 200
    except httpx.TransportError:
        return False
