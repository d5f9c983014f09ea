"""Composes the sandbox's doors into one Flask application."""

from __future__ import annotations

from flask import Flask, jsonify

from bot.sandbox.api import PlatformApi
from bot.sandbox.control import Control
from bot.sandbox.media_api import MediaApi, files_blueprint
from bot.sandbox.oauth import OAuth
from bot.sandbox.options import SandboxOptions
from bot.sandbox.phone import Phone
from bot.sandbox.wechat_api import WeChatApi
from bot.sandbox.wechat_messages import WeChatMessages
from bot.sandbox.wecom_api import WeComApi
from bot.sandbox.wecom_messages import WeComMessages
from bot.sandbox.world import World

MOST_BYTES = 100 * 1024 * 1024  # nine photos of 10 MB and the form around them


def create_sandbox(options: SandboxOptions) -> Flask:
    """The sandbox as a WSGI application; its `World` is at `app.extensions["sandbox"]`, to be closed after use."""
    app = Flask("bot.sandbox", static_folder=None, template_folder="templates")
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    world = World(options)
    app.extensions["sandbox"] = world
    oauth, media = OAuth(world), MediaApi(world)
    wechat = PlatformApi(world, "wechat")
    for part in (WeChatApi(world), WeChatMessages(world), media, oauth):
        part.register(wechat)
    wecom = PlatformApi(world, "wecom")
    for section in (WeComApi(world), WeComMessages(world), media):
        section.register(wecom)
    doors = (Control(world).blueprint(), Phone(world).blueprint(), files_blueprint(world), oauth.pages())
    for blueprint in (*doors, wechat.finish(), wecom.finish()):
        app.register_blueprint(blueprint)
    app.add_url_rule("/sandbox/healthz", "healthz", lambda: jsonify({"ok": True}))
    return app
