"""Signing in with WeCom: where the button leads, and whose account a code belongs to.

Inside WeCom's own browser the page-authorisation address signs in silently; elsewhere the web sign-in page shows a code
to scan. The sandbox serves both under the same paths on our own origin.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import clock
from bot.console.records import Staff
from bot.directory.people import identity_hash
from bot.directory.records import Person
from bot.storage.sealing import Hasher
from config.settings import Settings

if TYPE_CHECKING:
    from bot.services import Services

INSIDE_HOST, INSIDE_PATH = "https://open.weixin.qq.com", "/connect/oauth2/authorize"
SCAN_HOST, SCAN_PATH = "https://login.work.weixin.qq.com", "/wwlogin/sso/login"
SANDBOX = "/sandbox/wecom"
STATE_KEY = "wecom_state"
STATE_S = 600


def authorize_url(settings: Settings, redirect_uri: str, state: str, *, inside_wecom: bool) -> str:
    """Where to send the browser so that WeCom sends it back to ``redirect_uri`` with a code and our ``state``."""
    if not inside_wecom:
        query = {
            "login_type": "CorpApp",
            "appid": settings.wecom_corp_id,
            "agentid": settings.wecom_agent_id,
            "redirect_uri": redirect_uri,
            "state": state,
        }
        return f"{SANDBOX if settings.sandbox else SCAN_HOST}{SCAN_PATH}?{urlencode(query)}"
    query = {
        "appid": settings.wecom_corp_id,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": "snsapi_base",
        "state": state,
        "agentid": settings.wecom_agent_id,
    }
    return f"{SANDBOX if settings.sandbox else INSIDE_HOST}{INSIDE_PATH}?{urlencode(query)}#wechat_redirect"


def new_state(browser: MutableMapping[str, Any], back: str) -> str:
    """A fresh state, remembered in the browser's own signed cookie for ten minutes."""
    state = secrets.token_urlsafe(24)
    browser[STATE_KEY] = {"value": state, "at": int(clock.system().timestamp()), "back": back}
    return state


def take_state(browser: MutableMapping[str, Any], state: str) -> str | None:
    """Where the person wanted to go, when this browser asked with this state lately; used up either way."""
    kept = browser.pop(STATE_KEY, None)
    if not isinstance(kept, dict) or not state:
        return None
    fresh = 0 <= clock.system().timestamp() - kept.get("at", 0) <= STATE_S
    same = hmac.compare_digest(str(kept.get("value", "")).encode(), state.encode())
    return str(kept.get("back", "")) if fresh and same else None


def staff_of_code(services: Services, code: str) -> Staff | None:
    """The active staff member whose WeCom account the code is for; None when no account is bound.

    Raises ChannelError when WeCom does not take the code or cannot be reached.
    """
    userid = services.platform.userid_of(code)
    with services.database.reading() as session:
        return staff_of_userid(session, services.hasher, userid)


def staff_of_userid(session: Session, hasher: Hasher, userid: str) -> Staff | None:
    if not userid:
        return None
    hash_ = identity_hash(hasher, "wecom", userid)
    return session.scalar(
        select(Staff).join(Person, Person.id == Staff.person_id).where(Person.identity_hash == hash_, Staff.active)
    )
