"""The phone in the browser: its page, its files, and the JSON it talks with under `/phone/api/`.

* `GET people` → {people: [{id, name, platform, role_hint, following}]}; `POST people {name, platform}` → the new one.
* `GET thread?person=&after=` → {items, cursor, menu, account: {name, intro}, now}: items new or changed since the
  cursor of the look before.
* `POST act {person, action, …}` (a form with files for photos) → {exchange_id, exchange_ids}.
* `GET exchange/<id>` → what went over the wire. `GET clock`, `POST clock {now | advance_s | reset}` → {now, offset_s}.
Errors are {error} in words for people.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, request, send_from_directory

from bot.sandbox.acts import Acts, CannotAct, Photo
from bot.sandbox.control import BadOrder, move_clock, tell_time
from bot.sandbox.people import Person
from bot.sandbox.world import World

STATIC = Path(__file__).parent / "static"
MOST_NAME = 12
POLICY = (
    "default-src 'self'; img-src 'self' data: blob: http: https:; style-src 'self' 'unsafe-inline'; "
    "frame-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'self'"
)


class Phone:
    """The phone's API."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.acts = Acts(world)

    def blueprint(self) -> Blueprint:
        phone = Blueprint("phone", __name__, static_folder=str(STATIC), static_url_path="/phone/static")
        phone.add_url_rule("/phone", "bare", lambda: redirect("/phone/", 308))
        phone.add_url_rule("/phone/", "page", self.page)
        phone.add_url_rule("/phone/api/people", "people", self.people)
        phone.add_url_rule("/phone/api/people", "add_person", self.add_person, methods=["POST"])
        phone.add_url_rule("/phone/api/thread", "thread", self.thread)
        phone.add_url_rule("/phone/api/act", "act", self.act, methods=["POST"])
        phone.add_url_rule("/phone/api/exchange/<int:exchange_id>", "exchange", self.exchange)
        phone.add_url_rule("/phone/api/clock", "clock", lambda: jsonify(tell_time(self.world)))
        phone.add_url_rule("/phone/api/clock", "set_clock", self.set_clock, methods=["POST"])
        phone.register_error_handler(CannotAct, lambda error: (jsonify({"error": str(error)}), 400))
        phone.register_error_handler(BadOrder, lambda _error: (jsonify({"error": "这个时间看不懂"}), 400))
        return phone

    def page(self) -> Response:
        response = send_from_directory(STATIC / "phone", "index.html")
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["Cache-Control"] = "no-cache"
        return response

    def people(self) -> Response:
        return jsonify({"people": [_shown(one) for one in self.world.people.listed()]})

    def add_person(self) -> Response:
        order = request.get_json(silent=True) or {}
        name, platform = str(order.get("name") or "").strip()[:MOST_NAME], order.get("platform")
        if not name or platform not in ("wechat", "wecom"):
            raise CannotAct("要有称呼，并选好用微信还是企业微信")
        return jsonify(_shown(self.world.people.add(platform, name, following=platform == "wecom")))

    def _person(self, person_id: Any) -> Person:
        person = self.world.people.get(str(person_id or ""))
        if person is None:
            raise CannotAct("没有这个人")
        return person

    def thread(self) -> Response:
        person = self._person(request.args.get("person"))
        after = request.args.get("after", "0")
        items, cursor = self.world.chat.since(person.id, int(after) if after.isdigit() else 0)
        account = self.world.options.wecom if person.platform == "wecom" else self.world.options.wechat
        return jsonify(
            {
                "items": [item.as_json() for item in items],
                "cursor": cursor,
                "menu": self.acts.menu(person.platform),
                "account": {"name": account.name, "intro": account.intro},
                "now": self.world.clock.now().isoformat(),
            }
        )

    def act(self) -> Response:
        order = request.get_json(silent=True) if request.is_json else request.form.to_dict()
        order = order if isinstance(order, dict) else {}
        person, action = self._person(order.get("person")), str(order.get("action") or "")
        if action == "image":
            files = request.files.getlist("file")
            photos = [Photo(one.read(), one.mimetype or "image/jpeg", one.filename or "") for one in files]
            postings = self.acts.photos(person, photos, order)
        else:
            postings = self.acts.do(person, action, order)
        ids = [posting.exchange_id for posting in postings]
        return jsonify({"exchange_id": ids[-1] if ids else None, "exchange_ids": ids})

    def exchange(self, exchange_id: int) -> tuple[Response, int]:
        found = self.world.exchanges.get(exchange_id)
        return (jsonify(found.as_json()), 200) if found else (jsonify({"error": "没有这条往来"}), 404)

    def set_clock(self) -> Response:
        return jsonify(move_clock(self.world, request.get_json(silent=True) or {}))


def _shown(person: Person) -> dict[str, Any]:
    return {
        "id": person.id, "name": person.name, "platform": person.platform, "role_hint": person.role_hint,
        "following": person.following,
    }  # fmt: skip
