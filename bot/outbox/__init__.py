"""Every outbound message: planned in the caller's transaction, delivered by the worker. Nothing else sends."""

from bot.outbox.contact import Waiting, mark_shown, waiting_for
from bot.outbox.delivery import deliver_due
from bot.outbox.desk import Listed, listing, oldest_due, retry
from bot.outbox.holds import pause, resume
from bot.outbox.planning import Draft, cancel, cancel_one, event_insert, message_insert, plan, rows_for
from bot.outbox.receipts import receipt
from bot.outbox.waking import JOBS, wake

__all__ = [
    "JOBS",
    "Draft",
    "Listed",
    "Waiting",
    "cancel",
    "cancel_one",
    "deliver_due",
    "event_insert",
    "listing",
    "mark_shown",
    "message_insert",
    "oldest_due",
    "pause",
    "plan",
    "receipt",
    "resume",
    "retry",
    "rows_for",
    "waiting_for",
    "wake",
]
