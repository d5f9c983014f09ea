"""Signing in with WeCom against a small HTTP server that answers as qyapi does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.console.wecom_signin import authorize_url
from tests.bot.console.desk_app import make_desk, make_services
from tests.bot.console.test_signin import enrol

MEMBERS = {"code-of-fu": "FuZhiBan", "code-of-stranger": "stranger", "code-of-guest": ""}


class Platform(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path.endswith("/gettoken"):
            answer = {"errcode": 0, "errmsg": "ok", "access_token": "token", "expires_in": 7200}
        else:
            code = parse_qs(parts.query).get("code", [""])[0]
            known = code in MEMBERS
            answer = {"errcode": 0, "userid": MEMBERS[code]} if known else {"errcode": 40029, "errmsg": "invalid code"}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture
def desk(tmp_path, database_url) -> Iterator:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Platform)
    Thread(target=server.serve_forever, daemon=True).start()
    services = make_services(
        tmp_path, database_url=database_url, wecom_api_base=f"http://127.0.0.1:{server.server_port}"
    )
    yield make_desk(services)
    services.platform.close()
    services.close()
    server.shutdown()
    server.server_close()


def start(browser, **query: str) -> str:
    """Press the button; returns the state that WeCom is asked to bring back."""
    response = browser.get("/console/wecom/start", query_string=query)
    address = urlsplit(response.headers["Location"])
    assert address.path == "/sandbox/wecom/wwlogin/sso/login"
    asked = parse_qs(address.query)
    assert asked["redirect_uri"] == ["http://localhost/console/wecom/callback"]
    return asked["state"][0]


def come_back(browser, state: str, code: str = "code-of-fu"):
    return browser.get("/console/wecom/callback", query_string={"state": state, "code": code})


def test_a_scan_signs_in_and_leads_back(desk):
    desk.add("fu", "duty", wecom="fuzhiban")
    browser = desk.browser()
    state = start(browser, next="/console/profile/")
    assert come_back(browser, state).headers["Location"] == "/console/profile/"
    assert browser.get("/console/").status_code == 200


def test_a_state_works_once_and_in_its_own_browser(desk):
    desk.add("fu", "duty", wecom="fuzhiban")
    browser, other = desk.browser(), desk.browser()
    state = start(browser)
    assert come_back(other, state).status_code == 400
    assert come_back(browser, "made-up").status_code == 400
    assert come_back(browser, state).status_code == 400, "a wrong state uses the right one up"
    state = start(browser)
    assert come_back(browser, state).status_code == 302
    assert come_back(browser, state).status_code == 400


@pytest.mark.parametrize(
    ("code", "status"), [("code-of-stranger", 403), ("code-of-guest", 403), ("expired", 502), ("", 400)]
)
def test_others_are_turned_away_in_words(desk, code, status):
    desk.add("fu", "duty", wecom="fuzhiban")
    browser = desk.browser()
    response = come_back(browser, start(browser), code)
    assert response.status_code == status and 'role="alert"' in response.text
    assert browser.get("/console/").status_code == 302


def test_the_second_step_still_stands_after_a_scan(desk):
    desk.add("fu", "duty", wecom="fuzhiban")
    enrol(desk, "fu")
    browser = desk.browser()
    assert come_back(browser, start(browser)).headers["Location"].startswith("/console/code")
    assert browser.get("/console/").headers["Location"] == "/console/code"


def test_a_deactivated_person_cannot_scan_in(desk):
    staff = desk.add("fu", "duty", wecom="fuzhiban")
    desk.add("root", "admin")
    with desk.services.database.begin() as session:
        session.merge(staff).active = False
    browser = desk.browser()
    assert come_back(browser, start(browser)).status_code == 403


def test_inside_wecom_nothing_has_to_be_scanned(desk):
    response = desk.browser().get("/console/wecom/start", headers={"User-Agent": "wxwork/4.1 MicroMessenger"})
    assert urlsplit(response.headers["Location"]).path == "/sandbox/wecom/connect/oauth2/authorize"


def test_addresses_of_the_real_platform(desk):
    settings = desk.services.settings.model_copy(update={"sandbox": False})
    desktop = authorize_url(settings, "https://x.example/console/wecom/callback", "s", inside_wecom=False)
    inside = authorize_url(settings, "https://x.example/console/wecom/callback", "s", inside_wecom=True)
    assert desktop.startswith("https://login.work.weixin.qq.com/wwlogin/sso/login?login_type=CorpApp&appid=ww")
    assert inside.startswith("https://open.weixin.qq.com/connect/oauth2/authorize?appid=ww")
    assert inside.endswith("#wechat_redirect") and "redirect_uri=https%3A%2F%2Fx.example%2F" in inside
