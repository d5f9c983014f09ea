"""The console's door: every route under /console/ names its page, and every request is checked before its view runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import SplitResult, urlsplit

from flask import current_app, g, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFProtect
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from bot.console import audit as chain
from bot.console import sessions
from bot.console.records import Staff
from bot.console.roles import HALF_SIGNED_IN, PUBLIC, may_open
from bot.console.sessions import Visitor
from bot.ids import new_id

if TYPE_CHECKING:
    from bot.services import Services

View = TypeVar("View", bound=Callable[..., Any])
PREFIX = "/console"
COOKIE = "console_session"
EXTENSION = "console_services"

csrf = CSRFProtect()


def page(name: str, *, quiet: bool = False) -> Callable[[View], View]:
    """Name the page of ``roles.PAGES`` a route belongs to. ``quiet``: it refreshes itself, keeping no session awake."""

    def mark(view: View) -> View:
        view.console_page = name  # type: ignore[attr-defined]
        view.console_quiet = quiet  # type: ignore[attr-defined]
        return view

    return mark


def page_of(endpoint: str | None) -> str | None:
    """The page name of an endpoint; static files are public; None for what names no page, which nobody may open."""
    if endpoint is None:
        return None
    if endpoint.endswith(".static"):
        return PUBLIC
    return getattr(current_app.view_functions.get(endpoint), "console_page", None)


def services_here() -> Services:
    """The process's parts, inside a request."""
    services: Services = current_app.extensions[EXTENSION]
    return services


def current_visitor() -> Visitor:
    """Who is asking; only inside a view that needs a sign-in."""
    visitor: Visitor | None = g.get("visitor")
    if visitor is None:
        raise NotFound
    return visitor


def current_staff() -> Staff:
    """The staff row of who is asking; read, not part of any session."""
    return current_visitor().staff


def request_id() -> str:
    if "request_id" not in g:
        g.request_id = new_id()
    return str(g.request_id)


def audit(
    session: Session, action: str, subject: str = "", *, detail: Mapping[str, str | int | bool] | None = None
) -> None:
    """Write down what the person asking does, in the caller's transaction (from ``Database.begin``)."""
    visitor = g.get("visitor")
    actor = visitor.staff.id if visitor else ""
    chain.append(session, actor=actor, action=action, subject=subject, detail=detail, request_id=request_id())


def in_console() -> bool:
    return request.path == PREFIX or request.path.startswith(f"{PREFIX}/")


def gate() -> Response | tuple[str, int] | None:
    """Before every request: who is it, may they, and did the form come from our own page."""
    if not in_console():
        return None
    name = page_of(request.endpoint)
    if request.endpoint and request.endpoint.endswith(".static"):
        return None
    g.visitor = visitor = _visitor()
    if name == PUBLIC:
        csrf.protect()
        return None
    if visitor is None:
        return to_sign_in()
    if name != HALF_SIGNED_IN:
        owed = owed_step(visitor)
        if owed and request.endpoint != owed:
            return redirect(url_for(owed))
        if name is None or not may_open(visitor.staff.role, name):
            return render_template("console/error.html", code=404), 404
    csrf.protect()
    _keep_awake(visitor)
    return None


def owed_step(visitor: Visitor) -> str | None:
    """The endpoint a person must pass before anything else, or None."""
    if visitor.owes_code:
        return "console.signin.code"
    if visitor.owes_password:
        return "console.profile.password"
    if visitor.owes_enrolment:
        return "console.profile.totp_setup"
    return None


def to_sign_in() -> Response:
    """To the sign-in page, and back afterwards; an htmx request moves the whole page there."""
    if request.headers.get("HX-Request"):
        response = Response(status=401)
        back = _path_of(request.headers.get("HX-Current-URL", ""))
        response.headers["HX-Redirect"] = url_for("console.signin.sign_in", next=back or None)
        return response
    back = request.full_path.rstrip("?") if request.method == "GET" else _path_of(request.referrer or "")
    return redirect(url_for("console.signin.sign_in", next=back or None))


def _path_of(address: str) -> str:
    """The page that a form or a piece of a page came from, without its host, "" where that is no address;
    ``safe_next`` looks at it again."""
    parts = _split(address)
    if parts is None:
        return ""
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _split(address: str) -> SplitResult | None:
    """None for what is no address: anybody may send anything there, ``http://[`` too."""
    try:
        return urlsplit(address)
    except ValueError:
        return None


def safe_next(target: str | None) -> str:
    """Where to go after signing in: a page of the console itself, else its first page."""
    home = url_for("console.home.home")
    if not target or "\\" in target or any(ord(letter) < 33 for letter in target):
        return home
    parts = _split(target)
    if parts is None:
        return home
    inside = not parts.scheme and not parts.netloc and parts.path.startswith(f"{PREFIX}/") and "//" not in parts.path
    return target if inside else home


def _visitor() -> Visitor | None:
    token = request.cookies.get(COOKIE, "")
    if not token:
        return None
    with services_here().database.reading() as session:
        return sessions.find(session, token)


def _keep_awake(visitor: Visitor) -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    if getattr(view, "console_quiet", False) or not sessions.is_stale(visitor):
        return
    with services_here().database.begin() as session:
        sessions.touch(session, visitor)
