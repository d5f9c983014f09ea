"""Emergency sees every message first. Two things, kept apart: it *shows* the numbers for any word of danger, and it
*pages* the duty officers only when something is happening now.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import lru_cache

from bot import outbox
from bot.messages import Inbound, Reply, Text
from bot.turn import ASKED as AS_ASKED
from bot.turn import TOLD as AS_TOLD
from bot.turn import Turn
from handlers.emergency import incidents, paging, places, replies, said, scene
from handlers.emergency.current import ASKED, MINUTES, NOTE, PLACE, Current, current, forget, incident_of, remember, who
from handlers.emergency.incidents import VAGUE_KIND
from handlers.emergency.places import Place
from handlers.emergency.records import Incident
from handlers.emergency.said import Verdict
from handlers.emergency.signals import Signal, read
from handlers.emergency.sounded import sounded
from knowledge.emergency import load_wording

SEEN = frozenset({"image", "video"})


@lru_cache(maxsize=4096)
def _signal(text: str) -> Signal | None:
    """As ``read``; what thousands ask in the same words is read once."""
    return sounded(text) or read(text)


def intercept(message: Inbound, turn: Turn) -> Reply | None:
    """First of all handlers: numbers for any word of danger."""
    now = current(turn)
    if message.kind in SEEN or message.kind == "location":
        return _shown(message, turn, now)
    if message.kind == "voice" and not message.text:
        return _unheard(turn, now)
    if message.kind not in {"text", "voice"} or not message.text:
        return None
    signal = heard = _signal(message.text)
    kind = now.kind if now else str(turn.state.data["kind"]) if turn.active == ASKED else ""
    if kind and (reply := _at_scene(message, turn, now, kind, heard)):
        return reply
    # Amid an emergency what only sounds like one is of that one.
    amid = signal is not None and not signal.sure and (now is not None or turn.active == ASKED)
    alarming = amid and heard is not None and not heard.answer
    if amid:
        signal = None
    if signal is not None and (signal.page or (signal.ask and now and not said.asks(message.text))):
        return _happening(message, turn, signal.kind, _stated(message.text, signal))
    if said.begs(message.text) and not (signal is not None and signal.ask):
        return _begged(message, turn, now)
    if turn.active == ASKED:
        return _judged(message, turn, signal, alarming=alarming and heard is not None and heard.page)
    if now is not None:
        reply = _continued(message, turn, now, signal, alarming=alarming)
        if reply is not None:
            return reply
    if signal is None:
        return None
    if signal.ask and (signal.sure or not turn.active):
        _ask(turn, signal.kind, message.text, signal.place or "")
        turn.with_known = AS_ASKED if said.wonders(message.text) else AS_TOLD
        return Text(replies.unclear(signal.kind))
    turn.preface = load_wording().numbers(signal.kind)
    turn.without_record = Text(turn.preface)
    return None


# -- what is said at the scene ----------------------------------------------------------------------------------------


def _at_scene(message: Inbound, turn: Turn, now: Current | None, kind: str, signal: Signal | None) -> Reply | None:
    """What has one life-saving answer amid a danger of ``kind``, open or asked about: that first, the place below. The
    kind stays what was reported; None for what is no such thing or tells of another danger."""
    text, placed = message.text, now.placed if now else True
    if scene.wants_simpler(text):
        return Text(replies.simplest(kind, placed))
    if said.command(text) or said.topic(text) or scene.ended(text, kind):
        return None
    heard = scene.at_scene(text, kind)
    say = heard.say if heard else ""
    despair = signal is not None and incidents.family(signal.kind) == replies.DESPAIR
    if not say and despair and scene.despairs_of_danger(text, kind):
        say = replies.hold_on(kind)
    own = despair or (heard is not None and heard.sure)
    of_another = signal is not None and signal.page and not (own or scene.same_danger(kind, signal.kind))
    refused = now is None and said.verdict(text) is Verdict.NO
    if not say or of_another or refused or (signal is not None and signal.place):
        return None
    if now is None and said.asks(text):
        return Text(f"{say}\n{load_wording().ask}")
    if now is None:
        _confirmed(message, turn, None)
    elif signal is not None and signal.page and not own:
        _happening(message, turn, signal.kind, None)
    else:
        incident = incident_of(turn, now)
        if incident is None:
            return None
        asked = said.asks(text)
        incidents.more(turn.session, turn.services, incident, who(turn), text, worse=said.worse(text) and not asked)
        turn.then(lambda: outbox.wake(turn.services))
        remember(turn, incident)
    turn.state.notes[NOTE] |= {"kind": kind}
    turn.without_record = Text(replies.step(say, turn.state.notes[NOTE]["placed"]))
    turn.must_be_kept = True
    return turn.without_record


# -- what is not words ------------------------------------------------------------------------------------------------


def _shown(message: Inbound, turn: Turn, now: Current | None) -> Reply | None:
    """A photo or a place: it says yes to 「正在发生吗」, and belongs to the emergency this person is in."""
    place = None
    if message.kind == "location":
        place = places.pinned(message.label, message.latitude, message.longitude)
    if turn.active == ASKED:
        return _confirmed(message, turn, place)
    if now is None:
        return None
    if place is not None:
        return _placed(message, turn, now, place)
    turn.without_record = Text(replies.PHOTO_ALONE)
    incident = incident_of(turn, now)
    if incident is None:
        return None
    incidents.photo(turn.session, turn.services, incident, who(turn), message.media_id)
    remember(turn, incident)
    return Text(replies.photo(bool(incident.place_sealed)))


def _unheard(turn: Turn, now: Current | None) -> Reply | None:
    """A voice without words amid an emergency gets the open question once more, not a menu of common questions."""
    if turn.active == ASKED:
        return Text(replies.unclear(turn.state.data["kind"]))
    if now is None:
        return None
    return Text(replies.UNHEARD if now.placed else load_wording().place_missing)


# -- is it happening --------------------------------------------------------------------------------------------------


def _ask(turn: Turn, kind: str, text: str, place: str, *, again: bool = False) -> None:
    turn.begin(ASKED, {"kind": kind, "text": text[:200], "place": place, "again": again}, MINUTES)


def _judged(message: Inbound, turn: Turn, signal: Signal | None, *, alarming: bool) -> Reply | None:
    """The answer to 「正在发生吗」. What is neither yes nor no is asked about once more; a question is a question."""
    text, data = message.text, turn.state.data
    place = _stated(text, signal) or places.answered(text)
    asking = said.asks(text) and not said.asks_back(text)
    answer = said.verdict(text)
    if answer is Verdict.NO or said.over(text):
        turn.finish()
        return Text(replies.not_happening(data["kind"]))
    told = alarming or (signal is not None and signal.ask) or said.telling(text)
    findable = place is not None and bool(place.key)
    if not asking and (answer is Verdict.YES or findable or told):
        if signal is not None and signal.kind != data["kind"]:
            _confirmed(message, turn, place)
            return _happening(message, turn, signal.kind, place)
        return _confirmed(message, turn, place)
    if said.command(text) or (signal is not None and signal.answer):
        if signal is not None:
            turn.preface = load_wording().numbers(signal.kind)
        return None
    leans = said.leans(text)
    if signal is None and not leans and (asking or data.get("again")):
        return None
    kind = signal.kind if signal is not None else data["kind"]
    _ask(turn, kind, f"{data['text']}／{text}", place.words if place else data["place"], again=not leans)
    return Text(replies.unclear(kind) if signal or leans else replies.ask_again(kind))


def _confirmed(message: Inbound, turn: Turn, place: Place | None) -> Reply:
    """What was asked about is happening: said so, or shown by a photo or a place."""
    data = turn.state.data
    before = str(data["text"])
    words = f"{before}／{message.text}" if message.text else before
    reply = _happening(replace(message, text=words), turn, data["kind"], place or places.stated(before, data["place"]))
    if message.kind in SEEN:
        now = current(turn)
        incident = incident_of(turn, now) if now else None
        if incident is not None:
            incidents.photo(turn.session, turn.services, incident, who(turn), message.media_id)
    return reply


def _begged(message: Inbound, turn: Turn, now: Current | None) -> Reply | None:
    """We are asked to call: no, and the numbers. Said in answer to 「正在发生吗」 it is a yes, unless it only asks."""
    if turn.active == ASKED and not said.asks(message.text):
        return _confirmed(message, turn, None)
    if now is not None:
        return Text(replies.begged(now.placed))
    if turn.active != ASKED:
        _ask(turn, VAGUE_KIND, message.text, "")
    return Text(replies.begged(None))


# -- it is happening --------------------------------------------------------------------------------------------------


def _happening(message: Inbound, turn: Turn, kind: str, place: Place | None) -> Reply:
    """It is happening now: say what saves lives, tell the duty officers, ask for the place if it is not known."""
    turn.without_record = Text(load_wording().alone(kind))
    turn.must_be_kept = True
    reported = incidents.report(
        turn.session, turn.services, who(turn), kind=kind, place=place, words=message.text or "（没有文字）"
    )
    incident = reported.incident
    hurt, below = _hurt_by(current(turn), incident, kind, message.text)
    if message.latitude is not None and message.longitude is not None:
        incidents.set_pin(turn.services, incident, message.latitude, message.longitude)
    turn.then(lambda: outbox.wake(turn.services))
    kind = hurt or kind
    remember(turn, incident, kind)
    placed = bool(incident.place_sealed)
    if not paging.told(turn.session, incident):
        return Text(replies.alone(kind, placed) + below)
    if reported.paged:
        return Text(replies.paged(kind, placed, coarse=placed and not incident.place_hash) + below)
    return Text(replies.counted(kind, placed, reported.times, incident.reports) + below)


def _hurt_by(before: Current | None, incident: Incident, kind: str, text: str) -> tuple[str, str]:
    """The kind reported before, where this report is of somebody hurt in it or of the same person growing worse, and
    what to do for them below its first steps; else empty."""
    if before is None or before.incident != incident.id or before.kind == VAGUE_KIND:
        return "", ""
    if kind == VAGUE_KIND:
        return before.kind, ""
    if incidents.family(before.kind) == incidents.PERSON:
        return (before.kind if kind == "illness" and not scene.of_heat(text) else ""), ""
    return (before.kind, replies.also(kind)) if incidents.family(kind) == incidents.PERSON else ("", "")


def _continued(message: Inbound, turn: Turn, now: Current, signal: Signal | None, *, alarming: bool) -> Reply | None:
    """What follows a report: that it is over, the place, or what else there is to say. A question goes on to where
    questions are answered."""
    text = message.text
    if said.command(text):
        return None
    if scene.ended(text, now.kind):
        return _over(message, turn)
    if (
        said.leans(text)
        and (said.asks(text) or (now.placed and said.plea(text)))
        and (signal is None or scene.same_danger(now.kind, signal.kind))
    ):
        return _stepped(turn, now, signal)
    place = places.answered(text) if signal is None or not said.asks(text) else None
    if place is not None and (turn.active == PLACE or not now.placed):
        return _placed(message, turn, now, place)
    if said.asks(text) or signal is not None or turn.active not in {PLACE, ""}:
        return None
    incident = incident_of(turn, now)
    if incident is None:
        return None
    if said.same_place(text):
        before = incidents.earlier_place(turn.session, turn.services, incident)
        if before is not None:
            return _placed(message, turn, now, before)
        if incident.place_sealed and paging.told(turn.session, incident):
            return Text(load_wording().received)
    if turn.active != PLACE and not alarming:
        return None
    if said.courtesy(text):
        return Text(replies.HEARD if now.placed else replies.HEARD_NO_PLACE)
    return _more(message, turn, now, incident, alarming=alarming)


def _stepped(turn: Turn, now: Current, signal: Signal | None) -> Reply:
    """「怎么救他」, 「能下去吗」: the first steps of what happened, and below them of who was hurt; no answer to
    another question may stand in their place."""
    turn.state.notes[NOTE] |= {"until": (turn.now + timedelta(minutes=MINUTES)).isoformat()}
    turn.begin(PLACE, {}, MINUTES)
    below = replies.also(signal.kind) if signal and incidents.family(signal.kind) != incidents.family(now.kind) else ""
    return Text(replies.again(now.kind, now.placed) + below)


def _more(message: Inbound, turn: Turn, now: Current, incident: Incident, *, alarming: bool) -> Reply | None:
    """Words that are no place: kept for the officers whatever they are; answered while the place is still asked for or
    where they tell something of the danger."""
    text = message.text
    worse, vague = alarming or said.worse(text), not now.placed and places.vague(text)
    if now.placed and not worse:
        return None
    turn.without_record = Text(replies.alone(now.kind, now.placed))
    turn.must_be_kept = True
    carded = incidents.more(turn.session, turn.services, incident, who(turn), text, worse=worse)
    turn.then(lambda: outbox.wake(turn.services))
    remember(turn, incident)
    told = paging.told(turn.session, incident)
    if worse:
        return Text(replies.more(now.kind, now.placed, carded, told))
    if vague:
        return Text(replies.WHICH)
    return None if said.topic(text) else Text(replies.no_place(now.kind))


def _over(message: Inbound, turn: Turn) -> Reply:
    """「没事了」: noted, and the officers are told, so that nobody runs for nothing and nothing is hushed up. Of
    several reports 「火灭了」 calls off the fire alone."""
    turn.without_record = Text(load_wording().only_asked)
    mine = incidents.unsettled(turn.session, turn.services, turn.person_id)
    sort = said.over_of(message.text)
    meant = [one for one in mine if sort and incidents.family(one.kind) == sort] or mine
    carded = [incidents.over(turn.session, turn.services, one, who(turn), message.text) for one in meant]
    turn.then(lambda: outbox.wake(turn.services))
    forget(turn)
    left = [one for one in mine if one not in meant]
    if left:
        remember(turn, left[0], left[0].kind)
    if said.in_hospital(message.text):
        return Text(replies.IN_HOSPITAL)
    return Text(replies.OVER_TOLD if any(carded) else load_wording().only_asked)


def _placed(message: Inbound, turn: Turn, now: Current, place: Place) -> Reply | None:
    """The place of what this person reported."""
    turn.without_record = Text(replies.NO_OFFICER.removeprefix("位置收到。"))
    incident = incident_of(turn, now)
    if incident is None:
        return Text(load_wording().place_missing)
    words = message.text or place.words
    incidents.locate(turn.session, turn.services, incident, who(turn), place, words)
    if message.latitude is not None and message.longitude is not None:
        incidents.set_pin(turn.services, incident, message.latitude, message.longitude)
    turn.then(lambda: outbox.wake(turn.services))
    remember(turn, incident)
    if not paging.told(turn.session, incident):
        return Text(replies.NO_OFFICER)
    finer = "" if incident.place_hash or incident.latitude_longitude_sealed else replies.FINER
    return Text(load_wording().received + finer)


def _stated(text: str, signal: Signal | None) -> Place | None:
    return places.stated(text, signal.place or "" if signal else "")
