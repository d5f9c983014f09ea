"""The rules on template fields: at most 20 characters, no line breaks, and what each type may hold.

Source: the platform's notice on template messages of 2023-05-04 and the parameter table of subscription notices.
"""

from __future__ import annotations

import re
from typing import Any

from bot.sandbox.api import ApiError
from bot.sandbox.options import Template

MOST = 20
DROPPED = frozenset({"first", "remark"})  # still accepted, no longer shown

_DAY = r"(\d{4}年\d{1,2}月\d{1,2}日|\d{4}[-/.]\d{1,2}[-/.]\d{1,2})"
_HOUR = r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?"

RULES: dict[str, re.Pattern[str]] = {
    "thing": re.compile(r".{1,20}"),
    "number": re.compile(r"[+-]?\d{1,32}(\.\d+)?"),
    "letter": re.compile(r"[A-Za-z]{1,32}"),
    "symbol": re.compile(r"[^\w\s]{1,5}"),
    "character_string": re.compile(r"[\x21-\x7e ]{1,32}"),
    "time": re.compile(rf"({_DAY}? ?{_HOUR}|{_DAY})( ?~.{{1,20}})?"),
    "date": re.compile(rf"{_DAY}( ?{_HOUR})?"),
    "amount": re.compile(r"[¥￥$€]?\d{1,10}(\.\d+)?元?"),
    "phone_number": re.compile(r"[\d+\-() ]{1,17}"),
    "car_number": re.compile(r".{1,8}"),
    "name": re.compile(r"[\u3400-\u9fff·]{1,10}|[A-Za-z .]{1,20}"),
    "phrase": re.compile(r"[\u3400-\u9fff]{1,5}"),
}  # fmt: skip


def _refuse(name: str, why: str) -> ApiError:
    return ApiError(47003, f"data.{name}.value {why}")


def check_fields(template: Template, data: Any) -> list[dict[str, str]]:
    """The fields as the phone shows them, [{label, value}]; raises 47003 naming the first that breaks a rule."""
    if not isinstance(data, dict):
        raise ApiError(47001)
    missing = next((name for name, _ in template.fields if name not in data), None)
    if missing:
        raise _refuse(missing, "is empty")
    labels: dict[str, str] = dict(template.fields)
    shown: list[dict[str, str]] = []
    for name, entry in data.items():
        if name in DROPPED:
            continue
        value = str(entry.get("value", "")) if isinstance(entry, dict) else ""
        _check_value(name, value)
        shown.append({"label": labels.get(name) or str(name), "value": value})
    return shown


def _check_value(name: str, value: str) -> None:
    if not value.strip():
        raise _refuse(name, "is empty")
    if "\n" in value or "\r" in value or "\t" in value:
        raise _refuse(name, "invalid, line break")
    if len(value) > MOST:
        raise _refuse(name, f"invalid, longer than {MOST}")
    rule = RULES.get(name.rstrip("0123456789"))
    if rule and not rule.fullmatch(value):
        raise _refuse(name, "invalid")
