"""Work away from the web process. The only module that knows the job engine (Huey).

The engine only makes things quick: ``enqueue`` asks for a job to run at once, and if that request is lost the job still
runs, because every job with ``every_s`` is also run by the worker's own scheduler, which needs the database alone. Two
workers do no harm: a turn is taken by compare-and-set on the job's row, and jobs with ``alone=False`` claim their own.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import structlog
from huey import RedisHuey
from huey.consumer import Consumer
from redis import ConnectionPool
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from bot.clock import Clock, stopwatch, system
from bot.features import Job
from bot.ids import new_id
from bot.job_records import beat, due_jobs, heartbeat_age_s, note_result, take_turn
from bot.storage.cache import redis_url

if TYPE_CHECKING:
    from bot.services import Services

log = structlog.get_logger(__name__)

QUEUE = "anquanshao"
ENGINE_THREADS = 2
SCHEDULER_THREADS = 4
LOOK_S = 1.0
HEARTBEAT_S = 5.0
SHUTDOWN_S = 20
WAKE_S = 60
AFTER_FAULT_S = 5.0
MOST_WORDS = 120

__all__ = [
    "Ticked",
    "Worker",
    "enqueue",
    "heartbeat_age_s",
    "run_worker",
    "stopping",
    "tick",
]

_stop: ContextVar[threading.Event | None] = ContextVar("worker_stop", default=None)

# Away brokers are reported once by the cache; the engine would write a traceback every second.
for _name in ("huey.consumer.Worker", "huey.consumer.Scheduler"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)
for _name in ("huey", "huey.consumer"):
    logging.getLogger(_name).setLevel(logging.WARNING)


def stopping() -> bool:
    """Whether the worker this code runs in has been told to stop; a long job looks here between its pieces."""
    stop = _stop.get()
    return stop is not None and stop.is_set()


# -- asking for a job -------------------------------------------------------------------------------------------------


def enqueue(services: Services, job_name: str) -> bool:
    """Ask a worker to run a job at once. False when the broker is away: the scheduler will run it all the same.

    Requests for a job that has not begun yet are one request.
    """

    def ask(client: Any) -> bool:
        if client.set(_wake_key(job_name), "1", nx=True, ex=WAKE_S) is None:
            return True
        engine = RedisHuey(QUEUE, results=False, connection_pool=client.connection_pool)
        _register(engine, lambda _name: None)(job_name)
        return True

    return bool(services.cache.call(ask, False))


def _wake_key(job_name: str) -> str:
    return f"wake:{job_name}"


def _register(engine: RedisHuey, work: Callable[[str], None]) -> Any:
    """The engine's one task: run the job of this name."""

    def run_job(name: str) -> None:
        work(name)

    return engine.task(name="run_job")(run_job)


# -- the worker -------------------------------------------------------------------------------------------------------


def all_jobs(services: Services, core: Sequence[Job] = ()) -> dict[str, Job]:
    """Every job by name: the features' first, then the engine's own."""
    return {
        job.name: job
        for job in (
            *(job for feature in services.features for job in feature.jobs),
            *core,
        )
    }


def run_worker(services: Services, core: Sequence[Job] = (), *, stop: threading.Event | None = None) -> None:
    """Run jobs until SIGTERM or SIGINT, or until ``stop`` is set; then finish what is under way, up to 20 s.

    In the main thread the signals are taken over and given back at the end; in another thread only ``stop`` counts.
    """
    for feature in services.features:
        for start in feature.starts:
            start(services)
    worker = Worker(services, core, stop or threading.Event())
    with _signals() as caught:
        worker.start()
        looked = stopwatch()
        while not (caught or worker.stop.wait(0.2)):
            if stopwatch() - looked > HEARTBEAT_S:
                worker.check_health()
                looked = stopwatch()
        log.info("worker.stopping", signal=caught[0] if caught else "")
        worker.finish()


