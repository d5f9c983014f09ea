"""Takes hazards over, as a conversation for tips will: says back what it was given, and asks where by itself."""

from __future__ import annotations

from bot.events import HazardTold
from bot.features import Feature
from bot.messages import Inbound, Reply, Text
from bot.turn import Turn


def _take(event: HazardTold, turn: Turn) -> Reply:
    turn.begin("taker", {"words": event.words})
    return Text(f"举报收到：{event.words}｜{event.place}｜{event.message.kind}")


def _more(message: Inbound, turn: Turn) -> Reply:
    turn.finish()
    return Text(f"{turn.state.data.get('words', '')}补充：{message.text}")


feature = Feature(name="taker", title="举报", conversations={"taker": _more}, takes={HazardTold: _take})
