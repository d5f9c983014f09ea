"""What /metrics tells. Labels are names of kinds, never of people or words.

With several web processes the values are shared through files in PROMETHEUS_MULTIPROC_DIR, which ``up`` sets.
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
OUTBOX = Counter("anquanshao_outbox_total", "Outgoing messages by kind of end", ["channel", "state", "reason"])
OUTBOX_DUE = Gauge("anquanshao_outbox_due", "Messages due and not sent", multiprocess_mode="mostrecent")


def exposition() -> bytes:
    """The text that Prometheus reads, over all processes where there are several."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)
        return generate_latest(registry)
    return generate_latest()
