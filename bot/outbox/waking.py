"""Making a planned message leave at once, and the jobs that deliver it in any case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.features import Job
from bot.jobs import enqueue
from bot.outbox.delivery import deliver_due
from bot.outbox.receipts import settle_parked

if TYPE_CHECKING:
    from bot.services import Services

DELIVER = "outbox.deliver"

JOBS = (
    Job(DELIVER, deliver_due, every_s=1, alone=False),
    Job("outbox.receipts", settle_parked, every_s=60),
)
"""The outbox's own jobs, for the worker and for ``tick``."""


def wake(services: Services) -> None:
    """After the commit: let a worker deliver now. Nothing is lost if this fails; the worker looks every second."""
    enqueue(services, DELIVER)
