"""The duty officers' answers to a page: 已知悉 or 误报, pressed on its card."""

from __future__ import annotations

import structlog

from bot.console import audit
from bot.console.records import Staff
from bot.directory.duty import duty_officer
from bot.messages import CardDone, Inbound, Reply
from bot.turn import Turn
from handlers.emergency import incidents, paging
from handlers.emergency.records import FALSE_ALARM, KNOWN, OPEN, STATE_WORDS

log = structlog.get_logger(__name__)


def card(message: Inbound, turn: Turn) -> Reply | None:
    """An officer presses 已知悉 or 误报 on the page's card. What a colleague decided stays; it can be changed in the
    console, where one sees what it was."""
    task = str(message.fields.get("TaskId", ""))
    incident_id = task.removeprefix(paging.TASK).split(":")[0]
    officer = duty_officer(turn.session, turn.person_id)
    incident = incidents.known(turn.session, incident_id)
    if officer is None or incident is None:
        log.warning("emergency.card_refused", incident=incident_id[:26])
        return None
    wanted = FALSE_ALARM if message.event_key == "false_alarm" else KNOWN
    if incident.state != OPEN and incident.taken_by != officer.id:
        holder = turn.session.get(Staff, incident.taken_by) if incident.taken_by else None
        return CardDone(f"{holder.name if holder else '同事'}{STATE_WORDS[incident.state]}")
    if incident.state != wanted and (incident.state, wanted) != (FALSE_ALARM, KNOWN):
        incidents.decide(turn.session, turn.services, incident, wanted, officer.id)
        action = f"emergency.{wanted}"
        audit.append(turn.session, actor=officer.id, action=action, subject=incident.id, request_id=turn.request_id)
    return CardDone("已标为误报" if incident.state == FALSE_ALARM else "已知悉")
