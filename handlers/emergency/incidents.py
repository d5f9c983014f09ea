"""Incidents: which reports are of one thing, what is kept of each, and when the duty officers hear of it (again)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.ids import new_id
from bot.retention import delete_old
from bot.services import Services
from handlers.emergency import paging, places
from handlers.emergency.paging import About
from handlers.emergency.places import Place
from handlers.emergency.records import (
    FALSE_ALARM,
    KNOWN,
    MORE,
    OPEN,
    OVER,
    PHOTO,
    PLACE,
    REPORT,
    Incident,
    Report,
    Step,
)
from knowledge.emergency import load_wording

ONE_INCIDENT = timedelta(minutes=30)
TABLE, PLACE_COLUMN, PIN_COLUMN = "emergency_incident", "place", "pin"
REPORT_TABLE, WORDS_COLUMN = "emergency_report", "words"
PLACE_CHARS, WORDS_CHARS = 200, 500
PLACES_BETWEEN = "；"
VAGUE_KIND = "help"
_FAMILIES = {
    **dict.fromkeys(("collapse", "lifting", "buried"), "structure"),
    **dict.fromkeys(("gas", "fumes"), "gas"),
    **dict.fromkeys(("electric", "livewire"), "electric"),
    **dict.fromkeys(("selfharm", "selfpoison"), "selfharm"),
    **dict.fromkeys(("injury", "wound", "burn", "bite", "choke", "seizure", "sick", "illness", "poison"), "person"),
}
"""Kinds that tell of one thing in different words; every other kind is a family of its own. Harm to a ``person`` is
mostly a consequence of what was reported before."""
PERSON = "person"


@dataclass(frozen=True, slots=True)
class Reported:
    """What became of a report. ``paged``: officers hear of it by a card of its own; ``times``: how often this person
    reported it."""

    incident: Incident
    paged: bool
    times: int


@dataclass(frozen=True, slots=True)
class Who:
    """The writer of a message and the request it came with."""

    person_id: str
    request_id: str


def report(session: Session, services: Services, who: Who, *, kind: str, place: Place | None, words: str) -> Reported:
    """Note a report of something happening now, of a new incident or of a known one, and page the officers unless an
    equal card went out in the last minutes. The incident's row is locked for the rest of the transaction."""
    now = services.clock.now()
    incident = _own(session, services, who.person_id, kind, place, now) or _at(session, services, kind, place, now)
    silenced = incident is None and _refused_just_now(session, services, who.person_id, kind, place, now)
    fresh, relapsed, kind_is_news = incident is None, False, False
    if incident is None:
        incident = _new(session, kind, now)
    else:
        relapsed = _last_what(session, incident) == OVER
        kind_is_news = _learn_kind(session, incident, kind)
    note(session, services, incident, who, REPORT, words, kind=kind)
    place_is_news = place is not None and set_place(services, incident, place)
    if relapsed and incident.state == KNOWN:
        _decided(session, services, incident, OPEN, "")
    news = fresh or relapsed or kind_is_news or place_is_news
    wanted = not silenced and (news or not paging.just_paged(session, incident, now))
    paged = wanted and bool(tell(session, services, incident, About.HAPPENING, who.request_id))
    return Reported(incident, paged, _times(session, incident, who.person_id))


def note(
    session: Session, services: Services, incident: Incident, who: Who, what: str, words: str, *, kind: str = ""
) -> None:
    """Keep a message about an incident, encrypted; a person's first counts them among those who report."""
    known = select(Report.id).where(Report.incident_id == incident.id, Report.person_id == who.person_id)
    if session.scalar(known.limit(1)) is None:
        incident.reports += 1
    id_, now = new_id(), services.clock.now()
    sealed = services.content.encrypt(words[:WORDS_CHARS], REPORT_TABLE, id_, WORDS_COLUMN)
    session.add(
        Report(
            id=id_, incident_id=incident.id, person_id=who.person_id, at=now, what=what, kind=kind, words_sealed=sealed
        )
    )
    incident.last_at = now
    session.flush()


def locate(session: Session, services: Services, incident: Incident, who: Who, place: Place, words: str) -> None:
    """The place of an incident, from its reporter, and of what else they reported without one: people report from where
    they are. Officers are told what is news. A false alarm is open again: who makes one up does not say where."""
    note(session, services, incident, who, PLACE, words)
    for one in (incident, *_elsewhere(session, services, incident, who.person_id)):
        reopened = one.state == FALSE_ALARM
        if reopened:
            _decided(session, services, one, OPEN, "")
        if set_place(services, one, place) or reopened:
            tell(session, services, one, About.HAPPENING, who.request_id)


