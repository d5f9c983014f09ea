"""What slices tell each other without knowing each other.

A slice makes an event and hands it over; a feature that wants such events names a taker in ``Feature.takes``. Both work
in the same turn, so what the taker writes is committed together with what the teller erases, or neither is.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bot import switches
from bot.messages import Inbound, Reply
from bot.turn import Turn


@dataclass(frozen=True, slots=True)
class HazardTold:
    """A person told of a hazard and wants it reported. ``words`` are masked as at intake; ``place`` is the part of them
    that says where, "" where none does. ``message`` is the one that made it sure."""

    words: str = field(repr=False)
    place: str = field(repr=False)
    message: Inbound = field(repr=False)


Event = HazardTold


def hand_over(event: Event, turn: Turn) -> Reply | None:
    """The reply of the first feature, in config's order and switched on, that takes the event; None where none does.
    Whoever hands over must keep nothing of what was taken."""
    on = switches.current(turn.services)
    for feature in turn.services.features:
        take = feature.takes.get(type(event))
        if take is None or (feature.can_switch_off and on.state(feature.name) != switches.ON):
            continue
        reply = take(event, turn)
        if reply is not None:
            return reply
    return None
