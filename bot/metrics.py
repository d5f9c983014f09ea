"""What /metrics tells. Labels are names of kinds, never of people or words.

With several web processes the values are shared through files in PROMETHEUS_MULTIPROC_DIR, see
``bot.metrics_folder``.
"""

from __future__ import annotations

import os

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess

INBOUND = Counter(
    "anquanshao_inbound_total", "Callbacks by channel, kind and what became of them", ["channel", "kind", "result"]
)
ANSWER_SECONDS = Histogram(
    "anquanshao_answer_seconds",
    "From a callback's arrival to its answer",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0),
)
WORKER_AGE = Gauge(
    "anquanshao_worker_age_seconds", "Since a worker last said it lives; -1 if none did", multiprocess_mode="mostrecent"
)
OLDEST_DUE = Gauge(
    "anquanshao_outbox_oldest_due_seconds",
    "How long the oldest message that could leave has been waiting; -1 if not known",
    multiprocess_mode="mostrecent",
)


def tell(*, worker_age_s: float | None, oldest_due_s: float | None) -> None:
    """Set the figures that are read when they are asked for."""
    WORKER_AGE.set(-1 if worker_age_s is None else worker_age_s)
    OLDEST_DUE.set(-1 if oldest_due_s is None else oldest_due_s)


def exposition() -> bytes:
    """The text that Prometheus reads, over all processes where there are several."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)
    return generate_latest()
