"""What ``make demo`` adds to ``up``: staff to sign in as, the menu on the phone, and a welcome on the screen."""

from __future__ import annotations

import click

from bot.console.demo import seed_demo_staff
from bot.console.roles import ROLES
from bot.services import build_services
from config.settings import Settings


def ready(settings: Settings) -> None:
    """Seed what is not there yet and print where to go."""
    services = build_services(settings)
    try:
        with services.database.begin() as session:
            signins = seed_demo_staff(session, services)
        for feature in services.features:
            for prepare in feature.demo:
                prepare(services)
    finally:
        services.close()
    base = settings.base_url
    lines = [
        "",
        "  安全哨 演示已启动  (Anquanshao demo is up; Ctrl-C stops everything)",
        "",
        f"  手机 phone     {base}/phone/",
        f"  后台 console   {base}/console/",
        "",
        "  后台账号 demo sign-ins:",
        *(f"    {one.username:14}{one.password:22}{ROLES[one.role]}" for one in signins),
        "    （系统管理员还要动态码：.venv/bin/python -m bot user code zhaoguanli）",
        "",
        f"  日志 logs      {settings.var_dir}/log/",
        "",
        "  先试试：高处作业要系安全带吗 · 触电了怎么办 · 工地塌了有人被埋 · 今天天气怎么样",
        "",
    ]
    click.echo("\n".join(lines))
