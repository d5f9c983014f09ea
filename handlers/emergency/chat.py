"""Emergency sees every message first. Two things, kept apart: it *shows* the numbers for any word of danger, and it
*pages* the duty officers only when something is happening now."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

import structlog

from bot import outbox
from bot.directory.duty import duty_officer
from bot.dispatch import normal
from bot.messages import CardDone, Inbound, Reply, Text
from bot.turn import Turn
from handlers.emergency import incidents
from handlers.emergency.records import FALSE_ALARM, KNOWN, OPEN, Incident
from handlers.emergency.signals import Signal, read, stated_place
from knowledge.emergency import load_wording

log = structlog.get_logger(__name__)

PLACE, ASKED = "emergency.place", "emergency.asked"
MINUTES = 30
_PLACE_LIKE = re.compile(
    r"[路街道巷村镇乡县区市湾岭港岛社]|工地|项目|小区|大厦|广场|大桥|学校|医院|公园|市场|码头|车站|酒店|花园|家园|城|号楼|\d+[栋幢号]"
    r"|附近|旁边|对面|后面|门口|路口|交叉"
)
YES = frozenset({"1", "是", "是的", "对", "正在发生", "在发生", "嗯", "有"})
NO = frozenset({"2", "不是", "没有", "没", "只是了解", "了解", "想了解"})
CANCEL = frozenset({"取消", "没事了", "没事", "误报", "发错了", "点错了"})
NO_OFFICER = "位置收到。我们不能替您报警，119、120没打通就再打一次。人在安全处等。"


@lru_cache(maxsize=4096)
def _signal(text: str) -> Signal | None:
    """As ``read``; what thousands ask in the same words is read once."""
    return read(text)


def intercept(message: Inbound, turn: Turn) -> Reply | None:
    """First of all handlers: numbers for any word of danger."""
    if turn.active == PLACE and message.kind == "location":
        return _placed(message, turn, _pin_words(message))
    if turn.active == ASKED and message.kind in {"location", "image"}:
        return _confirmed(message, turn, _pin_words(message) if message.kind == "location" else "")
    if message.kind == "voice" and not message.text:
        return _unheard(turn)
    if message.kind not in {"text", "voice"} or not message.text:
        return None
    signal = _signal(message.text)
    if signal is None:
        return _continued(message, turn)
    wording = load_wording()
    if signal.page:
        return _happening(message, turn, signal)
    if signal.ask:
        turn.begin(ASKED, {"kind": signal.kind, "place": signal.place or "", "text": message.text[:200]}, MINUTES)
        return Text(wording.unclear(signal.kind))
    turn.preface = wording.numbers(signal.kind)
    turn.without_record = Text(turn.preface)
    return None


def _unheard(turn: Turn) -> Reply | None:
    """A voice without words amid an emergency gets the open question once more, not a menu of common questions."""
    if turn.active == ASKED:
        return Text(load_wording().unclear(turn.state.data["kind"]))
    if turn.active == PLACE and not turn.state.data.get("placed"):
        return Text(load_wording().place_missing)
    return None


def _continued(message: Inbound, turn: Turn) -> Reply | None:
    """What follows an emergency: the answer to 「正在发生吗」, or the place."""
    said = normal(message.text)
    if turn.active == ASKED:
        if said in YES:
            return _confirmed(message, turn, "")
        if said in NO:
            turn.finish()
            return Text(load_wording().only_asked)
        return None
    if turn.active != PLACE:
        return None
    if said in CANCEL:
        turn.finish()
        return Text(load_wording().only_asked)
    place = stated_place(message.text) or _like_a_place(message.text)
    if place:
        return _placed(message, turn, place)
    if turn.state.data.get("placed") or turn.state.data.get("asked_again"):
        return None
    turn.state.data["asked_again"] = True
    return Text(load_wording().place_missing)


def _like_a_place(text: str) -> str:
    """Words that look like a place, when one was asked for; "" for a question or anything else."""
    words = text.strip()
    if not 2 <= len(words) <= 60 or words.endswith(("?", "？", "吗", "呢", "么", "样")):
        return ""
    return words if _PLACE_LIKE.search(words) else ""


def _confirmed(message: Inbound, turn: Turn, place: str) -> Reply:
    """What was asked about is happening: said so, or shown by a photo or a place."""
    data = turn.state.data
    signal = Signal(data["kind"], show=True, page=True, ask=False, answer=False, place=place or data["place"] or None)
    return _happening(replace(message, text=str(data["text"])), turn, signal)


def _happening(message: Inbound, turn: Turn, signal: Signal) -> Reply:
    """It is happening now: say what saves lives, tell the duty officers, ask for the place if it is not known."""
    wording = load_wording()
    turn.without_record = Text(wording.alone(signal.kind))
    incident = incidents.report(
        turn.session,
        turn.services,
        message,
        person_id=turn.person_id,
        kind=signal.kind,
        place=signal.place or "",
        request_id=turn.request_id,
    )
    turn.then(lambda: outbox.wake(turn.services))
    known = {"placed": True} if incident.place_sealed else {}
    turn.begin(PLACE, {"kind": signal.kind, "incident": incident.id, **known}, MINUTES)
    if message.latitude is not None and message.longitude is not None:
        incidents.set_pin(turn.services, incident, message.latitude, message.longitude)
    if not incident.place_sealed:
        return Text(wording.first(signal.kind))
    return Text(wording.known(signal.kind)) if incidents.told(turn.session, incident) else turn.without_record


def _placed(message: Inbound, turn: Turn, place: str) -> Reply:
    """The place of what this person reported."""
    wording = load_wording()
    turn.without_record = Text(NO_OFFICER.removeprefix("位置收到。"))
    incident = incidents.current(turn.session, turn.person_id, turn.now)
    if incident is None:
        turn.finish()
        return Text(wording.place_missing)
    if message.latitude is not None and message.longitude is not None:
        incidents.set_pin(turn.services, incident, message.latitude, message.longitude)
    if incidents.set_place(turn.session, turn.services, incident, place):
        incidents.page(turn.session, turn.services, incident, turn.request_id)
        turn.then(lambda: outbox.wake(turn.services))
    turn.begin(PLACE, {"kind": incident.kind, "incident": incident.id, "placed": True}, MINUTES)
    return Text(wording.received) if incidents.told(turn.session, incident) else Text(NO_OFFICER)


def _pin_words(message: Inbound) -> str:
    if message.label:
        return message.label[:60]
    if message.latitude is None or message.longitude is None:
        return "发来的位置"
    return f"北纬{message.latitude:.5f}，东经{message.longitude:.5f}"


def card(message: Inbound, turn: Turn) -> Reply | None:
    """An officer presses 已知悉 or 误报 on the page's card."""
    task = str(message.fields.get("TaskId", ""))
    incident_id = task.removeprefix(incidents.TASK).split(":")[0]
    officer = duty_officer(turn.session, turn.person_id)
    incident = turn.session.get(Incident, incident_id, with_for_update=True)
    if officer is None or incident is None:
        log.warning("emergency.card_refused", incident=incident_id[:26])
        return None
    if incident.state == OPEN or message.event_key == "false_alarm":
        incident.state = FALSE_ALARM if message.event_key == "false_alarm" else KNOWN
        incident.taken_by, incident.taken_at = officer.id, turn.now
    return CardDone("已标为误报" if incident.state == FALSE_ALARM else "已知悉")
