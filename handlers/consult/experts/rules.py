"""The office's rules from config/experts.yaml, and names of topics."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

import yaml

from config.catalog import read_yaml
from handlers.consult.experts.hours import Hours
from knowledge.content import CONTENT_DIR

SWITCH = "consult"
"""The switch that shuts experts' pages: their feature's name."""
ORDINARY, CAME_BACK = "ordinary", "came_back"


@dataclass(frozen=True, slots=True)
class Rules:
    """See config/experts.yaml. ``due``: working time until an answer is due, by class."""

    office: Hours
    due: dict[str, timedelta]
    card_every: timedelta
    invite: timedelta
    link: timedelta
    device: timedelta
    daily_cap: int
    suggest_within: timedelta
    cluster: timedelta


@lru_cache(maxsize=1)
def rules() -> Rules:
    raw = read_yaml("experts.yaml")
    return Rules(
        office=Hours.read(raw["office_hours"]),
        due={name: timedelta(hours=hours) for name, hours in raw["due_hours"].items()},
        card_every=timedelta(minutes=raw["card_every_minutes"]),
        invite=timedelta(days=raw["invite_days"]),
        link=timedelta(days=raw["link_days"]),
        device=timedelta(days=raw["device_days"]),
        daily_cap=raw["daily_cap"],
        suggest_within=timedelta(hours=raw["suggest_within_hours"]),
        cluster=timedelta(days=raw["cluster_days"]),
    )


@lru_cache(maxsize=1)
def topics() -> dict[str, str]:
    """Topic → its name for people, from the heads of the content files."""
    heads = (
        yaml.safe_load(path.read_text(encoding="utf-8").partition("\nentries:")[0])
        for path in sorted(CONTENT_DIR.glob("*.yaml"))
    )
    return {head["topic"]: head["name"] for head in heads}


def topic_of(entry_id: str) -> str:
    """The topic of an entry: what its id begins with."""
    return entry_id.partition(".")[0]
