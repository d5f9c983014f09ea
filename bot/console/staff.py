"""What can be done to a staff account; the callers audit and commit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot import clock
from bot.console import passwords, sessions
from bot.console.records import Staff
from bot.console.roles import ROLES
from bot.directory import people
from bot.ids import new_id

if TYPE_CHECKING:
    from bot.services import Services

ONE_TIME_VALID = timedelta(days=7)
USERNAME = re.compile(r"[\w.-]{2,32}")


class StaffError(ValueError):
    """What was asked cannot be done; the message is in words for people."""


@dataclass(frozen=True, slots=True)
class NewStaff:
    """An account to be made. ``wecom_userid`` binds their WeCom account; it is kept only sealed and hashed."""

    username: str
    name: str
    role: str
    region: str = ""
    industry: str = ""
    wecom_userid: str = ""


def add(session: Session, services: Services, new: NewStaff, password: str = "") -> tuple[Staff, str]:
    """Make the account; returns it with its password, one-time unless ``password`` is given.

    Raises StaffError for a name that is taken or malformed, or an unknown role.
    """
    username = new.username.strip().lower()
    if not USERNAME.fullmatch(username):
        raise StaffError("用户名用2到32个字母、数字、点、横线或汉字。")
    if new.role not in ROLES:
        raise StaffError(f"没有“{new.role}”这个角色，可选：{'、'.join(ROLES)}。")
    if session.scalar(select(Staff.id).where(Staff.username == username)):
        raise StaffError(f"用户名“{username}”已经有人用了，请换一个。")
    staff = Staff(
        id=new_id(),
        username=username,
        name=(new.name.strip() or username)[:40],
        role=new.role,
        region=new.region.strip()[:40],
        industry=new.industry.strip()[:40],
        password_hash="",
        created_at=clock.system(),
    )
    bind_wecom(session, services, staff, new.wecom_userid)
    session.add(staff)
    if password:
        set_password(staff, password)
    else:
        password = give_one_time_password(staff)
    session.flush()
    return staff, password


def bind_wecom(session: Session, services: Services, staff: Staff, userid: str) -> None:
    """Bind a WeCom account, so that its owner can sign in by scanning and gets pages and cards; "" changes nothing.

    Raises StaffError when the account is bound to somebody else.
    """
    userid = userid.strip()
    if not userid:
        return
    person = people.ensure(session, services.hasher, services.vault, "wecom", userid, clock.system())
    other = session.scalar(select(Staff).where(Staff.person_id == person.id, Staff.id != staff.id, Staff.active))
    if other is not None:
        raise StaffError(f"这个企业微信账号已经绑给“{other.username}”了。")
    staff.person_id = person.id


def give_one_time_password(staff: Staff) -> str:
    """A new password that works for seven days and must be changed at the next sign-in."""
    password = passwords.one_time()
    staff.password_hash = passwords.hash_password(password)
    staff.password_is_one_time = True
    staff.password_expires_at = clock.system() + ONE_TIME_VALID
    return password


def set_password(staff: Staff, password: str) -> None:
    staff.password_hash = passwords.hash_password(password)
    staff.password_is_one_time = False
    staff.password_expires_at = None


def remove_totp(staff: Staff) -> None:
    staff.totp_secret_sealed = None
    staff.totp_confirmed_at = None


def set_active(session: Session, staff: Staff, active: bool) -> None:
    """Deactivating signs the person out everywhere. Raises StaffError for the last active administrator."""
    if not active and staff.role == "admin" and staff.active and _active_admins(session) <= 1:
        raise StaffError("这是最后一位系统管理员，先加一位新的再停用。")
    staff.active = active
    if not active:
        sessions.end_all(session, staff.id)


def _active_admins(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Staff).where(Staff.role == "admin", Staff.active)) or 0
