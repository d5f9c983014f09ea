"""WeCom's sending APIs: message/send with its duplicate check and partial failures, cards, updates and recalls."""

from __future__ import annotations

import json
import secrets
from typing import Any

from bot.sandbox.api import ApiError, Call, PlatformApi
from bot.sandbox.people import Person
from bot.sandbox.world import World

TEXT_BYTES = 2048
DUPLICATE_S, DUPLICATE_MOST_S = 1800, 4 * 3600
CODE_S = 72 * 3600
INTERACTIVE = frozenset({"button_interaction", "vote_interaction", "multiple_interaction"})
CARD_TYPES = INTERACTIVE | {"text_notice", "news_notice"}
MOST_USERS = 1000


class WeComMessages:
    """An accepted message shows on every valid recipient's phone; who is not known is named in `invaliduser`."""

    def __init__(self, world: World) -> None:
        self.world = world

    def register(self, api: PlatformApi) -> None:
        api.add("/cgi-bin/message/send", self.send, sends=True, methods="POST")
        api.add("/cgi-bin/message/update_template_card", self.update_card, sends=True, methods="POST")
        api.add("/cgi-bin/message/recall", self.recall, methods="POST")

    def _check_agent(self, body: dict[str, Any]) -> None:
        if str(body.get("agentid", "")) != str(self.world.options.wecom.agent_id):
            raise ApiError(40056)

    def send(self, call: Call) -> dict[str, Any]:
        body = call.body
        self._check_agent(body)
        people, invalid = self._recipients(body)
        if not people:
            raise ApiError(81013)
        kind, shown = self._content(body)
        call.to = "|".join(one.ident for one in people)
        answer: dict[str, Any] = {"errcode": 0, "errmsg": "ok", "invaliduser": "|".join(invalid), "invalidparty": ""}
        earlier = self._duplicate(body)
        if earlier is not None:
            call.msgid, call.shown = earlier["msgid"], False
            return {**answer, **earlier}
        call.msgid = secrets.token_urlsafe(48)
        extra = {"msgid": call.msgid}
        seqs = [self.world.chat.add(one.id, "in", kind, **shown) for one in people if self._within_rate(one)]
        if kind == "card" and shown["card"].get("card_type") in INTERACTIVE:
            extra["response_code"] = self._response_code(people, shown["card"]["task_id"], seqs)
        self._remember(body, extra)
        self.world.store.put(f"recall:{call.msgid}", json.dumps(seqs))
        return {**answer, **extra}

    def _recipients(self, body: dict[str, Any]) -> tuple[list[Person], list[str]]:
        """The known members named, each once, and the userids nobody has, lower-cased as the platform answers."""
        named = [one for one in str(body.get("touser", "")).split("|") if one]
        if len(named) > MOST_USERS:
            raise ApiError(40058, "touser exceeds 1000")
        if named == ["@all"]:
            return [one for one in self.world.people.of("wecom") if one.following], []
        found: dict[str, Person] = {}
        invalid = []
        for userid in named:
            person = self.world.people.by_ident("wecom", userid)
            if person is None or not person.following:
                invalid.append(userid.lower())
            else:
                found[person.id] = person
        if body.get("toparty") or body.get("totag"):
            found |= {one.id: one for one in self.world.people.of("wecom") if one.following}
        return list(found.values()), invalid

    def _content(self, body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        msgtype = str(body.get("msgtype", ""))
        part = body.get(msgtype)
        if not isinstance(part, dict):
            raise ApiError(40008, "invalid message type")
        if msgtype in ("text", "markdown"):
            content = part.get("content")
            if not isinstance(content, str) or not content.strip():
                raise ApiError(44004)
            return "text", {"text": content.encode()[:TEXT_BYTES].decode(errors="ignore")}
        if msgtype == "news":
            articles = part.get("articles") or []
            if not 1 <= len(articles) <= 8:
                raise ApiError(45008, "article size out of limit")
            return "news", {"articles": articles}
        if msgtype == "textcard":
            missing = next((name for name in ("title", "description", "url") if not part.get(name)), None)
            if missing:
                raise ApiError(40058, f"textcard.{missing} missing")
            return "card", {"card": {"textcard": part}}
        if msgtype == "template_card":
            _check_card(part)
            return "card", {"card": part}
        if msgtype in ("image", "voice", "video", "file"):
            media_id = str(part.get("media_id", ""))
            if self.world.media.live("wecom", media_id) is None:
                raise ApiError(40007)
            return msgtype if msgtype != "file" else "text", {"url": f"/sandbox/files/{media_id}", "text": "［文件］"}
        raise ApiError(40008, "invalid message type")

    def _duplicate(self, body: dict[str, Any]) -> dict[str, str] | None:
        """The earlier answer, when an identical body with the duplicate check on came within its interval."""
        if body.get("enable_duplicate_check") != 1:
            return None
        row = self.world.store.one(
            "SELECT at, answer FROM once WHERE platform = 'wecom' AND key = ?", json.dumps(body, sort_keys=True)
        )
        within = min(int(body.get("duplicate_check_interval") or DUPLICATE_S), DUPLICATE_MOST_S)
        if row is None or not 0 <= self.world.now() - row["at"] < within:
            return None
        answer: dict[str, str] = json.loads(row["answer"])
        return answer

    def _remember(self, body: dict[str, Any], answer: dict[str, str]) -> None:
        if body.get("enable_duplicate_check") == 1:
            self.world.store.run(
                "INSERT OR REPLACE INTO once VALUES ('wecom', ?, ?, ?)",
                json.dumps(body, sort_keys=True), self.world.now(), json.dumps(answer),
            )  # fmt: skip

    def _within_rate(self, person: Person) -> bool:
        """Whether the member may get one more this minute; what exceeds is dropped without a word."""
        minute = int(self.world.now() // 60)
        name = f"rate:{person.id}"
        with self.world.store.transaction():
            stamp, _, count = (self.world.store.get(name) or "0:0").partition(":")
            used = int(count) if stamp == str(minute) else 0
            self.world.store.put(name, f"{minute}:{used + 1}")
        return used < self.world.options.wecom.member_per_minute

    def _response_code(self, people: list[Person], task: str, seqs: list[int]) -> str:
        code = secrets.token_urlsafe(32)
        owner = people[0].id if len(people) == 1 else "*"
        self.world.store.run(
            "INSERT INTO card VALUES (?, ?, ?, ?, ?, 0)", code, owner, task, ",".join(map(str, seqs)), self.world.now()
        )
        return code

    def update_card(self, call: Call) -> dict[str, Any]:
        body = call.body
        self._check_agent(body)
        code = str(body.get("response_code", ""))
        row = self.world.store.one("SELECT * FROM card WHERE code = ?", code)
        if row is None or row["used"] or self.world.now() - row["at"] > CODE_S:
            raise ApiError(42014, "invalid response_code")
        named = [str(one) for one in body.get("userids") or []]
        call.to = "|".join(named)
        change = _card_change(body)
        self.world.store.run("UPDATE card SET used = 1 WHERE code = ?", code)
        for seq in filter(None, str(row["seqs"]).split(",")):
            item = self.world.chat.get(int(seq))
            if item is not None and (body.get("atall") == 1 or not named or self._holds(int(seq), named)):
                card = {**item.body.get("card", {}), **change.get("card", {})}
                self.world.chat.change(int(seq), card=card, **{k: v for k, v in change.items() if k != "card"})
        unknown = [one.lower() for one in named if self.world.people.by_ident("wecom", one) is None]
        return {"errcode": 0, "errmsg": "ok", "invaliduser": unknown}

    def _holds(self, seq: int, userids: list[str]) -> bool:
        row = self.world.store.one("SELECT person FROM item WHERE seq = ?", seq)
        person = self.world.people.get(row["person"]) if row else None
        return person is not None and person.ident.lower() in {one.lower() for one in userids}

    def recall(self, call: Call) -> dict[str, Any]:
        seqs = self.world.store.get(f"recall:{call.body.get('msgid', '')}")
        if seqs is None:
            raise ApiError(40058, "invalid msgid")
        for seq in json.loads(seqs):
            self.world.store.run("UPDATE item SET kind = 'system' WHERE seq = ?", seq)
            self.world.chat.change(seq, text="应用撤回了一条消息")
        return {"errcode": 0, "errmsg": "ok"}


def _card_change(body: dict[str, Any]) -> dict[str, Any]:
    """What an update does to the item: a pressed button's new name, or a whole new card."""
    button = body.get("button") or {}
    if button.get("replace_name"):
        return {"replace_name": str(button["replace_name"])}
    card = body.get("template_card")
    if not isinstance(card, dict):
        raise ApiError(40058, "button or template_card missing")
    return {"card": card}


def _check_card(card: dict[str, Any]) -> None:
    """The demands of the platform's page 90236 on the three kinds of card in use."""
    kind = card.get("card_type")
    if kind not in CARD_TYPES:
        raise ApiError(40058, "template_card.card_type invalid")
    if not (card.get("main_title") or {}).get("title") and not card.get("sub_title_text"):
        raise ApiError(40058, "template_card.main_title.title missing")
    if kind in INTERACTIVE and not card.get("task_id"):
        raise ApiError(40058, "template_card.task_id missing")
    if len(str(card.get("task_id", ""))) > 128:
        raise ApiError(40058, "template_card.task_id exceeds 128 bytes")
    if kind == "text_notice" and not card.get("card_action"):
        raise ApiError(40058, "template_card.card_action missing")
    if kind == "button_interaction":
        buttons = card.get("button_list") or []
        if not 1 <= len(buttons) <= 6 or not all(one.get("text") for one in buttons):
            raise ApiError(40058, "template_card.button_list invalid")
    if len(card.get("horizontal_content_list") or []) > 6:
        raise ApiError(40058, "template_card.horizontal_content_list exceeds 6")
