from __future__ import annotations

from datetime import timedelta

import pyotp
from sqlalchemy import select, update

from bot import clock
from bot.console import brake, sessions, totp
from bot.console.records import AuditEvent, SignInBrake, Staff, StaffSession
from tests.bot.console.desk_app import PASSWORD, csrf_of


def enrol(desk, username: str) -> str:
    secret = totp.new_secret()
    with desk.services.database.begin() as session:
        staff = session.scalars(select(Staff).where(Staff.username == username)).one()
        staff.totp_secret_sealed = totp.seal(desk.services.content, staff.id, secret)
        staff.totp_confirmed_at = clock.system()
    return secret


def code(secret: str, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(clock.system() + timedelta(seconds=30 * steps))


def test_the_right_password_opens_the_first_page(desk):
    desk.add("fuzhiban", "duty")
    browser = desk.browser()
    assert browser.sign_in("FuZhiBan").headers["Location"] == "/console/"
    assert "今天要处理" in browser.get("/console/").text


def test_without_a_session_every_page_leads_to_sign_in(desk):
    for path in ("/console/", "/console/staff/", "/console/audit/", "/console/nothing-here", "/console/now"):
        response = desk.browser().get(path)
        assert response.status_code == 302 and "/console/sign-in" in response.headers["Location"]


def test_htmx_is_sent_to_sign_in_as_a_whole_page(desk):
    response = desk.browser().get("/console/now", headers={"HX-Request": "true"})
    assert (response.status_code, response.headers["HX-Redirect"]) == (401, "/console/sign-in")


def test_what_is_no_address_leads_back_nowhere(desk):
    for bad in ("http://[bad", "//[", "http://[::1", "http://\uff0fx]"):
        bad = bad.encode().decode("latin-1")
        plain = desk.browser().post("/console/switches/x", headers={"Referer": bad})
        assert plain.status_code == 302 and plain.headers["Location"].startswith("/console/sign-in")
        htmx = desk.browser().get("/console/now", headers={"HX-Request": "true", "HX-Current-URL": bad})
        assert htmx.status_code == 401 and htmx.headers["HX-Redirect"].startswith("/console/sign-in")
        assert desk.browser().get("/console/sign-in", query_string={"next": bad}).status_code == 200


def test_nobody_learns_whether_a_user_exists(desk):
    desk.add("fuzhiban", "duty")
    browser = desk.browser()
    known, unknown = browser.sign_in("fuzhiban", "wrong-password"), browser.sign_in("nobody", "wrong-password")
    assert known.status_code == unknown.status_code == 401
    pages = [
        response.text.replace(name, "").replace(csrf_of(response), "")
        for response, name in ((known, "fuzhiban"), (unknown, "nobody"))
    ]
    assert pages[0] == pages[1]


def test_guessing_locks_known_and_unknown_names_alike(desk):
    desk.add("fuzhiban", "duty")
    for name in ("fuzhiban", "nobody"):
        browser = desk.browser()
        answers = [browser.sign_in(name, f"wrong-{n}").status_code for n in range(6)]
        assert answers == [401] * 5 + [429]
    assert desk.browser().sign_in("fuzhiban").status_code == 429, "the right password does not lift a lock"


def test_a_lock_ends_by_itself_and_doubles_when_it_goes_on(desk):
    services = desk.services
    waits = []
    for _ in range(9):
        with services.database.begin() as session:
            brake.take(session, services.hasher, brake.BY_USER, "fu")
        with services.database.begin() as session:
            row = session.scalars(select(SignInBrake)).one()
            waits.append(round((row.locked_until - clock.system()).total_seconds() / 60) if row.locked_until else 0)
            row.locked_until = None
    assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 15]


def test_signing_in_replaces_whatever_session_the_browser_carried(desk):
    desk.add("fuzhiban", "duty")
    browser = desk.browser()
    browser.client.set_cookie("console_session", "planted-by-somebody", path="/console")
    browser.sign_in("fuzhiban")
    first = browser.cookie
    assert first and first != "planted-by-somebody"
    again = desk.browser()
    again.client.set_cookie("console_session", first, path="/console")
    again.post("/console/sign-in", {"username": "fuzhiban", "password": PASSWORD}, token_from="/console/profile/")
    assert again.cookie != first
    assert browser.get("/console/").status_code == 302, "the session it replaced has ended"


def test_the_cookie_is_guarded_and_its_token_is_not_in_the_database(desk):
    desk.add("fuzhiban", "duty")
    browser = desk.browser()
    header = next(h for h in browser.sign_in("fuzhiban").headers.getlist("Set-Cookie") if "console_session" in h)
    assert "HttpOnly" in header and "SameSite=Lax" in header and "Path=/console" in header
    with desk.services.database.reading() as session:
        assert browser.cookie not in session.scalars(select(StaffSession.id)).all()


def test_signing_out_ends_the_session_on_the_server(desk):
    browser = desk.signed_in("fuzhiban", "duty")
    kept = browser.cookie
    browser.post("/console/sign-out", token_from="/console/")
    thief = desk.browser()
    thief.client.set_cookie("console_session", kept, path="/console")
    assert thief.get("/console/").status_code == 302


