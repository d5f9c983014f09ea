"""A service with experts on it: people who ask, experts with phones, and a clock that the test moves."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, text

from bot import switches
from bot.clock import SHANGHAI, system
from bot.directory import people
from bot.freezing import thaw
from bot.ids import new_id
from bot.messages import Card
from bot.outbox.records import FAILED, OutboxMessage
from handlers.consult.experts import cards, invites, watch
from handlers.consult.experts.hours import Hours
from handlers.consult.experts.invites import Profile
from handlers.consult.experts.records import Answer, Assignment, Expert
from handlers.consult.records import DECLINED, WAITING, ConsultQuestion
from tests.bot.front import Front

MONDAY_TO_FRIDAY = "8:00-12:00 14:30-17:30"
OFFICE = Hours.read([MONDAY_TO_FRIDAY] * 5 + ["", ""])
STAFF_ID = "S" * 26
CARD = cards.KIND
ASKED = "吊装的时候钢丝绳断丝到第三根还能不能接着用呀老师傅说没事"
ANSWER = "不能。断丝数到了报废标准就要换，先停下来找持证的人检查。"
WITH_PENALTY = "这样做违规，会被罚款，先停下来。"


def at(day: int, hour: int = 9, minute: int = 0) -> datetime:
    """June 2021 in Hainan; the 16th is a Wednesday."""
    return datetime(2021, 6, day, hour, minute, tzinfo=SHANGHAI)


class Phone:
    """A browser with its cookies, that fills in forms as they stand on the page."""

    def __init__(self, front: Front) -> None:
        self.client = front.app.test_client()
        self.page = ""
        self.path = ""
        self.status = 0
        self.headers: Any = {}

    def open(self, address: str) -> Phone:
        return self._keep(self.client.get(re.sub(r"^https?://[^/]+", "", address), follow_redirects=True))

    def press(self, button: str = "", *, path: str = "", **fields: Any) -> Phone:
        """Send the page's form with these fields over what stands in it."""
        values: dict[str, Any] = self.standing()
        values.update(fields)
        if button:
            values["do"] = button
        action = path or _found(r'<form method="post" action="([^"]+)"', self.page) or self.path
        return self._keep(self.client.post(action, data=values, follow_redirects=True))

    def standing(self) -> dict[str, Any]:
        """Hidden fields, ticked boxes and the words of the page's form."""
        token = _found(r'name="csrf_token" value="([^"]+)"', self.page)
        shown = re.findall(r'name="shown" value="([^"]+)"', self.page)
        ticked = re.findall(r'name="same" value="([^"]+)" checked', self.page)
        words = re.search(r'<textarea[^>]*name="words"[^>]*>(.*?)</textarea>', self.page, re.DOTALL)
        version = _found(r'name="version" value="([^"]+)"', self.page)
        fields = {"csrf_token": token, "shown": shown, "same": ticked, "words": words[1] if words else ""}
        return fields | ({"version": version} if version else {})

    def _keep(self, response: Any) -> Phone:
        self.page, self.status, self.headers = response.text, response.status_code, response.headers
        self.path = response.request.path
        return self


def _found(pattern: str, page: str) -> str:
    found = re.search(pattern, page)
    return found[1] if found else ""


