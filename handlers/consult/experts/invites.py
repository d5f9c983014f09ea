"""Making somebody an expert: the office writes them down, a code that they scan once says who they are.

A code can be passed on, so who scanned it is nobody yet: they get four digits, read them to the office on the phone,
and the office types them in. Until then they see no question and no name."""

from __future__ import annotations

import hmac
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.orm import Session

from bot.console.records import AuditEvent
from bot.directory import people
from bot.ids import new_id
from bot.messages import ChannelName
from handlers.consult.experts.hours import Hours, HoursError
from handlers.consult.experts.links import digest, end_links, new_secret
from handlers.consult.experts.records import ACTIVE, INVITED, SCANNED, SUSPENDED, Expert, ExpertInvite
from handlers.consult.experts.rules import rules, topics

if TYPE_CHECKING:
    from bot.services import Services

SCENE = "expert."
TABLE, PHONE = Expert.__tablename__, "phone"
CODE_CHARS = 32
"""Of the 43 that a secret has, 192 bits: with the scene's beginning within WeChat's 64 characters."""
MOST_A_DAY = 200
SEAT, SEAT_DIGITS = "expert-seat", 4
CODE_MADE, WRONG_DIGITS = "consult.expert_code", "consult.expert_wrong_digits"
MOST_WRONG = 5
"""Wrong digits that a scan bears, so that nobody tries them all: one in two thousand would guess right."""
_USERID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}")
_PHONE = re.compile(r"[0-9][0-9 -]{5,18}")


class Refused(ValueError):
    """What the office asked for cannot be; the message says it in words for them."""


class NotTheDigits(Refused):
    """The digits that were read out are not those of who scanned."""


class Scan(Enum):
    """What came of scanning a code."""

    TAKEN = "taken"
    AGAIN = "again"
    OVER = "over"
    ANOTHER = "another"


@dataclass(frozen=True, slots=True)
class Profile:
    """What the office writes down of an expert."""

    name: str
    unit: str
    topics: tuple[str, ...]
    hours: Hours
    daily_cap: int
    valid_from: date
    valid_to: date | None
    phone: str = ""


def read_profile(form: Mapping[str, str], chosen: Sequence[str], hours: Sequence[str]) -> Profile:
    """A filled-in form; raises Refused with the first thing that is wrong."""
    name, unit = form.get("name", "").strip(), form.get("unit", "").strip()
    if not 1 <= len(name) <= 40 or not 1 <= len(unit) <= 80:
        raise Refused("姓名、单位都要填，姓名最多40字，单位最多80字。")
    try:
        read = Hours.read([*hours, *[""] * 7][:7])
    except HoursError as error:
        raise Refused(str(error)) from None
    if not read.any:
        raise Refused("至少填一天的答题时间，不然没有问题会转给他。")
    cap = form.get("daily_cap", "").strip()
    if not (cap.isascii() and cap.isdigit() and len(cap) <= len(str(MOST_A_DAY)) and 1 <= int(cap) <= MOST_A_DAY):
        raise Refused(f"每天最多答几个，请填1到{MOST_A_DAY}的数字。")
    begin = _date(form.get("valid_from", ""), "开始日期")
    end = _date(form["valid_to"], "结束日期") if form.get("valid_to", "").strip() else None
    if end is not None and end < begin:
        raise Refused("结束日期不能早于开始日期。")
    phone = form.get("phone", "").strip()
    if phone and not _PHONE.fullmatch(phone):
        raise Refused("电话请只填数字，如13900000000或0898-65230000。")
    known = tuple(topic for topic in topics() if topic in chosen)
    return Profile(name, unit, known, read, int(cap), begin, end, phone)


def create(session: Session, services: Services, profile: Profile, staff_id: str) -> Expert:
    """Write a new expert down; nobody answers as them before they are bound."""
    expert = Expert(
        id=new_id(),
        state=INVITED,
        person_id=None,
        channel="",
        device_hash="",
        cards=0,
        carded_at=None,
        created_by=staff_id,
        created_at=services.clock.now(),
    )
    change(services, expert, profile)
    session.add(expert)
    session.flush()
    return expert


def change(services: Services, expert: Expert, profile: Profile) -> None:
    """Write down what changed; an empty phone leaves the one that is kept."""
    expert.name, expert.unit = profile.name, profile.unit
    expert.topics, expert.hours = ",".join(profile.topics), profile.hours.dump()
    expert.daily_cap = profile.daily_cap
    expert.valid_from, expert.valid_to = profile.valid_from, profile.valid_to
    if profile.phone:
        expert.phone_sealed = services.content.encrypt(profile.phone, TABLE, expert.id, PHONE)


def new_code(session: Session, services: Services, expert: Expert, staff_id: str) -> str:
    """The scene of a new code for this expert; earlier ones that nobody scanned are void."""
    session.execute(delete(ExpertInvite).where(ExpertInvite.expert_id == expert.id, ExpertInvite.used_at.is_(None)))
    code, now = new_secret()[:CODE_CHARS], services.clock.now()
    session.add(
        ExpertInvite(
            id=digest(code),
            expert_id=expert.id,
            created_by=staff_id,
            created_at=now,
            expires_at=now + rules().invite,
            used_at=None,
        )
    )
    return SCENE + code


