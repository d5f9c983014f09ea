"""Publishing the custom menu."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click

from bot.channels.errors import ChannelError
from bot.messages import CHANNEL_WORDS, ChannelName
from bot.services import Services
from config.catalog import read_yaml


@click.group("menu")
def menu() -> None:
    """The custom menu in config/menu.yaml."""


@menu.command("publish")
@click.pass_obj
def publish(services: Callable[[], Services]) -> None:
    """Publish the menu on every platform that is configured."""
    failed = False
    for channel, error in publish_menus(services()).items():
        click.echo(f"{CHANNEL_WORDS[channel]}: {error or 'published'}", err=bool(error))
        failed = failed or bool(error)
    sys.exit(1 if failed else 0)


def publish_menus(services: Services) -> dict[ChannelName, str]:
    """The reason it failed by platform, "" where it was published."""
    menus = read_yaml("menu.yaml")
    settings = services.settings
    wanted: list[ChannelName] = []
    if settings.wechat_enabled:
        wanted.append("wechat")
    if settings.wecom_enabled:
        wanted.append("wecom")
    results: dict[ChannelName, str] = {}
    for channel in wanted:
        try:
            services.platform.publish_menu(channel, _with_addresses(menus[channel], settings.base_url))
            results[channel] = ""
        except ChannelError as error:
            results[channel] = f"not published ({error})"
    return results


def _with_addresses(menu_: dict[str, object], base: str) -> dict[str, object]:
    """The menu with ``{base}`` in its addresses filled in."""

    def fill(value: object) -> object:
        if isinstance(value, dict):
            return {name: fill(item) for name, item in value.items()}
        if isinstance(value, list):
            return [fill(item) for item in value]
        return value.replace("{base}", base) if isinstance(value, str) else value

    return fill(menu_)  # type: ignore[return-value]
