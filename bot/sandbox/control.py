"""The control door: `/sandbox/control/…`, JSON in and out.

* `POST clock {now | advance_s | reset}`, `GET clock` → {now, offset_s}. `now` is ISO 8601, without a zone Beijing time.
* `POST faults {platform, path, errcode | delay_ms | drop_after_accept, rate, count}` → {id}; `platform` and `path`
  may be "*", `path` may be the path's end; `rate` 0–1 (default 1), `count` hits until it goes (default: stays).
  `DELETE faults {platform?, path?}` → {removed}; `GET faults` → the list.
* `GET sent?since=&platform=&to=` → [{id, at, platform, path, to, body, errcode, msgid, shown}], oldest first. `since`
  is an id; `to` a person's id, openid or userid; `shown` false means accepted but not shown (a duplicate).
* `POST callback {platform, type, from, …}`: the platform posts this message or event, signed, encrypted, with its
  retries. Types and their fields are listed in `inbound`; an image's or voice's bytes may come as `data_b64` (`mime`
  beside it). Further: `msgid`, `created` (Unix s), `mode` (WeChat's plain, compatible, safe), `trial` (slow,
  bad_signature, old_timestamp, huge_body, broken_xml, dtd), `wait` (default true). `xml` instead of `type` posts that
  body's content as it is. → {exchange_id, status, ms, tries, reply, reply_text, verdict: {ok, text}}; with `wait`
  false only {exchange_id}. `from` may be a person's id; an unknown openid or userid becomes a follower.
* `GET exchanges/<id>` → the exchange in full.
* `POST verify {platform}`: the platform's GET check of the callback address → {ok, status, answer}.
* `GET calls?platform=&path=` → {total, calls: [{platform, path, errcode, count}]}; `DELETE calls` starts anew.
* `GET people`, `POST people {platform, from, name?, following?, receipt?, refuse?, allow?, consent?: {template: n}}`:
  look at and change a person; `receipt` is the Status of template receipts ("failed:user block"), `refuse` and
  `allow` are template ids.
* `POST tokens/kill {platform}`: every token becomes invalid, as when another process refreshed it → {killed}.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, jsonify, request

from bot.sandbox.courier import REFUSABLE, asked_of
from bot.sandbox.exchanges import Exchange
from bot.sandbox.inbound import UnknownKind
from bot.sandbox.mailroom import Posting
from bot.sandbox.people import Person
from bot.sandbox.world import World
from bot.sandbox.xml import XmlError, parse

BEIJING = ZoneInfo("Asia/Shanghai")
RESERVED = frozenset(
    {"platform", "type", "from", "msgid", "created", "mode", "trial", "wait", "xml", "data_b64", "mime"}
)
TINY_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63f8ffff3f0005fe02fea735819c0000000049454e44ae426082"
)
WAIT_S = 60


class BadOrder(ValueError):
    """An order that makes no sense; the message goes back with 400."""


def move_clock(world: World, order: Mapping[str, Any]) -> dict[str, Any]:
    """Obey {now | advance_s | reset} and tell the time."""
    try:
        if order.get("reset"):
            world.clock.reset()
        if order.get("now"):
            moment = datetime.fromisoformat(str(order["now"]))
            world.clock.set(moment if moment.tzinfo else moment.replace(tzinfo=BEIJING))
        if order.get("advance_s"):
            world.clock.advance(float(order["advance_s"]))
    except (ValueError, OverflowError) as error:
        raise BadOrder(f"clock: {error}") from None
    return tell_time(world)


def tell_time(world: World) -> dict[str, Any]:
    now = world.clock.now()
    offset = now - datetime.now(BEIJING)
    return {"now": now.astimezone(BEIJING).isoformat(), "offset_s": round(offset.total_seconds(), 3)}


class Control:
    """The control door's handlers."""

    def __init__(self, world: World) -> None:
        self.world = world

    def blueprint(self) -> Blueprint:
        door = Blueprint("control", __name__, url_prefix="/sandbox/control")
        for path, method, work in (
            ("/clock", "GET", lambda: tell_time(self.world)),
            ("/clock", "POST", lambda: move_clock(self.world, _order())),
            ("/faults", "GET", lambda: [one.as_json() for one in self.world.faults.all()]),
            ("/faults", "POST", self.add_fault),
            ("/faults", "DELETE", self.remove_faults),
            ("/sent", "GET", self.sent),
            ("/callback", "POST", self.callback),
            ("/verify", "POST", self.verify),
            ("/calls", "GET", lambda: self.world.records.calls(_arg("platform"), _arg("path"))),
            ("/calls", "DELETE", lambda: {"removed": self.world.records.forget_calls()}),
            ("/people", "GET", lambda: [asdict(one) for one in self.world.people.listed()]),
            ("/people", "POST", self.change_person),
            ("/tokens/kill", "POST", lambda: {"killed": self.world.tokens.kill(_platform(_order()))}),
        ):
            name = f"{method.lower()}{path.replace('/', '_')}"
            door.add_url_rule(path, name, lambda work=work: jsonify(work()), methods=[method])
        door.add_url_rule("/exchanges/<int:exchange_id>", "exchange", self.exchange)
        for kind in (TypeError, ValueError):
            door.register_error_handler(kind, lambda error: (jsonify({"error": str(error)}), 400))
        return door

    def add_fault(self) -> dict[str, Any]:
        order = _order()
        errcode, count = order.get("errcode"), order.get("count")
        if errcode is None and not order.get("delay_ms") and not order.get("drop_after_accept"):
            raise BadOrder("a fault needs errcode, delay_ms or drop_after_accept")
        fault_id = self.world.faults.add(
            str(order.get("platform", "*")), str(order.get("path", "*")),
            errcode=None if errcode is None else int(errcode), delay_ms=int(order.get("delay_ms", 0)),
            drop_after_accept=bool(order.get("drop_after_accept")), rate=float(order.get("rate", 1.0)),
            count=None if count is None else int(count),
        )  # fmt: skip
        return {"id": fault_id}

    def remove_faults(self) -> dict[str, Any]:
        order = _order()
        return {"removed": self.world.faults.remove(str(order.get("platform", "*")), str(order.get("path", "*")))}

    def sent(self) -> list[dict[str, Any]]:
        wanted = _arg("to")
        names = {wanted} if wanted else set()
        for platform in ("wechat", "wecom"):
            person = self.world.people.find(platform, wanted) if wanted else None
            if person:
                names.add(person.ident)
        since = _arg("since") or "0"
        if not since.isdigit():
            raise BadOrder("since is the id of a message")
        return self.world.records.list_sent(int(since), _arg("platform"), tuple(names))

    def person(self, order: Mapping[str, Any]) -> Person:
        """Who the order is about; an ident nobody has becomes a new follower, not shown on the phone."""
        platform, name = _platform(order), str(order.get("from") or "")
        if not name:
            raise BadOrder("from is missing")
        found = self.world.people.find(platform, name)
        return found or self.world.people.add(platform, name, name, listed=False)  # type: ignore[arg-type]

    def change_person(self) -> dict[str, Any]:
        order = _order()
        person, people = self.person(order), self.world.people
        if "following" in order:
            people.follow(person, bool(order["following"]))
        if "receipt" in order:
            people.set_receipt(person, str(order["receipt"]))
        for template in order.get("refuse") or []:
            people.refuse(person, str(template))
        for template in order.get("allow") or []:
            people.refuse(person, str(template), refused=False)
        for template, count in (order.get("consent") or {}).items():
            people.consent(person, str(template), int(count))
        return asdict(self.person(order))

    def callback(self) -> dict[str, Any]:
        order = _order()
        posting = self._post(order)
        if order.get("wait", True) is False:
            return {"exchange_id": posting.exchange_id}
        posting.wait(WAIT_S)
        exchange = self.world.exchanges.get(posting.exchange_id)
        assert exchange is not None
        return _told(exchange)

    def _post(self, order: dict[str, Any]) -> Posting:
        trial, mode = str(order.get("trial") or ""), str(order.get("mode") or "")
        if trial and trial != "slow" and trial not in REFUSABLE:
            raise BadOrder(f"trial {trial} is not known")
        mailroom = self.world.mailroom
        if order.get("xml"):
            xml = str(order["xml"])
            person = mailroom.person_of(_platform(order), xml) or self.person({"from": "raw", **order})
            asked = asked_of(xml)
            mailroom.take_effect(person, asked.event or asked.kind, {})
            return mailroom.post_xml(person, asked.event or asked.kind or "raw", xml, trial=trial, mode=mode)  # type: ignore[arg-type]
        kind = str(order.get("type") or "")
        details = {name: value for name, value in order.items() if name not in RESERVED}
        details |= self._medium(order, kind, details)
        try:
            return mailroom.post(
                self.person(order), kind, details, msgid=int(order.get("msgid") or 0),
                created=int(order.get("created") or 0), trial=trial, mode=mode,  # type: ignore[arg-type]
            )  # fmt: skip
        except UnknownKind:
            raise BadOrder(f"type {kind or '(missing)'} is not known on {order.get('platform')}") from None

    def _medium(self, order: Mapping[str, Any], kind: str, details: Mapping[str, Any]) -> dict[str, str]:
        """Give a message that carries media some bytes, unless it names its own."""
        if kind not in ("image", "voice", "video", "shortvideo", "file") or "media_id" in details:
            return {}
        try:
            data = base64.b64decode(str(order["data_b64"]), validate=True) if "data_b64" in order else TINY_PNG
        except binascii.Error:
            raise BadOrder("data_b64 is not base64") from None
        usual = {"image": "image/png", "voice": "audio/amr", "file": "application/octet-stream"}.get(kind, "video/mp4")
        stored = "video" if kind == "shortvideo" else kind
        media_id = self.world.media.keep(_platform(order), stored, data, str(order.get("mime") or usual))
        return {"media_id": media_id, "pic_url": str(details.get("pic_url") or self.world.file_url(media_id))}

    def exchange(self, exchange_id: int) -> tuple[Response, int]:
        found = self.world.exchanges.get(exchange_id)
        return (jsonify(found.as_json()), 200) if found else (jsonify({"error": "no such exchange"}), 404)

    def verify(self) -> dict[str, Any]:
        ok, status, answer = self.world.courier.verify_url(_platform(_order()))
        return {"ok": ok, "status": status, "answer": answer}


def _told(exchange: Exchange) -> dict[str, Any]:
    told = exchange.as_json()
    reply = told["response_xml"]
    try:
        text = parse(reply).get("Content")
    except XmlError:
        text = ""
    names = ("status", "ms", "tries", "verdict", "pending")
    return {"exchange_id": exchange.id, **{one: told[one] for one in names}, "reply": reply, "reply_text": text}


def _order() -> dict[str, Any]:
    """The JSON object of the request, or its form and query where there is none."""
    body = request.get_json(silent=True)
    return body if isinstance(body, dict) else {**request.args.to_dict(), **request.form.to_dict()}


def _arg(name: str) -> str:
    return request.args.get(name, "")


def _platform(order: Mapping[str, Any]) -> str:
    platform = str(order.get("platform") or "wechat")
    if platform not in ("wechat", "wecom"):
        raise BadOrder("platform is wechat or wecom")
    return platform