def scanned(
    session: Session, services: Services, scene: str, person_id: str, channel: ChannelName
) -> tuple[Scan, Expert | None]:
    """Somebody scanned a code: once, in the caller's transaction, they are who the office may confirm as the expert it
    was made for."""
    mine = expert_of(session, person_id)
    now = services.clock.now()
    invite = session.get(ExpertInvite, digest(scene.removeprefix(SCENE)))
    if mine is not None:
        return (Scan.AGAIN if invite is None or invite.expert_id == mine.id else Scan.ANOTHER), mine
    if invite is None:
        return Scan.OVER, None
    taken = session.execute(
        update(ExpertInvite)
        .where(
            ExpertInvite.id == invite.id,
            ExpertInvite.used_at.is_(None),
            ExpertInvite.expires_at > now,
        )
        .values(used_at=now)
    )
    expert = session.get_one(Expert, invite.expert_id, with_for_update=True)
    if cast("CursorResult[Any]", taken).rowcount != 1 or expert.state != INVITED or expert.person_id:
        return Scan.OVER, None
    expert.person_id, expert.channel, expert.state = person_id, channel, SCANNED
    session.flush()
    return Scan.TAKEN, expert


def seat_code(session: Session, services: Services, expert: Expert) -> str:
    """The digits that who scanned the expert's code reads out; another person's, and another scan's, are others."""
    scan = session.scalar(
        select(ExpertInvite.id)
        .where(ExpertInvite.expert_id == expert.id, ExpertInvite.used_at.is_not(None))
        .order_by(ExpertInvite.used_at.desc(), ExpertInvite.id)
        .limit(1)
    )
    seat = services.hasher.hash(SEAT, expert.id, expert.person_id or "", scan or "")
    return f"{int(seat, 16) % 10**SEAT_DIGITS:0{SEAT_DIGITS}}"


def confirm(session: Session, services: Services, expert: Expert, code: str) -> None:
    """The office heard these digits from the expert: who scanned is the expert. Raises Refused; NotTheDigits for
    others, which the caller writes down as ``WRONG_DIGITS``."""
    if expert.state != SCANNED:
        raise Refused("这会儿没有要核对的：还没有人扫码，或者已经核对过了。")
    said = "".join(unicodedata.normalize("NFKC", code).split())
    if not hmac.compare_digest(said.encode(), seat_code(session, services, expert).encode()):
        raise NotTheDigits("数字对不上。请他再念一遍；还是对不上，就是别人扫的，点“不是他扫的，作废”。")
    expert.state = ACTIVE


def void_when_guessed(session: Session, services: Services, expert: Expert) -> bool:
    """Forget who scanned once wrong digits were written down ``MOST_WRONG`` times since the code was made."""
    mine = select(func.max(AuditEvent.id)).where(AuditEvent.subject == expert.id, AuditEvent.action == CODE_MADE)
    wrong = select(func.count()).where(
        AuditEvent.subject == expert.id,
        AuditEvent.action == WRONG_DIGITS,
        AuditEvent.id > func.coalesce(mine.scalar_subquery(), 0),
    )
    if (session.scalar(wrong) or 0) < MOST_WRONG:
        return False
    unbind(session, services, expert)
    return True


def bind_member(session: Session, services: Services, expert: Expert, userid: str) -> None:
    """Bind an expert who is a WeCom member, by member id; raises Refused."""
    if not _USERID.fullmatch(userid):
        raise Refused("企业微信账号看不懂，请填通讯录里的账号（字母和数字）。")
    if expert.person_id:
        raise Refused("已经绑定过了，要换请先解绑。")
    if expert.state != INVITED:
        raise Refused("这位专家停用了，要绑定请先恢复。")
    person = people.ensure(session, services.hasher, services.vault, "wecom", userid, services.clock.now())
    if expert_of(session, person.id) is not None:
        raise Refused("这个企业微信账号已经绑定了另一位专家。")
    expert.person_id, expert.channel, expert.state = person.id, "wecom", ACTIVE


def suspend(session: Session, expert: Expert) -> None:
    """No more questions and no open page, until resumed. Who scanned and was not confirmed is forgotten."""
    if expert.state == SCANNED:
        expert.person_id, expert.channel = None, ""
    expert.state = SUSPENDED


def resume(expert: Expert) -> None:
    """An expert who was suspended answers again, if they had been confirmed; raises Refused for any other."""
    if expert.state != SUSPENDED:
        raise Refused("这位专家没有停用，不用恢复。")
    expert.state = ACTIVE if expert.person_id else INVITED


def unbind(session: Session, services: Services, expert: Expert) -> None:
    """Who they are on their channel is forgotten; a new code can be scanned."""
    end_links(session, services, expert)
    session.execute(delete(ExpertInvite).where(ExpertInvite.expert_id == expert.id, ExpertInvite.used_at.is_(None)))
    expert.person_id, expert.channel = None, ""
    if expert.state in {ACTIVE, SCANNED}:
        expert.state = INVITED


def expert_of(session: Session, person_id: str) -> Expert | None:
    """The expert who writes as this person."""
    return session.scalar(select(Expert).where(Expert.person_id == person_id))


def phone_of(services: Services, expert: Expert) -> str:
    """The whole number; whoever shows it writes that down."""
    return services.content.decrypt(expert.phone_sealed, TABLE, expert.id, PHONE) if expert.phone_sealed else ""


def masked_phone(services: Services, expert: Expert) -> str:
    """139****1234; "" where there is none."""
    phone = phone_of(services, expert)
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) > 8 else ("****" if phone else "")


def _date(text: str, name: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Refused(f"{name}请按年-月-日填，如2021-06-16。") from None
