"""The audit log: a chain of events in which each holds the keyed hash of the one before.

The key is derived from IDENTITY_HASH_KEY, so that whoever has the database alone cannot write the chain anew.

``append`` takes the chain's lock inside the caller's transaction, so two processes never write after the same event: on
PostgreSQL an advisory lock, on SQLite the write lock that ``Database.begin`` holds. Were both to fail, the unique
``prev_hash`` refuses the second. Changing, removing or reordering an event breaks every hash after it; cutting off the
end does not, so ``audit verify`` prints the count and the last hash for the auditor to keep elsewhere.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from bot import clock
from bot.console.records import AuditEvent
from bot.console.roles import ROLES
from bot.storage.db import AUDIT_KEY

SYSTEM, COMMAND = "system", "command"
GENESIS = "0" * 64
CHAIN_LOCK = 7_410_616  # any number that no other advisory lock of this database uses
DETAIL_CHARS = 400

Names = Callable[[Session], Mapping[str, str]]

_words: dict[str, str] = {}
_details: dict[str, str] = {}
_by_key: dict[str, Callable[[str], str]] = {}
_namers: list[Names] = []


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What ``verify_chain`` found: how many events, the last hash, and the first event that does not fit (or None)."""

    count: int
    head: str
    broken_at: int | None

    @property
    def sound(self) -> bool:
        return self.broken_at is None


def append(
    session: Session,
    *,
    actor: str,
    action: str,
    subject: str = "",
    detail: Mapping[str, str | int | bool] | None = None,
    request_id: str = "",
) -> AuditEvent:
    """Add an event in the caller's transaction. ``detail`` takes codes and numbers only, at most 400 characters.

    On SQLite the session must come from ``Database.begin``. Raises ValueError for a detail that is too long.
    """
    written = json.dumps(dict(detail or {}), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    if len(written) > DETAIL_CHARS:
        raise ValueError(f"the detail of {action} is longer than {DETAIL_CHARS} characters")
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": CHAIN_LOCK})
    last = session.scalar(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1))
    event = AuditEvent(
        id=last.id + 1 if last else 1,
        at=clock.system(),
        actor=actor,
        action=action,
        subject=subject,
        detail=written,
        request_id=request_id,
        prev_hash=last.hash if last else GENESIS,
    )
    event.hash = _hash(session, event)
    session.add(event)
    session.flush()
    return event


def verify_chain(session: Session) -> ChainReport:
    """Walk the whole chain in batches and name the first event whose number, link or hash is wrong."""
    count, head = 0, GENESIS
    for event in session.scalars(select(AuditEvent).order_by(AuditEvent.id).execution_options(yield_per=500)):
        if event.id != count + 1 or event.prev_hash != head or event.hash != _hash(session, event):
            return ChainReport(count, head, event.id)
        count, head = event.id, event.hash
    return ChainReport(count, head, None)


def name_actions(words: Mapping[str, str]) -> None:
    """Give actions their Chinese words for the audit page; a slice calls it once when its desk is imported."""
    _words.update(words)


def action_words(action: str) -> str:
    return _words.get(action, action)


def name_details(words: Mapping[str, str]) -> None:
    """Give pieces of detail, written ``key=value``, their Chinese words."""
    _details.update(words)


def name_detail_keys(words: Mapping[str, Callable[[str], str]]) -> None:
    """Give every value of a detail's key its Chinese words; "" leaves it out."""
    _by_key.update(words)


def name_actors(names: Names) -> None:
    """Say who acts besides staff: their ids with the names that staff know them by."""
    if names not in _namers:
        _namers.append(names)


def other_actors(session: Session) -> dict[str, str]:
    """Everybody who is named by ``name_actors``."""
    return {id_: name for names in _namers for id_, name in names(session).items()}


def detail_words(detail: str, names: Mapping[str, str] | None = None) -> str:
    """An event's detail for people; what has no words stays as it was written. ``names``: of ids in it."""
    pairs = json.loads(detail).items()
    return "，".join(filter(None, (_pair_words(key, str(value), names or {}) for key, value in pairs)))


def _pair_words(key: str, value: str, names: Mapping[str, str]) -> str:
    pair = f"{key}={value}"
    if pair in _details:
        return _details[pair]
    return _by_key[key](names.get(value, value)) if key in _by_key else pair


def known_actions() -> Sequence[tuple[str, str]]:
    """Action codes with their words, by the words, for the page's filter."""
    return sorted(_words.items(), key=lambda pair: pair[1])


def _hash(session: Session, event: AuditEvent) -> str:
    at = event.at.astimezone(UTC).isoformat(timespec="microseconds")
    fields = [
        event.id,
        at,
        event.actor,
        event.action,
        event.subject,
        event.detail,
        event.request_id,
        event.prev_hash,
    ]
    key: bytes = session.info.get(AUDIT_KEY, b"")
    return hmac.digest(key, json.dumps(fields, ensure_ascii=False).encode(), "sha256").hex()


name_actions(
    {
        "sign_in.password": "登录（密码）",
        "sign_in.wecom": "登录（企业微信）",
        "sign_in.failed": "登录失败",
        "sign_in.code": "第二步验证通过",
        "sign_in.code_failed": "第二步验证失败",
        "sign_out": "退出",
        "password.changed": "修改密码",
        "totp.enabled": "开启第二步验证",
        "totp.removed": "关闭第二步验证",
        "staff.added": "新增人员",
        "staff.deactivated": "停用人员",
        "staff.activated": "恢复人员",
        "staff.password_reset": "重置密码",
        "staff.totp_reset": "重置第二步验证",
    }
)
name_details({f"role={code}": words for code, words in ROLES.items()})
