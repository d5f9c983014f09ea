"""Accounts for the demo: made once, their passwords kept readable on this machine only, for the printout."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import clock
from bot.console import audit, passwords, totp
from bot.console import staff as accounts
from bot.console.records import Staff
from bot.console.roles import SECOND_FACTOR_ROLES
from bot.console.staff import NewStaff

if TYPE_CHECKING:
    from bot.services import Services

FILE = "demo-signins.json"
DEMO_STAFF = (
    NewStaff("fuzhiban", "符值班", "duty", wecom_userid="fuzhiban"),
    NewStaff("chenzhuanjia", "陈专家", "expert"),
    NewStaff("wanglingdao", "王领导", "leader"),
    NewStaff("lishenji", "李审计", "auditor"),
    NewStaff("zhaoguanli", "赵管理", "admin"),
)


@dataclass(frozen=True, slots=True)
class DemoSignIn:
    """What the demo prints for one account. ``totp_secret`` is "" where no second step is needed."""

    username: str
    name: str
    role: str
    password: str
    totp_secret: str = ""


def seed_demo_staff(session: Session, services: Services) -> list[DemoSignIn]:
    """Make the demo's accounts that are not there yet, and return how to sign in to all of them.

    Passwords are drawn once and kept in ``var/demo-signins.json``, readable by this user alone; an account whose line
    is lost gets a new password. Raises RuntimeError outside the sandbox. The session comes from ``Database.begin``.
    """
    if not services.settings.sandbox:
        raise RuntimeError("demo accounts exist in the sandbox only")
    path = Path(services.settings.var_dir) / FILE
    kept = _read(path)
    signins = [_ensure(session, services, new, kept.get(new.username)) for new in DEMO_STAFF]
    if {one.username: one for one in signins} != kept:
        _write(path, signins)
    return signins


def demo_code(services: Services, username: str) -> str:
    """The second-step code of a demo account at this moment; "" for an account that has none."""
    kept = _read(Path(services.settings.var_dir) / FILE) if services.settings.sandbox else {}
    found = kept.get(username)
    return totp.current_code(found.totp_secret) if found and found.totp_secret else ""


def _ensure(session: Session, services: Services, new: NewStaff, kept: DemoSignIn | None) -> DemoSignIn:
    staff = session.scalar(select(Staff).where(Staff.username == new.username))
    if staff is not None and kept is not None:
        return kept
    password = kept.password if kept else passwords.one_time()
    if staff is None:
        staff, _ = accounts.add(session, services, new, password)
        audit.append(session, actor=audit.SYSTEM, action="staff.added", subject=staff.id, detail={"role": staff.role})
    else:
        accounts.set_password(staff, password)
    secret = ""
    if staff.role in SECOND_FACTOR_ROLES:
        secret = kept.totp_secret if kept and kept.totp_secret else totp.new_secret()
        staff.totp_secret_sealed = totp.seal(services.content, staff.id, secret)
        staff.totp_confirmed_at = clock.system()
    return DemoSignIn(new.username, new.name, new.role, password, secret)


def _read(path: Path) -> dict[str, DemoSignIn]:
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        return {row["username"]: DemoSignIn(**row) for row in rows}
    except (OSError, ValueError, TypeError, KeyError):
        return {}


def _write(path: Path, signins: list[DemoSignIn]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        json.dump([asdict(one) for one in signins], out, ensure_ascii=False, indent=1)
    draft.replace(path)
