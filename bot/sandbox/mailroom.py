"""People's doings turned into callbacks, and the service's passive replies turned into bubbles."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass
from typing import Any, Literal

from bot.sandbox.chat import SERVICE_ERROR, Chat
from bot.sandbox.clock import SandboxClock
from bot.sandbox.courier import Courier, Trial, asked_of
from bot.sandbox.exchanges import Exchange, Exchanges
from bot.sandbox.inbound import CODES, MESSAGES, MessageSpec, build_message
from bot.sandbox.options import Mode, SandboxOptions
from bot.sandbox.people import People, Person
from bot.sandbox.store import Store
from bot.sandbox.verdict import Reading
from bot.sandbox.xml import Node, parse

# Events nobody watches for on a phone: a failed answer to one shows nothing.
SILENT = frozenset(
    {"unsubscribe", "view", "enter_agent", "location_report", "templatesendjobfinish", "subscribe_msg_popup_event",
     "subscribe_msg_sent_event"}
)  # fmt: skip
MSGID_BASE = 24_700_000_000_000_000


@dataclass(frozen=True)
class Posting:
    """A callback under way; `thread` ends with it."""

    exchange_id: int
    thread: threading.Thread

    def wait(self, seconds: float | None = None) -> None:
        self.thread.join(seconds)


@dataclass(frozen=True)
class Own:
    """What the person's own phone shows of an act: the item's kind and body."""

    kind: str
    body: dict[str, Any]


class Mailroom:
    """Posts messages of people and shows what the service answers."""

    def __init__(
        self, options: SandboxOptions, clock: SandboxClock, store: Store, people: People, chat: Chat,
        exchanges: Exchanges, courier: Courier,
    ) -> None:  # fmt: skip
        self._options = options
        self._clock = clock
        self._store = store
        self._people = people
        self._chat = chat
        self._exchanges = exchanges
        self._courier = courier

    def compose(self, person: Person, kind: str, details: dict[str, Any], *, msgid: int = 0, created: int = 0) -> str:
        """The plain XML of a message of `person`; raises UnknownKind."""
        spec = MessageSpec(
            kind, person.ident, created or int(self._clock.now().timestamp()),
            msgid or MSGID_BASE + self._store.next("msgid"), details,
        )  # fmt: skip
        return build_message(spec, person.platform, self._options)

    def post(
        self, person: Person, kind: str, details: dict[str, Any] | None = None, *, msgid: int = 0, created: int = 0,
        trial: Trial = "", mode: Mode | Literal[""] = "", delay_s: float = 0.0, own: Own | None = None,
    ) -> Posting:  # fmt: skip
        """Post a message or event of `person` in the background, with the effects it has on the platform itself."""
        details = details or {}
        xml = self.compose(person, kind, details, msgid=msgid, created=created)
        self.take_effect(person, kind, details)
        return self.post_xml(person, kind, xml, trial=trial, mode=mode, delay_s=delay_s, own=own)

    def post_xml(
        self, person: Person, kind: str, xml: str, *, trial: Trial = "", mode: Mode | Literal[""] = "",
        delay_s: float = 0.0, own: Own | None = None,
    ) -> Posting:  # fmt: skip
        """Post `xml` as it is; `own` is on the phone before the service can answer."""
        exchange_id = self._exchanges.open(person.platform, person.id, kind, xml)
        if own:
            self._chat.add(person.id, "out", own.kind, exchange_id, **own.body)
        exchange = Exchange(exchange_id, person.platform, person.id, "", kind, xml)
        timer = threading.Timer(delay_s, self._carry, (exchange, person, trial, mode))
        timer.daemon = True
        timer.start()
        return Posting(exchange_id, timer)

    def repeat(self, exchange: Exchange, trial: Trial) -> Posting:
        """Deliver a past exchange again, as `retry` or `replay`, or spoilt; its reply is recorded, not shown."""
        new_id = self._exchanges.open(exchange.platform, exchange.person, exchange.kind, exchange.request_xml)
        copy = Exchange(
            new_id, exchange.platform, exchange.person, "", exchange.kind, exchange.request_xml, exchange.wire_xml,
            exchange.query,
        )  # fmt: skip
        thread = threading.Thread(target=self._courier.deliver, args=(copy,), kwargs={"trial": trial}, daemon=True)
        thread.start()
        return Posting(new_id, thread)

    def take_effect(self, person: Person, kind: str, details: dict[str, Any]) -> None:
        """Reply windows opened and following changed by what the person did."""
        if kind == "text" and details.get("bizmsgmenuid"):
            self._people.open_window(person, "click")
        elif kind in MESSAGES:
            self._people.open_window(person, "message")
        elif kind == "click" or kind in CODES:
            self._people.open_window(person, "click")
        elif kind == "scan":
            self._people.open_window(person, "scan")
        elif kind == "subscribe":
            self._people.follow(person, True)
            self._people.open_window(person, "follow")
        elif kind == "unsubscribe":
            self._people.follow(person, False)
        elif kind == "subscribe_msg_popup_event" and details.get("status", "accept") == "accept":
            self._people.consent(person, str(details.get("template_id", "")))

    def _carry(self, exchange: Exchange, person: Person, trial: Trial, mode: Mode | Literal[""]) -> None:
        reading = self._courier.deliver(exchange, trial=trial, mode=mode)
        if reading.node is not None:
            self._show(person, exchange, reading.node)
        elif not reading.ok:
            self._show_failure(person, exchange, reading)

    def _show_failure(self, person: Person, exchange: Exchange, reading: Reading) -> None:
        """A bad answer is an outage notice in WeChat. WeCom shows nothing; a grey line of the sandbox's says so."""
        if exchange.kind.lower() in SILENT:
            return
        if person.platform == "wechat":
            self._chat.add(person.id, "in", "error", exchange.id, text=SERVICE_ERROR)
            return
        self._chat.add(person.id, "in", "system", exchange.id, text=f"应用这次的答复没有显示：{reading.text}")

    def _show(self, person: Person, exchange: Exchange, node: Node) -> None:
        kind = node.get("MsgType")
        if kind == "text":
            self._chat.add(person.id, "in", "text", exchange.id, text=node.get("Content"))
        elif kind == "news":
            articles = [
                {"title": item.get("Title"), "description": item.get("Description"), "url": item.get("Url"),
                 "picurl": item.get("PicUrl")}
                for item in (node.find("Articles") or Node("")).children
            ]  # fmt: skip
            self._chat.add(person.id, "in", "news", exchange.id, articles=articles)
        elif kind in ("image", "voice", "video"):
            media_id = node.get(kind.capitalize(), "MediaId")
            self._chat.add(person.id, "in", kind, exchange.id, url=f"/sandbox/files/{media_id}")
        elif kind == "music":
            self._chat.add(person.id, "in", "text", exchange.id, text=node.get("Music", "Title"))
        elif kind in ("update_button", "update_template_card"):
            self._update_card(person, exchange, node)

    def _update_card(self, person: Person, exchange: Exchange, node: Node) -> None:

        item = self._chat.card_of(person.id, parse(exchange.request_xml).get("TaskId"))
        if item is None:
            return
        if node.get("MsgType") == "update_button":
            self._chat.change(item.seq, replace_name=node.get("Button", "ReplaceName"))
            return
        fresh = node.find("TemplateCard") or Node("")
        card = {**item.body["card"]}
        card["main_title"] = {"title": fresh.get("MainTitle", "Title"), "desc": fresh.get("MainTitle", "Desc")}
        if fresh.get("SubTitleText"):
            card["sub_title_text"] = fresh.get("SubTitleText")
        name = fresh.get("ReplaceText") or fresh.get("Button", "ReplaceName")
        self._chat.change(item.seq, card=card, **({"replace_name": name} if name else {}))

    def press_card(self, person: Person, task: str, key: str) -> Posting | None:
        """Press a card's button; None when the person holds no such card."""
        item = self._chat.card_of(person.id, task)
        if item is None:
            return None
        code = secrets.token_urlsafe(32)
        self._store.run(
            "INSERT INTO card VALUES (?, ?, ?, ?, ?, 0)",
            code, person.id, task, str(item.seq), self._clock.now().timestamp(),
        )  # fmt: skip
        details = {"key": key, "task_id": task, "card_type": item.body["card"]["card_type"], "response_code": code}
        return self.post(person, "template_card_event", details)

    def person_of(self, platform: str, xml: str) -> Person | None:
        """Who a raw message is from."""
        return self._people.by_ident(platform, asked_of(xml).sender)
