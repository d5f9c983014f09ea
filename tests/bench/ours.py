"""The service as a plain WSGI target, for trying servers that are not its own."""

from __future__ import annotations

from bot import logs
from bot.app import create_app
from config.keys import load_settings

_settings = load_settings()
logs.configure(_settings.log_level, "web")
app = create_app(_settings)
