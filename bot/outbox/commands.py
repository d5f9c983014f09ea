"""``outbox list|retry|pause|resume`` for operators. ``ctx.obj`` is a function that gives the Services."""

from __future__ import annotations

from collections.abc import Callable

import click

from bot import outbox
from bot.clock import words
from bot.outbox.desk import counts
from bot.outbox.holds import active
from bot.outbox.records import (
    ACCEPTED,
    CANCELLED,
    DELIVERED,
    FAILED,
    PLANNED,
    SENDING,
    SKIPPED,
    UNCERTAIN,
    UNKNOWN,
)
from bot.services import Services

GetServices = Callable[[], Services]

STATE_WORDS = {
    PLANNED: "待发",
    SENDING: "发送中",
    UNCERTAIN: "待确认",
    ACCEPTED: "已发出",
    DELIVERED: "已送达",
    SKIPPED: "已跳过",
    CANCELLED: "已取消",
    FAILED: "未发成",
    UNKNOWN: "不确定",
}


@click.group("outbox")
def group() -> None:
    """发件箱：查看、重发、暂停、恢复。"""


@group.command("list")
@click.option("--state", type=click.Choice(sorted(STATE_WORDS)), default=None, help="只看这一种状态")
@click.option("--kind", default="", help="只看这一类消息")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@click.pass_obj
def list_(get: GetServices, state: str | None, kind: str, limit: int) -> None:
    """最近的消息，新的在前；不显示收件人和内容。"""
    services = get()
    with services.database.reading() as session:
        totals, rows = counts(session), outbox.listing(session, state=state or "", kind=kind, limit=limit)
        holds = active(session, services.clock.now())
    for hold in holds:
        until = f"到 {words(hold.until)}" if hold.until else "直到恢复"
        click.echo(f"暂停：{hold.name} {until}（{hold.reason}）")
    click.echo(
        "　".join(f"{STATE_WORDS.get(name, name)} {number}" for name, number in sorted(totals.items())) or "没有消息"
    )
    for row in rows:
        why = f"{row.reason} {row.errcode or ''}".strip()
        line = (row.id, words(row.planned_at), STATE_WORDS.get(row.state, row.state), row.channel, row.kind, row.step)
        click.echo("  ".join((*line, f"试过{row.attempts}次", why)).rstrip())


@group.command("retry")
@click.argument("message_ids", nargs=-1)
@click.option("--failed", "all_failed", is_flag=True, help="所有未发成的")
@click.option("--kind", default="", help="同 --failed 一起用：只重发这一类")
@click.pass_obj
def retry_(get: GetServices, message_ids: tuple[str, ...], all_failed: bool, kind: str) -> None:
    """重发未发成、已跳过或不确定的消息。不确定的可能已经到了，重发会收到两遍。"""
    if bool(message_ids) == all_failed:
        raise click.UsageError("写上消息编号，或者用 --failed")
    services = get()
    with services.database.begin() as session:
        ids = message_ids
        if all_failed:
            ids = tuple(row.id for row in outbox.listing(session, state=FAILED, kind=kind, limit=1000))
        refused = [one for one in ids if not outbox.retry(session, services, one)]
    outbox.wake(services)
    click.echo(f"已重新安排 {len(ids) - len(refused)} 条。")
    if refused and not all_failed:
        raise click.ClickException(f"这几条不能重发（没有这条、还没发完，或本人已看到）：{' '.join(refused)}")


@group.command("pause")
@click.argument("name", default="all")
@click.option("--reason", default="人工暂停", help="记下原因")
@click.pass_obj
def pause_(get: GetServices, name: str, reason: str) -> None:
    """暂停发送：all（全部）、wechat、wecom。消息留着，恢复后再发。"""
    if name not in {"all", "wechat", "wecom"}:
        raise click.UsageError("只能是 all、wechat 或 wecom")
    services = get()
    with services.database.begin() as session:
        outbox.pause(session, services, reason, name=name)
    click.echo("已暂停。恢复用：python -m bot outbox resume")


@group.command("resume")
@click.argument("name", default="")
@click.pass_obj
def resume_(get: GetServices, name: str) -> None:
    """恢复发送；不写名称就全部恢复。"""
    services = get()
    with services.database.begin() as session:
        lifted = outbox.resume(session, name=name or None)
    outbox.wake(services)
    click.echo(f"已恢复 {lifted} 处暂停。" if lifted else "本来就没有暂停。")
