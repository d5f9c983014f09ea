"""``create_app(settings)``: puts together the engine and the features that config names."""

from __future__ import annotations

from typing import Any

import structlog
from flask import Flask, Response, abort, jsonify, request
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from bot import metrics
from bot.console.app import register_console
from bot.forms import PlainRequest
from bot.health import health
from bot.inbox.inbox import Inbox
from bot.sandbox_door import SandboxDoor
from bot.services import Services, build_services
from bot.storage.db import WEB_BUSY_MS
from bot.webhook import Webhook, WebhookDoor
from config.settings import Settings, missing_for_production

log = structlog.get_logger(__name__)

MOST_FORM_BYTES = 2 * 1024 * 1024


def create_app(settings: Settings, services: Services | None = None) -> Flask:
    """The web application. In production it refuses to start where the private key is: the web must not read identity.

    Raises ValueError naming the setting that is missing or wrong.
    """
    if settings.production and settings.identity_private_key.get_secret_value():
        raise ValueError("IDENTITY_PRIVATE_KEY belongs to the worker alone; unset it for the web process")
    missing = missing_for_production(settings) if settings.production else []
    if missing:
        raise ValueError(f"not set: {', '.join(missing)}; `python -m bot doctor` says where to find them")
    services = services or build_services(settings, busy_ms=WEB_BUSY_MS)
    app = Flask("bot", static_folder="static", static_url_path="/static")
    app.request_class = PlainRequest
    app.secret_key = settings.secret_key.get_secret_value()
    app.config.update(MAX_CONTENT_LENGTH=MOST_FORM_BYTES, MAX_FORM_MEMORY_SIZE=MOST_FORM_BYTES)
    app.extensions["services"] = services
    app.before_request(_refuse_nul)
    register_console(app, services)
    for feature in services.features:
        for pages in feature.web:
            app.register_blueprint(pages(services))
        for warm in feature.warm:
            warm()
        for start in feature.starts:
            start(services)
    _register_plain_routes(app, services)
    app.register_error_handler(Exception, _failed)
    if settings.public_url.startswith("https://"):  # only then does a proxy of ours stand in front
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=0)  # type: ignore[method-assign]
    inner: Any = app.wsgi_app
    if settings.sandbox and settings.sandbox_bind:
        inner = SandboxDoor(inner, settings.sandbox_bind)
    app.wsgi_app = WebhookDoor(inner, Webhook(services, Inbox(services)))  # type: ignore[method-assign]
    return app


def _refuse_nul() -> None:
    """No page of ours has a NUL in its address, and PostgreSQL takes none. Forms are read without (``bot.forms``)."""
    if "\x00" in request.path:
        abort(404)
    if any("\x00" in value for _, value in request.args.items(multi=True)):
        abort(400)


def _register_plain_routes(app: Flask, services: Services) -> None:
    """Health, metrics, the platforms' domain checks, and the front door."""

    @app.get("/")
    def front() -> Response:
        where = "/phone/" if services.settings.sandbox else "/console/"
        return Response(status=302, headers={"Location": where})

    @app.get("/healthz")
    def healthz() -> str:
        return "ok"

    @app.get("/readyz")
    def readyz() -> tuple[Response, int]:
        found = health(services)
        return jsonify(found.as_json()), 200 if found.ready else 503

    @app.get("/metrics")
    def exposition() -> Response:
        found = health(services)
        metrics.tell(worker_age_s=found.worker_age_s, oldest_due_s=found.oldest_due_s)
        return Response(metrics.exposition(), content_type="text/plain; version=0.0.4; charset=utf-8")

    @app.get("/<name>.txt")
    def domain_check(name: str) -> tuple[str, int]:
        content = services.settings.domain_checks.get(f"{name}.txt")
        return (content, 200) if content is not None else ("", 404)


def _failed(error: Exception) -> Any:
    """Whatever a page did not expect: a kind line for the person, a line in the log, never a traceback."""
    if isinstance(error, HTTPException):
        return error
    log.error("page.failed", endpoint=request.endpoint, exc_info=error)
    words = "对不起，系统出了点问题，请过一会儿再试。有急事直接打119、120、110。"
    return Response(words, status=500, content_type="text/plain; charset=utf-8")
