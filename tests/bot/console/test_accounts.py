from __future__ import annotations

import json
import re
import stat
from datetime import timedelta

import pyotp
import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from bot import clock
from bot.console import passwords, totp
from bot.console.commands import COMMANDS
from bot.console.demo import DEMO_STAFF, demo_code, seed_demo_staff
from bot.console.records import AuditEvent, Staff
from bot.directory.people import identity_hash
from bot.directory.records import Person
from tests.bot.console.desk_app import PASSWORD, make_desk, make_services
from tests.bot.console.test_roles import confirm_second_step


@pytest.fixture
def admin(desk):
    browser = desk.signed_in("root", "admin")
    confirm_second_step(desk, "root")
    return browser


def shown_password(page: str) -> str:
    found = re.search(r"<code>([a-z0-9]{4}(?:-[a-z0-9]{4}){3})</code>", page)
    assert found
    return found[1]


def test_a_new_account_starts_with_a_one_time_password(desk, admin):
    form = {"username": "Chen", "name": "陈专家", "role": "expert", "wecom_userid": "ChenZ"}
    made = admin.post("/console/staff/add", form, token_from="/console/staff/add")
    password = shown_password(made.text)
    browser = desk.browser()
    assert browser.sign_in("chen", password).status_code == 302
    assert browser.get("/console/").headers["Location"] == "/console/profile/password"
    change = {"old": password, "new": PASSWORD, "again": PASSWORD}
    done = browser.post("/console/profile/password", change, token_from="/console/profile/password")
    assert done.headers["Location"] == "/console/"
    assert browser.get("/console/").status_code == 200
    assert desk.browser().sign_in("chen", password).status_code == 401
    with desk.services.database.reading() as session:
        person = session.scalars(select(Person)).one()
    assert person.identity_hash == identity_hash(desk.services.hasher, "wecom", "chenz")
    assert desk.staff("chen").person_id == person.id


def test_a_one_time_password_runs_out(desk, admin):
    made = admin.post(
        "/console/staff/add", {"username": "chen", "name": "陈", "role": "expert"}, token_from="/console/staff/add"
    )
    with desk.services.database.begin() as session:
        past = clock.system() - timedelta(seconds=1)
        session.execute(update(Staff).where(Staff.username == "chen").values(password_expires_at=past))
    assert desk.browser().sign_in("chen", shown_password(made.text)).status_code == 401


@pytest.mark.parametrize(
    "change", [{"username": "root"}, {"username": "a b"}, {"role": "emperor"}, {"username": "<script>"}]
)
def test_a_bad_new_account_is_refused_in_words(desk, admin, change):
    form = {"username": "chen", "name": "陈", "role": "expert", **change}
    response = admin.post("/console/staff/add", form, token_from="/console/staff/add")
    assert response.status_code == 400 and 'role="alert"' in response.text


def test_one_wecom_account_belongs_to_one_person(desk, admin):
    for username, status in (("chen", 200), ("wang", 400)):
        form = {"username": username, "name": username, "role": "expert", "wecom_userid": "shared"}
        assert admin.post("/console/staff/add", form, token_from="/console/staff/add").status_code == status


def test_resetting_and_deactivating_sign_the_person_out(desk, admin):
    for action, form in (("password", {}), ("active", {"active": "0"})):
        browser = desk.signed_in(f"u-{action}", "duty")
        staff = desk.staff(f"u-{action}")
        admin.post(f"/console/staff/{staff.id}/{action}", form, token_from="/console/staff/")
        assert browser.get("/console/").status_code == 302
    assert not desk.staff("u-active").active


def test_the_last_administrator_and_oneself_stay(desk, admin):
    root = desk.staff("root")
    admin.post(f"/console/staff/{root.id}/active", {"active": "0"}, token_from="/console/staff/")
    assert desk.staff("root").active


def test_changing_the_password_ends_the_other_sessions(desk):
    browser = desk.signed_in("fu", "duty")
    other = desk.browser()
    other.sign_in("fu")
    change = {"old": PASSWORD, "new": "xin-mima-2022", "again": "xin-mima-2022"}
    browser.post("/console/profile/password", change, token_from="/console/profile/password")
    assert browser.get("/console/").status_code == 200
    assert other.get("/console/").status_code == 302


