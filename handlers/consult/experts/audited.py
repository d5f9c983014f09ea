"""What the audit page says of experts: their names, as staff know them, and what the details mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.console.audit import name_actors, name_detail_keys
from handlers.consult.experts.acting import DECLINE_REASONS, OFFICE
from handlers.consult.experts.records import Expert
from handlers.consult.experts.release import reason_words
from handlers.consult.experts.rules import topics


def _held(codes: str) -> str:
    return f"等放行：{reason_words(codes.split(','))}" if codes else ""


def _passed(to: str) -> str:
    return "转给办公室" if to == OFFICE else f"转给懂“{topics().get(to, to)}”的专家"


def _count(words: str) -> Callable[[str], str]:
    return lambda number: words.format(number) if number != "0" else ""


DETAILS: Mapping[str, Callable[[str], str]] = {
    "held": _held,
    "told": _count("发给{}个人"),
    "to": _passed,
    "reason": lambda code: DECLINE_REASONS.get(code, code),
    "expert": "给{}".format,
    "closed": _count("关闭{}条"),
    "number": "第{}版".format,
    "edited": lambda edited: "改过" if edited.lower() == "true" else "",
}


def expert_names(session: Session) -> dict[str, str]:
    """Every expert's name and unit, so that who acted on a phone is no stranger in the log."""
    rows = session.execute(select(Expert.id, Expert.name, Expert.unit)).all()
    return {id_: f"{name}（专家，{unit}）" for id_, name, unit in rows}


name_detail_keys(DETAILS)
name_actors(expert_names)
