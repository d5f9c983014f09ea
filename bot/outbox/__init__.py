"""Every outbound message: planned in the caller's transaction, delivered by the worker. Nothing else sends."""

from bot.outbox.planning import Draft, cancel, cancel_one, event_insert, message_insert, plan, rows_for

__all__ = ["Draft", "cancel", "cancel_one", "event_insert", "message_insert", "plan", "rows_for"]
