"""Puts the console together: its own pages, the features' pages, the door, the headers."""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from flask import Blueprint, Flask, current_app, g, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from bot import clock
from bot.console import audit_pages, home, profile, signin, staff_pages, switches_pages
from bot.console.audit import action_words, detail_words
from bot.console.guard import EXTENSION, PREFIX, csrf, gate, in_console, page_of, request_id, services_here
from bot.console.roles import HALF_SIGNED_IN, PUBLIC, ROLES, declare, matrix, may_open

if TYPE_CHECKING:
    from bot.services import Services

log = structlog.get_logger(__name__)

STATIC = Path(__file__).parent / "static"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; media-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def register_console(app: Flask, services: Services) -> None:
    """Mount the console and every feature's pages under /console/.

    A feature's ``pages(services)`` returns a fresh blueprint; its endpoints keep the blueprint's own name.

    Raises RuntimeError when a route under /console/ names no page of the matrix: such a route would be shut to all.
    """
    app.extensions[EXTENSION] = services
    if not app.secret_key:
        app.secret_key = services.settings.secret_key.get_secret_value()
    secure = services.settings.base_url.startswith("https://")
    app.config.update(SESSION_COOKIE_SAMESITE="Lax", SESSION_COOKIE_HTTPONLY=True, SESSION_COOKIE_SECURE=secure)
    app.config.update(WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_TIME_LIMIT=None)
    csrf.init_app(app)
    app.before_request(gate)
    app.after_request(_add_headers)
    app.context_processor(_page_context)
    app.add_template_filter(clock.words, "when")
    app.add_template_filter(since, "since")

    console = Blueprint("console", __name__, url_prefix=PREFIX, template_folder="templates", static_folder="static")
    _show_errors(console)
    for module in (home, signin, profile, staff_pages, switches_pages, audit_pages):
        console.register_blueprint(module.blueprint)
    app.register_blueprint(console)
    for feature in services.features:
        declare(feature.console)
        for pages in feature.pages:
            _mount(app, pages(services))
    _check_routes(app)


def routes_without_page(app: Flask) -> list[str]:
    """Rules under /console/ whose view names no page that the matrix knows."""
    known = {*matrix(), PUBLIC, HALF_SIGNED_IN}
    with app.app_context():
        return [
            rule.rule
            for rule in app.url_map.iter_rules()
            if rule.rule.startswith(PREFIX) and page_of(rule.endpoint) not in known
        ]


def since(moment: datetime, now: datetime | None = None) -> str:
    """How long ago, in round words: 刚刚, 5分钟, 3小时, 2天."""
    minutes = int(((now or clock.system()) - moment).total_seconds() // 60)
    if minutes < 1:
        return "刚刚"
    if minutes < 60:
        return f"{minutes}分钟"
    if minutes < 48 * 60:
        return f"{minutes // 60}小时"
    return f"{minutes // (24 * 60)}天"


def _mount(app: Flask, blueprint: Blueprint) -> None:
    _show_errors(blueprint)
    app.register_blueprint(blueprint, url_prefix=PREFIX + (blueprint.url_prefix or ""))


def _show_errors(blueprint: Blueprint) -> None:
    blueprint.register_error_handler(HTTPException, _show_error)
    blueprint.register_error_handler(Exception, _show_failure)


def _check_routes(app: Flask) -> None:
    lost = routes_without_page(app)
    if lost:
        raise RuntimeError(f"console routes without a page: {', '.join(lost)}")


def _show_error(error: HTTPException) -> Response | tuple[str, int]:
    if error.response is not None:
        return current_app.make_response(error.response)
    code = error.code or 500
    if isinstance(error, CSRFError):
        return render_template("console/error.html", code="csrf"), 400
    return render_template("console/error.html", code=code, request_id=request_id()), code


def _show_failure(error: Exception) -> tuple[str, int]:
    """What no view expected: a number to quote for the person, the trace in the log under the same number."""
    log.error("console.failed", endpoint=request.endpoint, request_id=request_id(), exc_info=error)
    return render_template("console/error.html", code=500, request_id=request_id()), 500


def _add_headers(response: Response) -> Response:
    if not in_console():
        return response
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    if (request.endpoint or "").endswith(".static"):
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if "v" in request.args else "no-cache"
    else:
        response.headers["Cache-Control"] = "no-store"
    return response


def _page_context() -> dict[str, Any]:
    """What every console template may use."""
    if not in_console():
        return {}
    visitor = g.get("visitor")
    full = visitor is not None and not (visitor.owes_code or visitor.owes_password or visitor.owes_enrolment)
    return {
        "me": visitor.staff if visitor else None,
        "menu": _menu(visitor.staff.role) if full else [],
        "roles": ROLES,
        "may": lambda page: full and may_open(visitor.staff.role, page),
        "asset": _asset,
        "action_words": action_words,
        "detail_words": detail_words,
        "sandbox": services_here().settings.sandbox,
    }


def _menu(role: str) -> list[tuple[str, str, str, bool]]:
    """Menu entries of a role that have a route: title, address, icon, whether it is the present one."""
    views, here = current_app.view_functions, page_of(request.endpoint)
    within = next((name for name in matrix() if here and here.startswith(f"{name}.")), here)  # "consult.entries.write"
    return [
        (entry.title, url_for(entry.endpoint), entry.icon, name in (here, within))
        for name, entry in matrix().items()
        if entry.endpoint and role in entry.roles and entry.endpoint in views
    ]


def _asset(path: str) -> str:
    """The address of a static file of the shell, with its content's hash, so that it may be kept for a year."""
    return url_for("console.static", filename=path, v=_digest(path))


@cache
def _digest(path: str) -> str:
    return hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:12]
