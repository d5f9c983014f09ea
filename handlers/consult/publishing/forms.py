"""An entry as a form: what an editor typed becomes a body, and what does not fit the schema is said at its field.

A body is kept as it was typed, right or wrong, so that no words are lost; only one that fits can be proposed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pydantic import ValidationError
from werkzeug.datastructures import MultiDict

from handlers.consult.addresses import address_problem
from knowledge.schema import ANSWER_CHARS, Entry

AUDIENCES: Mapping[str, str] = {"public": "群众", "worker": "工人", "officer": "管理人员"}
SOURCE_FIELDS = ("title", "article", "version", "in_force_from", "in_force_to", "issuer")
SPARE_SOURCES = 2
MOST_SOURCES = 12
MOST_DIGITS = 9
"""Of a number in a form: more fit no column."""
LABELS: Mapping[str, str] = {
    "id": "编号",
    "question": "标准问法",
    "phrasings": "别的问法",
    "answer": "答复",
    "steps": "步骤",
    "detail": "为什么（回“为什么”时说）",
    "sources": "依据",
    "audience": "给谁看",
    "related": "相关条目",
    "hotlines": "电话",
    "emergency": "正在发生的险情",
    "confirm": "待主管处室确认",
    "earlier": "以前的规定",
    "reviewed_by": "审核人",
    "reviewed_on": "审核日期",
    "effective_from": "从哪天起用",
    "effective_to": "用到哪天",
}
"""Field → the words for it on a form, in a difference and in a complaint."""
FREE = ("question", "phrasings", "answer", "steps", "detail")
"""Fields of free words, in which no link may stand."""

_SPLIT = re.compile(r"[\s,，、;；]+")
_ID = re.compile(r"^[a-z][a-z0-9]*\.[a-z0-9]+(-[a-z0-9]+)*$")
_LIMITS = {"phrasings": "5到12条", "sources": "至少1条", "audience": "至少选1个"}


@dataclass(frozen=True, slots=True)
class Form:
    """An entry's fields as typed. ``first`` and ``last`` are its first and last day of force, as text."""

    body: Mapping[str, Any]
    first: str = ""
    last: str = ""
    note: str = ""
    problems: Mapping[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """A field as the form shows it; lists one item a line."""
        value = self.body.get(name, "")
        return value if isinstance(value, str) else "\n".join(map(str, value))

    def chosen(self, name: str, value: str) -> bool:
        return value in self.body.get(name, ())

    @property
    def sources(self) -> Sequence[Mapping[str, str]]:
        """Those there are, and some empty lines for more."""
        there = list(self.body.get("sources", ()))
        spare = max(0, min(SPARE_SOURCES, MOST_SOURCES - len(there)))
        return [*there, *({} for _ in range(spare))]

    @property
    def stored(self) -> str:
        return json.dumps(dict(self.body), ensure_ascii=False)

    @property
    def days(self) -> tuple[date | None, date | None]:
        """From when until when it holds; None for a day that is not given or is none."""
        return _day(self.first), _day(self.last)


def read(fields: MultiDict[str, str], entry_id: str, earlier: Sequence[Any] = ()) -> Form:
    """What an editor typed."""
    sources = [
        {name: value for name in SOURCE_FIELDS if (value := fields.get(f"source-{number}-{name}", "").strip())}
        for number in range(MOST_SOURCES)
    ]
    body: dict[str, Any] = {
        "id": entry_id,
        "question": fields.get("question", "").strip(),
        "phrasings": _lines(fields.get("phrasings", "")),
        "answer": _text(fields.get("answer", "")),
        "steps": _lines(fields.get("steps", "")),
        "detail": _text(fields.get("detail", "")),
        "sources": [source for source in sources if source],
        "audience": [name for name in fields.getlist("audience") if name in AUDIENCES],
        "related": _words(fields.get("related", "")),
        "hotlines": _words(fields.get("hotlines", "")),
        "emergency": bool(fields.get("emergency")),
        "confirm": bool(fields.get("confirm")),
        "earlier": list(earlier),
    }
    kept = {name: value for name, value in body.items() if value not in ("", [], False)}
    return Form(kept, fields.get("first", "").strip(), fields.get("last", "").strip(), fields.get("note", "").strip())


def of_body(body: str, first: date | None = None, last: date | None = None, note: str = "") -> Form:
    """A stored body as a form."""
    return Form(json.loads(body or "{}"), first.isoformat() if first else "", last.isoformat() if last else "", note)


def problems(form: Form, known: Iterable[str], today: date) -> dict[str, str]:
    """What does not fit, by field, in words for the editor; empty where it can be proposed. ``known``: the ids there
    are."""
    found: dict[str, str] = {}
    try:
        Entry.model_validate(dict(form.body))
    except ValidationError as error:
        for one in error.errors():
            name, words = _said(one, form)
            found.setdefault(name, words)
    lost = [other for other in form.body.get("related", ()) if other not in set(known)]
    if lost:
        found.setdefault("related", f"没有这些条目：{'、'.join(lost)}")
    odd = [number for number in form.body.get("hotlines", ()) if not re.fullmatch(r"\d{3,12}", number)]
    if odd:
        found.setdefault("hotlines", f"电话只写数字，用空格隔开：{'、'.join(odd)}")
    for name in FREE:
        wrong = address_problem(form.text(name))
        if wrong:
            found.setdefault(name, wrong)
    for source in form.body.get("sources", ()):
        wrong = address_problem(" ".join(source.values()))
        if wrong:
            found.setdefault("sources", wrong)
    found.update(_days_that_do_not_fit(form, today))
    return found


def id_problem(entry_id: str, topic: str, known: Iterable[str]) -> str:
    """What is wrong with a new entry's id; "" when it can be used."""
    if not _ID.match(entry_id) or not entry_id.startswith(f"{topic}.") or len(entry_id) > 80:
        return f"编号以“{topic}.”开头，后面只用小写字母、数字和短横，比如 {topic}.new-rule。"
    return "已经有这个编号了，换一个。" if entry_id in set(known) else ""


def bounded(text: str) -> int:
    """A whole number as a form or an address may hold one; for ``get(…, type=bounded)``. Raises ValueError."""
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        raise ValueError("no number of a form")
    return int(text)


def _days_that_do_not_fit(form: Form, today: date) -> dict[str, str]:
    found = {}
    first, last = form.days
    for name, typed, day in (("effective_from", form.first, first), ("effective_to", form.last, last)):
        if typed and day is None:
            found[name] = "日期写成 2027-06-16 这样。"
    if last is not None and last < today:
        found["effective_to"] = "这一天已经过了。"
    if first is not None and last is not None and last < first:
        found["effective_to"] = "不能早于开始的那一天。"
    return found


def _said(error: Any, form: Form) -> tuple[str, str]:
    """A complaint of the schema as its field and words."""
    place, kind, limits = error["loc"], error["type"], error.get("ctx", {})
    name = str(place[0]) if place else ""
    if not name:
        emergency = "hotlines" in str(error["msg"])
        return ("hotlines", "险情的条目要有电话。") if emergency else ("phrasings", "有一条问法写了两遍。")
    if len(place) == 1 and (kind == "missing" or not form.body.get(name)):
        wanted = f"（{_LIMITS[name]}）" if name in _LIMITS else ""
        return name, f"“{LABELS.get(name, name)}”还没填{wanted}。"
    which = f"第{int(place[1]) + 1}条" if len(place) > 1 and isinstance(place[1], int) else ""
    if name == "sources" and len(place) > 2:
        return name, f"{which}：{_of_source(str(place[2]), kind)}"
    if kind in {"too_short", "too_long"}:
        return name, f"要{_LIMITS.get(name, '改一下数目')}，现在{len(form.body.get(name, ()))}条。"
    if kind == "string_too_long":
        most = limits.get("max_length", ANSWER_CHARS)
        size = len(form.text(name)) if not which else len(form.body[name][int(place[1])])
        return name, f"{which}最多{most}字，现在{size}字。"
    if kind == "string_too_short":
        return name, f"{which}太短，至少{limits.get('min_length', 2)}字。"
    if name == "related":
        return name, f"{which}不是条目编号。"
    return name, f"{which}不合要求，请再看一下。"


def _of_source(name: str, kind: str) -> str:
    words = {
        "title": "文件名称",
        "issuer": "发布机关",
        "version": "版本日期",
        "in_force_from": "施行日期",
        "in_force_to": "失效日期",
    }
    if kind.startswith("date"):
        return f"{words.get(name, name)}写成 2021-09-01 这样。"
    return f"{words.get(name, name)}还没填。"


def _lines(text: str) -> list[str]:
    return [said for line in text.splitlines() if (said := line.strip())]


def _words(text: str) -> list[str]:
    return [word for word in _SPLIT.split(text.strip()) if word]


def _text(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
