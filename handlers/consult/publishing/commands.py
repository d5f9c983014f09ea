"""Commands about what is served: withdrawing an answer at night, writing the knowledge base back into files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.console import audit
from handlers.consult.publishing import exporting, live, withdrawing
from handlers.consult.publishing.events import Refused
from knowledge.content import ContentError

if TYPE_CHECKING:
    from bot.services import Services

Maker = Callable[[], "Services"]


@click.command("export")
@click.argument("folder", metavar="[DIR]", type=click.Path(file_okay=False, path_type=Path), required=False)
@click.pass_obj
def export_entries(make: Maker, folder: Path | None) -> None:
    """把知识库（程序里的加上发布的）写回文件；不写DIR就写到 VAR_DIR/knowledge"""
    services = make()
    if not live.install_for_command(services):
        raise click.ClickException("数据库读不到，先看 python -m bot doctor。")
    target = folder or Path(services.settings.var_dir) / "knowledge"
    try:
        done = exporting.export(live.live().serving().index.entries, target)
    except OSError as error:
        raise click.ClickException(f"{error.filename}：{error.strerror}，换一个能写的文件夹。") from error
    except ContentError as error:
        raise click.ClickException(f"写出来的文件读不回去，请告诉开发的人：{error}") from error
    counts = f"改了{len(done.changed)}条，新增{len(done.new)}条，去掉{len(done.gone)}条"
    click.echo(f"写到 {target}：{len(done.files)}个主题，{counts}。")
    for words, ids in (("改", done.changed), ("增", done.new), ("去", done.gone)):
        for entry_id in ids:
            click.echo(f"  {words} {entry_id}")


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
