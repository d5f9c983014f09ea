"""``inbox list|replay`` for operators."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click
from sqlalchemy import select

from bot.clock import words
from bot.inbox.late import ReplayError, replay
from bot.inbox.records import FAILED, KEPT, InboundMessage
from bot.services import Services

GetServices = Callable[[], Services]


@click.group("inbox")
def inbox() -> None:
    """Messages that came in: what failed, what was not understood."""


@inbox.command("list")
@click.option("--all", "everything", is_flag=True, help="The answered ones too.")
@click.option("--most", default=50, show_default=True, type=click.IntRange(1, 1000))
@click.pass_obj
def list_messages(get: GetServices, everything: bool, most: int) -> None:
    """Failed and kept messages, newest first. Shows no sender and no words."""
    wanted = select(InboundMessage).order_by(InboundMessage.received_at.desc()).limit(most)
    if not everything:
        wanted = wanted.where(InboundMessage.status.in_((FAILED, KEPT)))
    with get().database.reading() as session:
        rows = list(session.scalars(wanted))
    for row in rows:
        where = f"{row.channel:7} {row.kind:24} {row.status:8}"
        click.echo(f"{row.id}  {words(row.received_at):12} {where} {row.feature or '-':10} {row.reason}")
    click.echo(f"{len(rows)} messages")


@inbox.command("replay")
@click.argument("message_id", metavar="ID")
@click.pass_obj
def replay_message(get: GetServices, message_id: str) -> None:
    """Answer a failed message once more; the answer goes out through the outbox."""
    services = get()
    for feature in services.features:
        for start in feature.starts:  # a message is answered from what is served, as in the web
            start(services)
    try:
        click.echo(replay(services, message_id.strip().upper()))
    except ReplayError as error:
        click.echo(f"not replayed: {error}", err=True)
        sys.exit(1)
