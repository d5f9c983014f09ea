"""The emergency a person is in, kept among the notes of their conversation, so that it outlives another conversation
and even unfollowing; ``PLACE`` and ``ASKED`` only say which question was asked last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.turn import Turn
from handlers.emergency import incidents
from handlers.emergency.incidents import Who
from handlers.emergency.records import Incident

PLACE, ASKED = "emergency.place", "emergency.asked"
NOTE = "emergency"
MINUTES = 30


@dataclass(frozen=True, slots=True)
class Current:
    """The emergency a person is in, as kept in their notes."""

    incident: str
    kind: str
    until: str
    placed: bool = False


def current(turn: Turn) -> Current | None:
    """The emergency this person is in; forgotten half an hour after its last word."""
    noted = turn.state.notes.get(NOTE)
    if noted is None:
        return None
    if datetime.fromisoformat(noted["until"]) < turn.now:
        turn.state.notes.pop(NOTE)
        return None
    return Current(**noted)


def incident_of(turn: Turn, now: Current) -> Incident | None:
    """Its row, locked; None (and forgotten) where it was deleted meanwhile."""
    incident = incidents.known(turn.session, now.incident)
    if incident is None:
        forget(turn)
    return incident


def remember(turn: Turn, incident: Incident, kind: str = "") -> None:
    """The person is in this emergency now, for half an hour from their last word; its kind stays unless given."""
    before = current(turn)
    turn.state.notes[NOTE] = {
        "incident": incident.id,
        "kind": kind or (before.kind if before else incident.kind),
        "until": (turn.now + timedelta(minutes=MINUTES)).isoformat(),
        "placed": bool(incident.place_sealed),
    }
    turn.begin(PLACE, {}, MINUTES)


def forget(turn: Turn) -> None:
    """The person is in no emergency any more."""
    turn.state.notes.pop(NOTE, None)
    if turn.active == PLACE:
        turn.finish()


def who(turn: Turn) -> Who:
    """Who tells, for the incident's record."""
    return Who(turn.person_id, turn.request_id)
