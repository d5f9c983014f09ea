"""Commands about what is served: withdrawing an answer at night, writing the knowledge base back into files."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from bot.console import audit
from handlers.consult.publishing import live, withdrawing
from handlers.consult.publishing.events import Refused

if TYPE_CHECKING:
    from bot.services import Services

Maker = Callable[[], "Services"]


@click.command("withdraw")
@click.argument("entry_id", metavar="ID")
@click.option("--reason", required=True, help="为什么撤回，一句话")
@click.pass_obj
def withdraw(make: Maker, entry_id: str, reason: str) -> None:
    """撤回一条答案：2秒内哪里都不再答它"""
    services = make()
    live.install(services)
    try:
        with services.database.begin() as session:
            withdrawing.withdraw(session, services, entry_id, audit.COMMAND, reason)
            audit.append(session, actor=audit.COMMAND, action="knowledge.withdraw", subject=entry_id)
    except Refused as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"已撤回 {entry_id}，2秒内各处生效。问到它的人会听到“正在重新核对”，问题留给专家。")
    click.echo("谁听过这条答案、要不要发更正：工作台“知识库”里这一条的页面。恢复要两个人。")
