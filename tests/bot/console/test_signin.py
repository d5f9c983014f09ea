from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select, update
from time_machine import travel

from bot import clock
from bot.console import sessions, totp
from bot.console.records import AuditEvent, SignInBrake, Staff, StaffSession
from tests.bot.console.desk_app import PASSWORD, csrf_of


def enrol(desk, username: str) -> str:
    secret = totp.new_secret()
    with desk.services.database.begin() as session:
        staff = session.scalars(select(Staff).where(Staff.username == username)).one()
        staff.totp_secret_sealed = totp.seal(desk.services.content, staff.id, secret)
        staff.totp_confirmed_at = clock.system()
    return secret