def _elsewhere(session: Session, services: Services, incident: Incident, person_id: str) -> list[Incident]:
    """Other incidents of this person whose place nobody said."""
    found = _reported_by(session, person_id, services.clock.now() - ONE_INCIDENT)
    return [one for one in found if one.id != incident.id and not one.place_sealed and one.state != FALSE_ALARM]


def more(session: Session, services: Services, incident: Incident, who: Who, words: str, *, worse: bool) -> bool:
    """What else the reporter says; ``worse`` calls the officers back to it, at most every two minutes. Whether a card
    tells of it."""
    note(session, services, incident, who, MORE, words)
    if not worse or paging.just_paged(session, incident, services.clock.now(), About.MORE):
        return False
    return bool(tell(session, services, incident, About.MORE, who.request_id))


def photo(session: Session, services: Services, incident: Incident, who: Who, media_id: str) -> None:
    """Note that a photo came; what it shows is not fetched."""
    note(session, services, incident, who, PHOTO, media_id)


def over(session: Session, services: Services, incident: Incident, who: Who, words: str) -> bool:
    """The reporter says that nothing is wrong: kept, and the officers are told. Whether a card tells them."""
    note(session, services, incident, who, OVER, words)
    return bool(tell(session, services, incident, About.OVER, who.request_id))


def unsettled(session: Session, services: Services, person_id: str) -> list[Incident]:
    """What this person reported within the half hour and neither they nor an officer called off, the newest first."""
    found = _reported_by(session, person_id, services.clock.now() - ONE_INCIDENT)
    return [one for one in found if one.state != FALSE_ALARM and _last_what(session, one) != OVER]


def tell(session: Session, services: Services, incident: Incident, about: About, request_id: str) -> int:
    """A card to everyone on duty about the incident as it stands; how many officers."""
    kinds = [name for name in kinds_of(session, incident) if name != incident.kind and name != VAGUE_KIND]
    counted = select(func.count()).where(Report.incident_id == incident.id, Report.what == REPORT)
    return paging.page(
        session,
        services,
        incident,
        about,
        place=_card_place(session, services, incident),
        also="、".join(load_wording().name(kind) for kind in kinds),
        times=session.scalar(counted) or 1,
        request_id=request_id,
    )


def decide(session: Session, services: Services, incident: Incident, state: str, staff_id: str) -> None:
    """An officer's decision: 已知悉, 误报, or open again, which calls the officers once more."""
    _decided(session, services, incident, state, staff_id)
    if state == OPEN:
        tell(session, services, incident, About.AGAIN, "")


def set_place(services: Services, incident: Incident, place: Place) -> bool:
    """Note where it is; true when that is news. A finer place becomes the one that further reports are grouped by."""
    before = place_of(services, incident)
    if place.words in before:
        return False
    words = f"{before}{PLACES_BETWEEN}{place.words}" if before else place.words
    incident.place_sealed = services.content.encrypt(words[-PLACE_CHARS:], TABLE, incident.id, PLACE_COLUMN)
    if place.key:
        incident.place_hash = _hash(services, place.key)
    return True


def set_pin(services: Services, incident: Incident, latitude: float, longitude: float) -> None:
    pin = f"{latitude:.6f},{longitude:.6f}"
    incident.latitude_longitude_sealed = services.content.encrypt(pin, TABLE, incident.id, PIN_COLUMN)


def place_of(services: Services, incident: Incident) -> str:
    """What was said of the place, "" when nothing was."""
    if not incident.place_sealed:
        return ""
    return services.content.decrypt(incident.place_sealed, TABLE, incident.id, PLACE_COLUMN)


def kinds_of(session: Session, incident: Incident) -> list[str]:
    """The kinds of danger reported, first reported first."""
    found = session.scalars(
        select(Report.kind)
        .where(Report.incident_id == incident.id, Report.what == REPORT)
        .order_by(Report.at, Report.id)
    )
    return list(dict.fromkeys(found))


def known(session: Session, incident_id: str) -> Incident | None:
    """The incident of an id as it is now, locked for the rest of the transaction."""
    return session.get(Incident, incident_id, with_for_update=True, populate_existing=True)


def earlier_place(session: Session, services: Services, incident: Incident) -> Place | None:
    """The newest place that this incident's reporter gave for another incident within the half hour."""
    person = session.scalar(select(Report.person_id).where(Report.incident_id == incident.id).order_by(Report.at))
    since = services.clock.now() - ONE_INCIDENT
    for other in _reported_by(session, person or "", since):
        if other.id != incident.id and other.place_sealed:
            last = place_of(services, other).split(PLACES_BETWEEN)[-1]
            return places.answered(last) or Place(last)
    return None


def forget_reports(services: Services) -> int:
    """Delete what reporters wrote after its time, and incidents (with what was decided) after a longer one."""
    gone = delete_old(services, Report, Report.at, "emergency_report")
    return gone + delete_old(services, Incident, Incident.last_at, "emergency_incident")


