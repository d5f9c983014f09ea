"""Who may open what: the one table of roles and pages. What it does not name is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ROLES: Mapping[str, str] = {
    "admin": "系统管理员",
    "duty": "值班员",
    "triage": "受理员",
    "expert": "专家",
    "officer": "市县经办",
    "host": "主持人",
    "leader": "领导",
    "auditor": "审计员",
    "custodian": "身份保管员",
}
"""Role code → the words for it. One person holds one role: nobody is administrator, custodian and auditor at once."""

SECOND_FACTOR_ROLES = frozenset({"admin", "custodian"})
EVERYONE = frozenset(ROLES)

PUBLIC = "public"
HALF_SIGNED_IN = "half-signed-in"
"""Two page names that need no role: open to all, and open between the first and the second step of signing in."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page or a piece of one: who may open it, and the menu entry if it has one (``endpoint`` of the route)."""

    title: str
    roles: frozenset[str]
    endpoint: str = ""
    icon: str = ""


def _of(*roles: str) -> frozenset[str]:
    return frozenset(roles)


PAGES: Mapping[str, Page] = {
    # name                   words           roles                                        menu entry
    "home": Page("今天要处理", EVERYONE, "console.home.home", "home"),
    "emergency.incidents": Page("紧急事件", _of("duty", "triage"), "emergency_desk.index", "alert"),
    "profile": Page("我的账号", EVERYONE),
    "consult.queue": Page("待回复咨询", _of("duty", "expert"), "consult_desk.queue", "chat"),
    "consult.drafts": Page("知识库草稿", _of("duty", "expert"), "consult_desk.drafts", "book"),
    "consult.numbers": Page("咨询数据", _of("duty", "expert", "leader")),
    "staff": Page("人员", _of("admin"), "console.staff.index", "people"),
    "audit": Page("审计日志", _of("admin", "auditor"), "console.audit.index", "list"),
}


def may_open(role: str, page: str) -> bool:
    """Whether ``role`` may open ``page``; False for a page that stands in no table."""
    entry = PAGES.get(page)
    return entry is not None and role in entry.roles