@contextmanager
def _signals() -> Iterator[list[str]]:
    """Names of caught signals. The handler only notes: setting an Event inside one could wait for itself."""
    caught: list[str] = []
    if threading.current_thread() is not threading.main_thread():
        yield caught
        return

    def note(number: int, _frame: object) -> None:
        caught.append(signal.Signals(number).name)

    before = {number: signal.signal(number, note) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Consumer(Consumer):  # type: ignore[misc]
    """Huey's consumer, which would otherwise take the signals (and fail outside the main thread)."""

    def _set_signal_handlers(self) -> None:
        return


class Worker:
    """One worker process's threads: the engine's, the scheduler, sweepers and the heartbeat."""

    def __init__(self, services: Services, core: Sequence[Job], stop: threading.Event) -> None:
        self.id = new_id()
        self.stop = stop
        self._services = services
        self._jobs = all_jobs(services, core)
        self._busy: set[str] = set()
        self._busy_lock = threading.Lock()
        self._pool = ThreadPoolExecutor(SCHEDULER_THREADS, thread_name_prefix="job")
        engine = RedisHuey(
            QUEUE,
            results=False,
            connection_pool=ConnectionPool.from_url(redis_url(services.settings), socket_timeout=10),
            read_timeout=1,
        )
        _register(engine, self._run_asked)
        self._consumer = _Consumer(
            engine,
            workers=ENGINE_THREADS,
            periodic=False,
            max_delay=1.0,
            shutdown_timeout=SHUTDOWN_S,
        )
        self._threads = [
            threading.Thread(target=self._heartbeat, name="heartbeat", daemon=True),
            threading.Thread(target=self._schedule, name="scheduler", daemon=True),
        ]
        self._threads += [
            threading.Thread(target=self._sweep, args=(job,), name=f"sweep {job.name}", daemon=True)
            for job in self._jobs.values()
            if job.every_s and not job.alone
        ]

    def start(self) -> None:
        log.info("worker.started", worker=self.id, jobs=len(self._jobs))
        for thread in self._threads:
            thread.start()
        self._consumer.start()

    def check_health(self) -> None:
        """Start the engine's threads again if one has died."""
        self._consumer.check_worker_health()

    def finish(self) -> None:
        """Stop taking work and wait for what is under way."""
        self.stop.set()
        until = stopwatch() + SHUTDOWN_S
        try:
            self._consumer.stop(graceful=True)
        except (RedisError, OSError) as error:
            log.warning("worker.engine_stop", error=type(error).__name__)
        for thread in self._threads:
            thread.join(max(until - stopwatch(), 0.1))
        self._pool.shutdown(wait=True, cancel_futures=True)
        log.info("worker.stopped", worker=self.id)

    # -- its threads -------------------------------------------------------------------------------------------------

    def _run_asked(self, name: str) -> None:
        job = self._jobs.get(name)
        self._services.cache.call(lambda client: client.delete(_wake_key(name)))
        if job is not None and not self.stop.is_set():
            self._run(job)

    def _sweep(self, job: Job) -> None:
        while not self.stop.wait(job.every_s):
            if not self._run(job):
                self.stop.wait(AFTER_FAULT_S)

    def _schedule(self) -> None:
        jobs = [job for job in self._jobs.values() if job.every_s and job.alone]
        while jobs and not self.stop.wait(LOOK_S):
            try:
                due = due_jobs(self._services, jobs)
            except SQLAlchemyError as error:
                log.error("worker.schedule", error=type(error).__name__)
                self.stop.wait(AFTER_FAULT_S)
                continue
            for job in due:
                with self._busy_lock:
                    if job.name in self._busy:
                        continue
                    self._busy.add(job.name)
                self._pool.submit(self._take_turn, job)

    def _take_turn(self, job: Job) -> None:
        try:
            if not self.stop.is_set() and take_turn(self._services, job):
                ok = self._run(job)
                note_result(self._services, job, ok)
        except SQLAlchemyError as error:
            log.error("worker.turn", job=job.name, error=type(error).__name__)
        finally:
            with self._busy_lock:
                self._busy.discard(job.name)

    def _run(self, job: Job) -> bool:
        _stop.set(self.stop)
        try:
            job.run(self._services)
        except Exception:
            log.exception("job.failed", job=job.name)
            return False
        return True

    def _heartbeat(self) -> None:
        while True:
            try:
                beat(self._services, self.id)
            except SQLAlchemyError as error:
                log.error("worker.heartbeat", error=type(error).__name__)
            if self.stop.wait(HEARTBEAT_S):
                return


# -- by hand ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ticked:
    """What one job made of a tick. ``words`` is what it returned, or the error's kind."""

    name: str
    ok: bool
    words: str


def tick(services: Services, now: datetime, core: Sequence[Job] = ()) -> list[Ticked]:
    """Run every scheduled job once as if it were ``now``: plan and send what is due at that time. What deletes is left
    out: a look at next year must not empty this one."""
    offset = now - system()
    moved = replace(services, clock=Clock(lambda: offset))
    return [_tick_one(moved, job) for job in all_jobs(services, core).values() if job.every_s and not job.deletes]


def _tick_one(services: Services, job: Job) -> Ticked:
    try:
        result = job.run(services)
    except Exception as error:
        log.exception("job.failed", job=job.name)
        return Ticked(job.name, False, type(error).__name__)
    return Ticked(job.name, True, "" if result is None else str(result)[:MOST_WORDS])
