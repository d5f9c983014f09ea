"""Commands: ``user add``, ``user list``, ``user code`` (demo only), ``audit verify``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click
from sqlalchemy import select

from bot import switches
from bot.console import audit
from bot.console import staff as accounts
from bot.console.demo import demo_code
from bot.console.records import Staff
from bot.console.roles import ROLES
from bot.console.staff import NewStaff, StaffError

if TYPE_CHECKING:
    from bot.services import Services

Maker = Callable[[], "Services"]


@click.group("user")
def user_group() -> None:
    """工作台人员"""


@user_group.command("add")
@click.argument("username", metavar="NAME")
@click.option("--role", required=True, type=click.Choice(list(ROLES)), help="角色")
@click.option("--name", "shown", default="", help="姓名；不写就用用户名")
@click.option("--region", default="", help="市县；不写就是全省")
@click.option("--industry", default="", help="行业；不写就是全部")
@click.option("--wecom", "userid", default="", help="企业微信账号，填了可扫码登录")
@click.pass_obj
def user_add(make: Maker, username: str, role: str, shown: str, region: str, industry: str, userid: str) -> None:
    """新增一个账号，打印一次性密码"""
    services = make()
    new = NewStaff(username, shown, role, region, industry, userid)
    try:
        with services.database.begin() as session:
            staff, password = accounts.add(session, services, new)
            audit.append(
                session, actor=audit.COMMAND, action="staff.added", subject=staff.id, detail={"role": staff.role}
            )
    except StaffError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"已新增 {staff.username}（{ROLES[staff.role]}）")
    click.echo(f"一次性密码：{password}")
    click.echo("7天内有效，第一次登录要换成自己的密码。")


@user_group.command("list")
@click.pass_obj
def user_list(make: Maker) -> None:
    """列出所有账号"""
    with make().database.reading() as session:
        for staff in session.scalars(select(Staff).order_by(Staff.username)):
            state = "" if staff.active else "（已停用）"
            click.echo(f"{staff.username}\t{staff.name}\t{ROLES.get(staff.role, staff.role)}{state}")


@user_group.command("code")
@click.argument("username", metavar="NAME")
@click.pass_obj
def user_code(make: Maker, username: str) -> None:
    """演示账号此刻的第二步验证码（只在演示环境有）"""
    code = demo_code(make(), username.strip().lower())
    if not code:
        raise click.ClickException("只有演示环境里开了第二步验证的演示账号才有验证码。")
    click.echo(code)


@click.group("audit")
def audit_group() -> None:
    """审计日志"""


@audit_group.command("verify")
@click.pass_obj
def audit_verify(make: Maker) -> None:
    """检查审计日志有没有被改过"""
    with make().database.reading() as session:
        report = audit.verify_chain(session)
    if not report.sound:
        raise click.ClickException(
            f"第{report.broken_at}条对不上，前{report.count}条完好。请保留现场，马上报告负责人。"
        )
    click.echo(f"{report.count}条都对得上。末尾校验码 {report.head}")


@click.group("feature")
def feature_group() -> None:
    """功能开关"""


@feature_group.command("list")
@click.pass_obj
def feature_list(make: Maker) -> None:
    """每个功能现在的状态"""
    services = make()
    states = switches.current(services)
    for feature in services.features:
        state = states.state(feature.name) if feature.can_switch_off else switches.ON
        click.echo(f"{feature.name:16}{state:10}{feature.title}{'' if feature.can_switch_off else '（不能关）'}")


@feature_group.command("set")
@click.argument("name")
@click.argument("state", type=click.Choice(list(switches.STATES)))
@click.pass_obj
def feature_set(make: Maker, name: str, state: str) -> None:
    """开、只给电话和转人工（limited）、关；2秒内各处生效"""
    services = make()
    known = {feature.name: feature for feature in services.features if feature.can_switch_off}
    if name not in known:
        raise click.ClickException(f"没有能开关的功能 {name}；有：{'、'.join(sorted(known))}")
    with services.database.begin() as session:
        switches.change(session, name, state, audit.COMMAND, services.clock.now())
        audit.append(session, actor=audit.COMMAND, action=f"switch.{state}", subject=name)
    click.echo(f"{name}：{switches.words(known[name], state)}")


COMMANDS: tuple[click.Command, ...] = (user_group, audit_group, feature_group)
