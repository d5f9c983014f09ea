"""The second step: six digits from an authenticator app (RFC 6238, 30 s steps, one step of tolerance either way)."""

from __future__ import annotations

import hmac
from io import BytesIO
from typing import Any, cast

import pyotp
import segno
from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session

from bot import clock
from bot.console.records import Staff
from bot.storage.sealing import ContentCipher

ISSUER = "安全哨"
STEP_S = 30
TABLE, COLUMN = "staff", "totp_secret"


def new_secret() -> str:
    return pyotp.random_base32()


def seal(content: ContentCipher, staff_id: str, secret: str) -> bytes:
    return content.encrypt(secret, TABLE, staff_id, COLUMN)


def reveal(content: ContentCipher, staff: Staff) -> str:
    """The secret of a staff row; "" when there is none."""
    return content.decrypt(staff.totp_secret_sealed, TABLE, staff.id, COLUMN) if staff.totp_secret_sealed else ""


def accept(session: Session, content: ContentCipher, staff: Staff, code: str) -> bool:
    """Whether the code is right now; a right one is used up, so that the same code never works twice.

    The step is taken by compare-and-set: of two requests with one code, one gets in.
    """
    step = matching_step(reveal(content, staff), code)
    if step is None:
        return False
    taken = session.execute(
        update(Staff).where(Staff.id == staff.id, Staff.totp_last_step < step).values(totp_last_step=step)
    )
    return cast("CursorResult[Any]", taken).rowcount == 1


def matching_step(secret: str, code: str) -> int | None:
    """The time step whose code this is, within one step of now; None for a wrong code."""
    digits = "".join(code.split())
    if not secret or len(digits) != 6:
        return None
    generator = pyotp.TOTP(secret)
    current = int(clock.system().timestamp()) // STEP_S
    for step in (current, current - 1, current + 1):
        if hmac.compare_digest(generator.generate_otp(step).encode(), digits.encode()):
            return step
    return None


def current_code(secret: str) -> str:
    """The code of this moment; for the demo's command only."""
    return pyotp.TOTP(secret).generate_otp(int(clock.system().timestamp()) // STEP_S)


def qr_svg(secret: str, username: str) -> str:
    """The enrolment code as inline SVG."""
    uri = pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER)
    out = BytesIO()
    segno.make(uri, error="m").save(
        out, kind="svg", scale=5, border=4, xmldecl=False, svgns=True, svgclass="qr", lineclass=None, light="#fff"
    )
    return out.getvalue().decode()
