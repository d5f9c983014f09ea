"""The worker: quick with the broker, right without it, whole when it stops."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import select, update

from bot import jobs, outbox
from bot.features import Job
from bot.job_records import JobTick, heartbeat_age_s, take_turn
from bot.messages import Text
from bot.services import Services
from tests.bot.outbox.stage import Stage


@pytest.fixture
def stage(tmp_path: Path, database_url: str, cache_url: str) -> Iterator[Stage]:
    made = Stage(tmp_path, database_url, cache_url)
    yield made
    made.close()


@contextmanager
def working(services: Services, *core: Job) -> Iterator[None]:
    """A worker in a thread of this process."""
    stop = threading.Event()
    thread = threading.Thread(target=jobs.run_worker, args=(services, core), kwargs={"stop": stop})
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(30)
    assert not thread.is_alive()


def soon(check: Callable[[], bool], seconds: float = 10) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if check():
            return True
        time.sleep(0.02)
    return False


def test_a_request_runs_a_job_at_once_and_requests_are_merged(stage: Stage) -> None:
    ran: list[float] = []
    job = Job("slow.job", lambda _services: ran.append(time.monotonic()))
    for _ in range(20):
        assert jobs.enqueue(stage.main, "slow.job")
    with working(stage.services(), job):
        assert soon(lambda: len(ran) == 1)
        time.sleep(0.3)
        assert len(ran) == 1
        asked = time.monotonic()
        jobs.enqueue(stage.main, "slow.job")
        assert soon(lambda: len(ran) == 2)
        assert ran[1] - asked < 0.5
        jobs.enqueue(stage.main, "no.such.job")
        time.sleep(0.2)


def test_without_the_broker_messages_leave_all_the_same(stage: Stage) -> None:
    away = stage.settings.model_copy(update={"redis_url": "unix:///nowhere/valkey.sock"})
    services = stage.services(settings=away)
    assert not jobs.enqueue(services, "outbox.deliver")
    with working(services, *outbox.JOBS):
        message = stage.plan("w", Text("提醒"), channel="wecom")
        outbox.wake(services)
        assert soon(lambda: stage.row(message).state == "accepted")


def test_a_broker_that_forgets_everything_loses_nothing(stage: Stage) -> None:
    messages = [stage.plan(f"w{number}", Text(f"提醒{number}"), channel="wecom") for number in range(5)]
    outbox.wake(stage.main)
    with Redis.from_url(stage.settings.redis_url) as client:
        client.flushall()
    with working(stage.services(), *outbox.JOBS):
        assert soon(lambda: all(stage.row(one).state == "accepted" for one in messages))
    assert len(stage.sent(shown=False)) == 5


def test_scheduled_jobs_take_turns(stage: Stage) -> None:
    job = Job("test.hourly", lambda _services: None, every_s=3600)
    one, two = stage.services(), stage.services()
    turns: list[bool] = []
    barrier = threading.Barrier(2)

    def work(services: Services) -> None:
        barrier.wait()
        turns.append(take_turn(services, job))

    threads = [threading.Thread(target=work, args=(services,)) for services in (one, two)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(turns) == [False, True]
    assert not take_turn(one, job)
    with one.database.begin() as session:
        session.execute(update(JobTick).values(last_start=datetime.now(UTC) - timedelta(hours=2)))
    assert take_turn(two, job)


def test_the_worker_runs_its_schedule_shows_life_and_survives_a_broken_job(stage: Stage) -> None:
    ran: list[str] = []

    def broken(_services: Services) -> None:
        ran.append("broken")
        raise RuntimeError

    core = (Job("test.broken", broken, every_s=60), Job("test.good", lambda _services: ran.append("good"), every_s=60))
    assert heartbeat_age_s(stage.main) is None
    with working(stage.services(), *core), working(stage.services(), *core):
        assert soon(lambda: {"broken", "good"} <= set(ran))
        time.sleep(1.5)
    assert sorted(ran) == ["broken", "good"]
    age = heartbeat_age_s(stage.main)
    assert age is not None
    assert 0 <= age < 10
    with stage.main.database.reading() as session:
        ticks = {one.name: (one.last_result, one.last_ok is None) for one in session.scalars(select(JobTick))}
    assert ticks == {"test.broken": ("failed", True), "test.good": ("ok", False)}


def test_stopping_finishes_what_is_under_way(stage: Stage) -> None:
    stage.fault("message/send", platform="wecom", delay_ms=1000)
    messages = [stage.plan(f"w{number}", Text(f"提醒{number}"), channel="wecom") for number in range(20)]
    with working(stage.services(), *outbox.JOBS):
        assert soon(lambda: "sending" in stage.states())
    states = [stage.row(one).state for one in messages]
    assert set(states) == {"accepted", "planned"}
    assert states.count("accepted") == len(stage.sent(shown=False))


def test_a_tick_sends_what_is_due_at_its_time(stage: Stage) -> None:
    due = datetime(2031, 6, 17, 7, 0, tzinfo=UTC)
    message = stage.plan("w", Text("提醒"), channel="wecom", not_before=due)
    early = jobs.tick(stage.main, due - timedelta(minutes=1), outbox.JOBS)
    assert {(one.name, one.ok) for one in early} == {("outbox.deliver", True), ("outbox.receipts", True)}
    assert stage.row(message).state == "planned"
    assert jobs.tick(stage.main, due + timedelta(minutes=1), outbox.JOBS)[0].words == "1"
    assert stage.row(message).state == "accepted"


PROGRAM = """
import sys
from bot import jobs, outbox
from tests.bot.outbox.stage import worker_services
jobs.run_worker(worker_services(*sys.argv[1:]), outbox.JOBS)
print("stopped whole", flush=True)
"""


def start_worker(stage: Stage) -> subprocess.Popen[str]:
    root = Path(__file__).parent.parent.parent
    words = (stage.settings.database_url, stage.settings.redis_url, stage.base, bytes(stage.private).hex())
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *words], cwd=root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True, env={**os.environ, "PYTHONPATH": str(root)},
    )  # fmt: skip


def test_a_killed_worker_loses_nothing_and_nobody_sees_twice(stage: Stage) -> None:
    stage.fault("message/send", platform="wecom", delay_ms=500)
    messages = [stage.plan(f"w{number}", Text(f"提醒{number}"), channel="wecom") for number in range(20)]
    first = start_worker(stage)
    assert soon(lambda: {"accepted", "sending", "planned"} <= set(stage.states()), 30)
    first.send_signal(signal.SIGKILL)
    first.wait(10)
    stage.mend()
    with stage.main.database.begin() as session:
        ended = datetime.now(UTC) - timedelta(seconds=1)
        left = update(outbox.records.OutboxMessage).where(outbox.records.OutboxMessage.state == "sending")
        session.execute(left.values(lease_until=ended))
    second = start_worker(stage)
    assert soon(lambda: all(stage.row(one).state == "accepted" for one in messages), 30)
    second.send_signal(signal.SIGTERM)
    output, _ = second.communicate(timeout=30)
    assert second.returncode == 0
    assert "stopped whole" in output
    shown = [one["body"]["text"]["content"] for one in stage.sent(platform="wecom")]
    assert sorted(shown) == sorted(f"提醒{number}" for number in range(20))
