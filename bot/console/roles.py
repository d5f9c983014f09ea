"""Who may open what: one table of roles and pages, the engine's own and those that features declare. What it does not
name is refused."""

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


_FIRST: Mapping[str, Page] = {"home": Page("今天要处理", EVERYONE, "console.home.home", "home")}
_LAST: Mapping[str, Page] = {
    "profile": Page("我的账号", EVERYONE),
    "staff": Page("人员", _of("admin"), "console.staff.index", "people"),
    "switches": Page("开关", _of("admin", "duty", "leader"), "console.switches.index", "check"),
    "switches.change": Page("改开关", _of("admin")),
    "audit": Page("审计日志", _of("admin", "auditor"), "console.audit.index", "list"),
}
_features: dict[str, Page] = {}


def declare(pages: Mapping[str, Page]) -> None:
    """Enter a feature's pages into the matrix. Raises ValueError for a role that does not exist."""
    for name, page in pages.items():
        unknown = page.roles - EVERYONE
        if unknown:
            raise ValueError(f"page {name}: no such role: {', '.join(sorted(unknown))}")
        _features[name] = page


def matrix() -> Mapping[str, Page]:
    """Every page by name, in the order of the menu: the one table of who may open what."""
    return {**_FIRST, **_features, **_LAST}


def may_open(role: str, page: str) -> bool:
    """Whether ``role`` may open ``page``; False for a page that stands in no table."""
    entry = matrix().get(page)
    return entry is not None and role in entry.roles