@dataclass
class Stage:
    """See the module."""

    front: Front
    asked: int = 0
    scans: int = 0
    links: dict[str, str] = field(default_factory=dict)

    def move(self, moment: datetime) -> None:
        """It is now this moment."""
        offset = (moment - system()).total_seconds()
        with self.front.services.database.begin() as session:
            session.execute(text("DELETE FROM clock_offset"))
            session.execute(text("INSERT INTO clock_offset (id, offset_s) VALUES (1, :s)"), {"s": offset})
        self.front.services.clock.refresh()

    def switch(self, state: str) -> None:
        """Consult is now on, limited or off."""
        services = self.front.services
        with services.database.begin() as session:
            switches.change(session, "consult", state, STAFF_ID, services.clock.now())
        switches.current(services).read_at = float("-inf")

    def expert(self, name: str, *topics: str, hours: Hours = OFFICE, cap: int = 20, **more: Any) -> str:
        """An expert whom the office wrote down; the id."""
        services = self.front.services
        profile = Profile(
            name, "省安全专家库", topics, hours, cap, more.get("begin", date(2021, 1, 1)), more.get("end")
        )
        with services.database.begin() as session:
            return invites.create(session, services, profile, STAFF_ID).id

    def code(self, expert_id: str) -> str:
        services = self.front.services
        with services.database.begin() as session:
            return invites.new_code(session, services, session.get_one(Expert, expert_id), STAFF_ID)

    def scan(self, scene: str, sender: str) -> str:
        """What somebody hears who scans a code."""
        self.scans += 1  # two events of one second would be one to the dedupe
        at_ = str(int(system().timestamp()) + self.scans)
        return self.front.send("event", sender, Event="SCAN", EventKey=scene, CreateTime=at_)

    def join(self, name: str, *topics: str, **more: Any) -> tuple[str, Phone]:
        """An expert who scanned and whose phone is known."""
        expert_id = self.expert(name, *topics, **more)
        self.links[name] = self.admit(expert_id, openid(name))
        phone = Phone(self.front)
        phone.open(self.links[name]).press()
        assert phone.status == 200, phone.page
        return expert_id, phone

    def admit(self, expert_id: str, sender: str) -> str:
        """Somebody scanned this expert's code and the office confirmed that it was them; the link in their card."""
        services = self.front.services
        digits = digits_in(self.scan(self.code(expert_id), sender))
        with services.database.begin() as session:
            row = session.get_one(Expert, expert_id)
            invites.confirm(session, services, row, digits)
            cards.welcome(session, services, row)
        return link_in(self.words(self.sent(CARD, cards.WELCOME)[-1]))

    def ask(self, words: str = ASKED, sender: str = "") -> str:
        """Somebody asked what nobody knows, and it is on the queue; the question's id."""
        self.asked += 1
        services, id_ = self.front.services, new_id()
        with services.database.begin() as session:
            now = services.clock.now()
            sender = sender or f"oAsker{self.asked:022}"
            person = people.ensure(session, services.hasher, services.vault, "wechat", sender, now)
            session.add(
                ConsultQuestion(
                    id=id_,
                    person_id=person.id,
                    channel="wechat",
                    request_id=new_id(),
                    asked_at=now,
                    text_sealed=services.content.encrypt(words, "consult_question", id_, "text"),
                    outcome=DECLINED,
                    as_of=services.clock.today(),
                    queue=WAITING,
                )
            )
        return id_

    def look(self) -> int:
        """The job, once."""
        return watch.look(self.front.services)

    # -- what there is ---------------------------------------------------------------------------------------------
    def question(self, id_: str) -> ConsultQuestion:
        with self.front.services.database.reading() as session:
            return session.get_one(ConsultQuestion, id_)

    def owner(self, question_id: str) -> Assignment | None:
        """Whose the question is."""
        live = [one for one in self.had(question_id) if one.state in {"open", "held"}]
        assert len(live) <= 1
        return live[0] if live else None

    def had(self, question_id: str) -> list[Assignment]:
        return sorted((o for o in self.front.rows(Assignment) if o.question_id == question_id), key=lambda o: o.id)

    def answers(self) -> list[Answer]:
        return sorted(self.front.rows(Answer), key=lambda one: (one.created_at, one.number))

    def sent(self, kind: str = "consult.reply", *steps: str) -> list[OutboxMessage]:
        """Messages of this kind, and of these steps where any are named."""
        wanted = (m for m in self.front.rows(OutboxMessage) if m.kind == kind and (not steps or m.step in steps))
        return sorted(wanted, key=lambda m: m.id)

    def words(self, message: OutboxMessage) -> str:
        content = self.front.services.content
        push = thaw(content.decrypt(message.content, "outbox_message", message.id, "content"))
        return f"{push.title}\n{push.text}\n{push.url}" if isinstance(push, Card) else push.text

    def cards(self) -> list[str]:
        """Cards about questions."""
        return [self.words(message) for message in self.sent(CARD, cards.NEW, cards.REMIND)]

    def fail_cards(self, reason: str = "window_closed") -> None:
        """The platform took none of the cards."""
        with self.front.services.database.begin() as session:
            for card in session.scalars(select(OutboxMessage).where(OutboxMessage.kind == CARD)):
                card.state, card.reason = FAILED, reason


def openid(name: str) -> str:
    return f"oExpert{name.encode().hex():0<21}"[:28]


def digits_in(words: str) -> str:
    found = re.search(r"念这4位数：(\d{4})\n", words)
    assert found, words
    return found[1]


def link_in(words: str) -> str:
    found = re.search(r"https?://\S+/h5/expert/\S+", words)
    assert found, words
    return found[0]
