from __future__ import annotations

import re

import pytest
from flask import Blueprint

from bot.console.app import register_console, routes_without_page
from bot.console.guard import page
from bot.console.roles import HALF_SIGNED_IN, PUBLIC, ROLES, matrix, may_open
from bot.features import Feature, load_features
from config.catalog import read_yaml
from tests.bot.console.desk_app import make_desk, make_services


@pytest.fixture
def full(tmp_path, database_url):
    """The console with every feature that config names."""
    services = make_services(tmp_path, load_features(read_yaml("features.yaml")["features"]), database_url=database_url)
    yield make_desk(services)
    services.close()


def test_every_console_route_stands_in_the_matrix(full):
    assert routes_without_page(full.app) == []
    assert sum(rule.rule.startswith("/console") for rule in full.app.url_map.iter_rules()) > 20


def test_a_route_without_a_page_stops_the_start(tmp_path, database_url):
    def pages(_services):
        blueprint = Blueprint("careless", __name__, url_prefix="/careless")
        blueprint.add_url_rule("/", "index", lambda: "open to all")
        return blueprint

    services = make_services(tmp_path, (Feature("careless", "漏", pages=(pages,)),), database_url=database_url)
    with pytest.raises(RuntimeError, match="/console/careless/"):
        make_desk(services)
    services.close()


def test_a_route_added_behind_the_consoles_back_is_shut(full):
    full.app.add_url_rule("/console/behind", "behind", lambda: "open to all")
    browser = full.signed_in("fuzhiban", "duty")
    assert browser.get("/console/behind").status_code == 404


def test_every_role_opens_what_the_matrix_says_and_nothing_else(full):
    paths = {
        "home": "/console/",
        "profile": "/console/profile/",
        "emergency.incidents": "/console/emergency/",
        "staff": "/console/staff/",
        "audit": "/console/audit/",
        "consult.queue": "/console/consult/",
        "consult.drafts": "/console/consult/drafts",
        "consult.entries": "/console/knowledge/",
        "consult.entries.write": "/console/knowledge/new",
    }
    for role in ROLES:
        browser = full.signed_in(f"u-{role}", role)
        if role in {"admin", "custodian"}:
            confirm_second_step(full, f"u-{role}")
        for name, path in paths.items():
            expected = 200 if may_open(role, name) else 404
            assert browser.get(path).status_code == expected, (role, name)


def confirm_second_step(desk, username: str) -> None:
    from sqlalchemy import update

    from bot import clock
    from bot.console.records import Staff, StaffSession

    staff = desk.staff(username)
    with desk.services.database.begin() as session:
        session.execute(update(Staff).where(Staff.id == staff.id).values(totp_confirmed_at=clock.system()))
        session.execute(update(StaffSession).where(StaffSession.staff_id == staff.id).values(second_factor=True))


def test_administrators_and_auditors_read_no_questions():
    for role in ("admin", "auditor", "leader", "custodian", "host"):
        assert not may_open(role, "consult.queue") and not may_open(role, "consult.drafts")
    assert {name for name in matrix() if may_open("auditor", name)} == {"home", "profile", "audit"}


def test_unknown_pages_and_roles_are_refused():
    assert not may_open("duty", "no-such-page")
    assert not may_open("no-such-role", "home")
    assert PUBLIC not in matrix() and HALF_SIGNED_IN not in matrix()


def test_forms_without_our_token_are_refused(full):
    browser = full.signed_in("fuzhiban", "duty")
    for rule in full.app.url_map.iter_rules():
        if not rule.rule.startswith("/console") or "POST" not in (rule.methods or ()):
            continue
        path = re.sub("<[^>]+>", "x", rule.rule)
        status = browser.client.post(path, data={"username": "fuzhiban"}).status_code
        assert status in {400, 404}, path
    assert "这一页放得太久了" in browser.client.post("/console/sign-out").text
    assert browser.get("/console/").status_code == 200, "still signed in"


def test_a_view_that_fails_shows_a_number_and_no_trace(tmp_path, database_url):
    def pages(_services):
        blueprint = Blueprint("failing", __name__, url_prefix="/failing")

        @blueprint.get("/")
        @page("home")
        def index() -> str:
            raise RuntimeError("inner words")

        return blueprint

    services = make_services(tmp_path, (Feature("failing", "坏", pages=(pages,)),), database_url=database_url)
    response = make_desk(services).signed_in("fuzhiban", "duty").get("/console/failing/")
    assert response.status_code == 500 and "编号 <code>" in response.text and "inner words" not in response.text
    services.close()


def test_pages_carry_their_guards(full):
    for response in (full.browser().get("/console/sign-in"), full.browser().get("/console/static/console.css")):
        assert "script-src 'self'" in response.headers["Content-Security-Policy"]
        assert response.headers["X-Frame-Options"] == "DENY"
    assert full.browser().get("/console/sign-in").headers["Cache-Control"] == "no-store"


def test_no_page_needs_inline_script_or_style(full):
    browser = full.signed_in("fuzhiban", "duty")
    for path in (
        "/console/sign-in",
        "/console/",
        "/console/profile/",
        "/console/profile/second-step",
        "/console/consult/",
    ):
        page = browser.get(path, follow_redirects=True).text
        assert " style=" not in page and " onclick=" not in page and "<script>" not in page, path


def test_other_routes_keep_their_own_ways(tmp_path, database_url):
    from flask import Flask

    services = make_services(tmp_path, database_url=database_url)
    app = Flask("with-a-webhook")
    app.testing = True
    app.add_url_rule("/wechat", "wechat", lambda: "success", methods=["POST"])
    register_console(app, services)
    response = app.test_client().post("/wechat", data="<xml/>")
    assert (response.status_code, response.text) == (200, "success")
    assert "Content-Security-Policy" not in response.headers
    services.close()
