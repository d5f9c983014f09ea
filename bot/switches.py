"""Feature switches: on, numbers (and hand-over) only, or off. Kept in the database; every process knows within 2 s."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import structlog
from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot import clock
from bot.messages import Inbound, Reply, Text
from bot.storage.db import Base, Database
from config.catalog import read_yaml

if TYPE_CHECKING:
    from bot.features import Feature
    from bot.services import Services

log = structlog.get_logger(__name__)

ON, LIMITED, OFF = "on", "limited", "off"
STATES: Mapping[str, str] = {ON: "开", LIMITED: "只给电话", OFF: "关"}
LIMITED_WITH_HANDOVER = "只给电话和转人工"
REFRESH_S = 1.5


class FeatureSwitch(Base):
    """The state of one feature; a feature with no row is on."""

    __tablename__ = "feature_switch"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(26))


@dataclass(slots=True)
class Switches:
    """The states as this process last read them."""

    states: dict[str, str] = field(default_factory=dict)
    read_at: float = float("-inf")

    def state(self, name: str) -> str:
        return self.states.get(name, ON)


_known: WeakKeyDictionary[Database, Switches] = WeakKeyDictionary()


def current(services: Services) -> Switches:
    """The switches, read again from the database at most every 1.5 s; the last known ones when it is away."""
    known = _known.setdefault(services.database, Switches())
    if clock.stopwatch() - known.read_at > REFRESH_S:
        known.read_at = clock.stopwatch()
        try:
            with services.database.reading() as session:
                known.states = {row.name: row.state for row in session.scalars(select(FeatureSwitch))}
        except Exception as error:
            log.warning("switches.unread", error=type(error).__name__)
    return known


def words(feature: Feature, state: str) -> str:
    """What a state is called for this feature: limited hands over to people where the feature can."""
    return LIMITED_WITH_HANDOVER if state == LIMITED and feature.limited is not None else STATES[state]


def numbers() -> str:
    """The emergency numbers with their names, in one line."""
    return "、".join(f"{line['number']}（{line['name']}）" for line in read_yaml("hotlines.yaml")["always"])


def change(session: Session, name: str, state: str, actor: str, at: datetime) -> None:
    """Set a switch; the caller audits it. Raises ValueError for a state that does not exist."""
    if state not in STATES:
        raise ValueError(f"no such state: {state}")
    session.merge(FeatureSwitch(name=name, state=state, changed_at=at, changed_by=actor))


def closed_reply(feature: Feature, state: str, message: Inbound) -> Reply | None:
    """What a person hears of a feature that is not fully on; None leaves the message to the next in line."""
    if message.is_event or state == OFF:
        return None
    return Text(closed_words(feature))


def closed_words(feature: Feature) -> str:
    """What a feature says while it gives the numbers alone."""
    return f"「{feature.title}」暂时只提供电话：{numbers()}。有急事请直接打电话。"