# -- which incident ---------------------------------------------------------------------------------------------------


def family(kind: str) -> str:
    """What a kind is told apart by."""
    return _FAMILIES.get(kind, kind)


def _related(kind: str, before: str) -> bool:
    """Whether a report of ``kind`` may be of what was reported as ``before``: the same sort, a cry that says no more,
    or somebody hurt by it."""
    if VAGUE_KIND in (kind, before):
        return True
    return family(kind) in (family(before), PERSON)


def _own(
    session: Session, services: Services, person_id: str, kind: str, place: Place | None, now: datetime
) -> Incident | None:
    """The newest incident that this person reported within the half hour and that this can be a report of."""
    for incident in _reported_by(session, person_id, now - ONE_INCIDENT):
        if incident.state == FALSE_ALARM or not _related(kind, incident.kind):
            continue
        if place is None or not any(places.apart(place, other) for other in _places(services, incident)):
            return known(session, incident.id)
    return None


def _at(session: Session, services: Services, kind: str, place: Place | None, now: datetime) -> Incident | None:
    """The newest incident at this very place within the half hour that this can be a report of."""
    if place is None or not place.key:
        return None
    found = session.scalars(
        select(Incident)
        .where(
            Incident.place_hash == _hash(services, place.key),
            Incident.last_at >= now - ONE_INCIDENT,
            Incident.state != FALSE_ALARM,
        )
        .order_by(Incident.first_at.desc())
    )
    fine = any(sign.isdigit() for sign in place.key.partition(":")[2]) or place.key.startswith("3:")
    for incident in found:
        alike = _related(kind, incident.kind) if fine else family(kind) == family(incident.kind)
        if alike and not any(places.apart_cities(place, other) for other in _places(services, incident)):
            return known(session, incident.id)
    return None


def _refused_just_now(
    session: Session, services: Services, person_id: str, kind: str, place: Place | None, now: datetime
) -> bool:
    """Whether this person's equal report was found to be a false alarm within the quiet minutes: it is kept and shown,
    without another card."""
    for incident in _reported_by(session, person_id, now - paging.QUIET):
        if incident.state == FALSE_ALARM and family(incident.kind) == family(kind):
            return place is None or place.words in place_of(services, incident)
    return False


def _reported_by(session: Session, person_id: str, since: datetime) -> list[Incident]:
    mine = select(Report.incident_id).where(Report.person_id == person_id, Report.at >= since)
    newest = select(Incident).where(Incident.id.in_(mine)).order_by(Incident.last_at.desc(), Incident.id.desc())
    return list(session.scalars(newest))


def _new(session: Session, kind: str, now: datetime) -> Incident:
    incident = Incident(
        id=new_id(), kind=kind, state=OPEN, place_hash="", reports=0, version=0, first_at=now, last_at=now
    )
    session.add(incident)
    session.flush()
    return incident


def _learn_kind(session: Session, incident: Incident, kind: str) -> bool:
    """A further report's kind; a bare cry for help becomes what is said later. Whether it is news."""
    if kind == VAGUE_KIND or kind in kinds_of(session, incident):
        return False
    if incident.kind == VAGUE_KIND:
        incident.kind = kind
    return True


def _last_what(session: Session, incident: Incident) -> str:
    newest = select(Report.what).where(Report.incident_id == incident.id).order_by(Report.at.desc(), Report.id.desc())
    return session.scalar(newest.limit(1)) or ""


def _times(session: Session, incident: Incident, person_id: str) -> int:
    mine = (Report.incident_id == incident.id, Report.person_id == person_id, Report.what == REPORT)
    return session.scalar(select(func.count()).where(*mine)) or 0


def _decided(session: Session, services: Services, incident: Incident, state: str, staff_id: str) -> None:
    now = services.clock.now()
    incident.state = state
    incident.taken_by, incident.taken_at = (None, None) if state == OPEN else (staff_id, now)
    session.add(Step(id=new_id(), incident_id=incident.id, at=now, staff_id=staff_id, state=state))
    session.flush()


def _places(services: Services, incident: Incident) -> Iterator[Place]:
    for words in filter(None, place_of(services, incident).split(PLACES_BETWEEN)):
        yield places.answered(words) or places.stated(words) or Place(words)


def _card_place(session: Session, services: Services, incident: Incident) -> str:
    """The place for a card, the newest words where it grew long; else where the same person reported something else."""
    words = place_of(services, incident)
    if words:
        return words if len(words) <= places.WORDS_CHARS else words.split(PLACES_BETWEEN)[-1]
    before = earlier_place(session, services, incident)
    return f"还没说，正在问（此人刚报的另一件在：{before.words}）" if before else ""


def _hash(services: Services, key: str) -> str:
    return services.hasher.hash("place", key)