@pytest.mark.parametrize(
    ("old", "new", "again"),
    [
        ("wrong", "xin-mima-2022", "xin-mima-2022"),
        (PASSWORD, "short", "short"),
        (PASSWORD, "xin-mima-2022", "xin-mima-2023"),
        (PASSWORD, PASSWORD, PASSWORD),
        (PASSWORD, "fuzhiban-2022", "fuzhiban-2022"),
        (PASSWORD, "12345678901", "12345678901"),
    ],
)
def test_a_bad_change_of_password_is_refused(desk, old, new, again):
    browser = desk.signed_in("fuzhiban", "duty")
    form = {"old": old, "new": new, "again": again}
    response = browser.post("/console/profile/password", form, token_from="/console/profile/password")
    assert response.status_code == 400
    assert passwords.verify(desk.staff("fuzhiban").password_hash, PASSWORD)


def test_the_second_step_can_be_set_up_and_removed_by_choice(desk):
    browser = desk.signed_in("fu", "duty")
    setup = "/console/profile/second-step"
    browser.get(setup)
    secret = totp.reveal(desk.services.content, desk.staff("fu"))
    assert browser.post(setup, {"code": "000000"}, token_from=setup).status_code == 400
    assert desk.staff("fu").totp_confirmed_at is None
    now = clock.system()
    browser.post(setup, {"code": pyotp.TOTP(secret).at(now)}, token_from=setup)
    assert desk.staff("fu").totp_confirmed_at is not None
    assert browser.get("/console/").status_code == 200, "this session has shown its code"
    browser.post(f"{setup}/off", {"code": pyotp.TOTP(secret).at(now)}, token_from="/console/profile/")
    assert desk.staff("fu").totp_confirmed_at is not None, "a used code removes nothing"
    browser.post(
        f"{setup}/off", {"code": pyotp.TOTP(secret).at(now + timedelta(seconds=30))}, token_from="/console/profile/"
    )
    assert desk.staff("fu").totp_confirmed_at is None


def test_the_audit_page_shows_and_checks_the_chain(desk, admin):
    auditor = desk.signed_in("lishenji", "auditor")
    page = auditor.get("/console/audit/").text
    assert "登录（密码）" in page and "root" in page
    assert "都对得上" in auditor.get("/console/audit/verify").text
    with desk.services.database.begin() as session:
        session.execute(update(AuditEvent).where(AuditEvent.id == 1).values(actor="somebody"))
    assert "对不上" in auditor.get("/console/audit/verify").text
    assert auditor.get("/console/audit/?action=sign_in.password&page=2").status_code == 200


def run(desk, *words: str):
    group = {command.name: command for command in COMMANDS}[words[0]]
    return CliRunner().invoke(group, list(words[1:]), obj=lambda: desk.services)


def test_commands(desk):
    made = run(desk, "user", "add", "Chen", "--role", "expert", "--name", "陈专家", "--region", "海口", "--wecom", "cz")
    assert made.exit_code == 0
    password = made.output.split("一次性密码：")[1].split()[0]
    assert desk.browser().sign_in("chen", password).status_code == 302
    assert (desk.staff("chen").region, desk.staff("chen").name) == ("海口", "陈专家")
    assert run(desk, "user", "add", "chen", "--role", "expert").exit_code == 1
    assert run(desk, "user", "add", "x1", "--role", "emperor").exit_code == 2
    assert "专家" in run(desk, "user", "list").output
    assert run(desk, "audit", "verify").exit_code == 0
    assert run(desk, "user", "code", "chen").exit_code == 1
    with desk.services.database.begin() as session:
        session.execute(update(AuditEvent).where(AuditEvent.id == 1).values(action="other"))
    broken = run(desk, "audit", "verify")
    assert broken.exit_code == 1 and "第1条" in broken.output


def test_demo_accounts_are_made_once_and_all_sign_in(desk, tmp_path):
    def seed():
        with desk.services.database.begin() as session:
            return seed_demo_staff(session, desk.services)

    first = seed()
    assert first == seed()
    kept = tmp_path / "demo-signins.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert [row["username"] for row in json.loads(kept.read_text())] == [new.username for new in DEMO_STAFF]
    for one in first:
        browser = desk.browser()
        browser.sign_in(one.username, one.password)
        if one.totp_secret:
            code = demo_code(desk.services, one.username)
            browser.post("/console/code", {"code": code}, token_from="/console/code")
        assert browser.get("/console/").status_code == 200, one.username
    kept.unlink()
    again = {one.username: one.password for one in seed()}
    assert desk.browser().sign_in("lishenji", again["lishenji"]).status_code == 302


def test_demo_accounts_exist_in_the_sandbox_only(tmp_path, database_url):
    services = make_services(tmp_path, database_url=database_url, sandbox=False)
    with pytest.raises(RuntimeError), services.database.begin() as session:
        seed_demo_staff(session, services)
    assert demo_code(services, "zhaoguanli") == ""
    make_desk(services)
    services.close()