def test_sessions_end_by_idleness_and_by_age(desk):
    for column, past in (("last_seen_at", sessions.IDLE), ("expires_at", timedelta())):
        browser = desk.signed_in(f"user-{column}", "duty")
        assert browser.get("/console/").status_code == 200
        with desk.services.database.begin() as session:
            session.execute(update(StaffSession).values({column: clock.system() - past}))
        assert browser.get("/console/").status_code == 302


def test_a_page_that_refreshes_by_itself_keeps_nobody_awake(desk):
    browser = desk.signed_in("fuzhiban", "duty")
    before = clock.system() - timedelta(minutes=30)
    with desk.services.database.begin() as session:
        session.execute(update(StaffSession).values(last_seen_at=before))
    browser.get("/console/now")
    with desk.services.database.reading() as session:
        assert session.scalars(select(StaffSession.last_seen_at)).one() == before
    browser.get("/console/")
    with desk.services.database.reading() as session:
        assert session.scalars(select(StaffSession.last_seen_at)).one() > before


def test_the_second_step_stands_before_every_page(desk):
    desk.add("fuzhiban", "duty")
    secret = enrol(desk, "fuzhiban")
    browser = desk.browser()
    assert browser.sign_in("fuzhiban").headers["Location"].startswith("/console/code")
    half = browser.cookie
    assert browser.get("/console/").headers["Location"] == "/console/code"
    wrong = browser.post("/console/code", {"code": "000000"}, token_from="/console/code")
    assert wrong.status_code == 401
    right = browser.post("/console/code", {"code": code(secret)}, token_from="/console/code")
    assert right.headers["Location"] == "/console/"
    assert browser.cookie != half, "a new token after the second step"
    assert browser.get("/console/").status_code == 200


def test_a_code_works_once_and_one_step_off_is_allowed(desk):
    staff = desk.add("fuzhiban", "duty")
    secret = enrol(desk, "fuzhiban")
    services = desk.services

    def accepted(digits: str) -> bool:
        with services.database.begin() as session:
            return totp.accept(session, services.content, session.get_one(Staff, staff.id), digits)

    earlier, present = code(secret, -1), code(secret)
    assert accepted(earlier)
    assert not accepted(earlier)
    assert accepted(f"{present[:3]} {present[3:]}")
    assert not accepted(earlier), "no going back"
    assert not accepted(code(secret, 3))


def test_guessing_codes_locks(desk):
    desk.add("fuzhiban", "duty")
    enrol(desk, "fuzhiban")
    browser = desk.browser()
    browser.sign_in("fuzhiban")
    answers = [
        browser.post("/console/code", {"code": "12345x"}, token_from="/console/code").status_code for _ in range(6)
    ]
    assert answers == [401] * 5 + [429]


def test_administrators_and_custodians_must_set_up_the_second_step(desk):
    for role in ("admin", "custodian"):
        browser = desk.signed_in(f"a-{role}", role)
        assert browser.get("/console/").headers["Location"] == "/console/profile/second-step"
        page = browser.get("/console/profile/second-step")
        assert "<svg" in page.text
        staff = desk.staff(f"a-{role}")
        secret = totp.reveal(desk.services.content, staff)
        done = browser.post(
            "/console/profile/second-step", {"code": code(secret)}, token_from="/console/profile/second-step"
        )
        assert done.status_code == 302
        assert browser.get("/console/").status_code == 200
        assert secret.encode() not in (desk.staff(f"a-{role}").totp_secret_sealed or b"")


def test_sign_in_leads_back_but_never_out(desk):
    desk.add("fuzhiban", "duty")
    for target, goal in (
        ("/console/profile/", "/console/profile/"),
        ("https://evil.example/console/", "/console/"),
        ("//evil.example/console/", "/console/"),
        ("/console//evil.example", "/console/"),
        ("/console/\\evil.example", "/console/"),
        ("/wechat", "/console/"),
        ("javascript:alert(1)", "/console/"),
        ("http://[bad", "/console/"),
        ("//[bad/console/", "/console/"),
    ):
        assert desk.browser().sign_in("fuzhiban", next=target).headers["Location"] == goal


def test_a_deactivated_person_is_out_at_once(desk):
    browser = desk.signed_in("fuzhiban", "duty")
    with desk.services.database.begin() as session:
        session.execute(update(Staff).values(active=False))
    assert browser.get("/console/").status_code == 302
    assert desk.browser().sign_in("fuzhiban").status_code == 401


def test_sign_ins_are_audited_without_what_was_typed(desk):
    browser = desk.signed_in("fuzhiban", "duty")
    browser.post("/console/sign-out", token_from="/console/")
    desk.browser().sign_in("my-secret-password-typed-here", "x")
    with desk.services.database.reading() as session:
        events = session.scalars(select(AuditEvent)).all()
        assert [event.action for event in events] == ["sign_in.password", "sign_out", "sign_in.failed"]
        assert not any("typed" in repr(vars(event)) for event in events)
