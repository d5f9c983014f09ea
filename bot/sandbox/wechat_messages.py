"""The Official Account's sending APIs: customer-service messages, template messages, subscription notices."""

from __future__ import annotations

from typing import Any

from bot.sandbox.api import ApiError, Call, PlatformApi
from bot.sandbox.fields import check_fields
from bot.sandbox.people import Person
from bot.sandbox.world import World

TEXT_BYTES = 2048
ONCE_S = 600  # how long a client_msg_id guards a template message
RECEIPT_TEMPLATE = "templatesendjobfinish"


class WeChatMessages:
    """Checks in the platform's order: recipient, right to write, content; then shows the message on the phone."""

    def __init__(self, world: World) -> None:
        self.world = world

    def register(self, api: PlatformApi) -> None:
        api.add("/cgi-bin/message/custom/send", self.custom, sends=True, methods="POST")
        api.add("/cgi-bin/message/custom/typing", self.typing, methods="POST")
        api.add("/cgi-bin/message/template/send", self.template, sends=True, methods="POST")
        api.add("/cgi-bin/message/subscribe/bizsend", self.subscribe, sends=True, methods="POST")

    def _recipient(self, call: Call) -> Person:
        person = self.world.people.by_ident("wechat", str(call.body.get("touser", "")))
        if person is None:
            raise ApiError(40003)
        return person

    def typing(self, call: Call) -> dict[str, Any]:
        self._recipient(call)
        return {"errcode": 0, "errmsg": "ok"}

    def custom(self, call: Call) -> dict[str, Any]:
        person = self._recipient(call)
        kind, shown = self._custom_content(call.body)
        state = self.world.people.use_window(person)
        if state != "ok":
            raise ApiError(45015 if state == "closed" else 45047)
        self.world.chat.add(person.id, "in", kind, **shown)
        return {"errcode": 0, "errmsg": "ok"}

    def _custom_content(self, body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """The phone's kind and fields of the message; raises for what the platform would refuse."""
        msgtype = str(body.get("msgtype", ""))
        part = body.get(msgtype)
        if not isinstance(part, dict):
            raise ApiError(40008, "invalid message type")
        if msgtype == "text":
            return "text", {"text": _text(part.get("content"))}
        if msgtype == "msgmenu":
            for option in part.get("list") or []:
                _text(option.get("content"))
            return "menu", {"menu": part}
        if msgtype == "news":
            articles = part.get("articles") or []
            if len(articles) != 1:
                raise ApiError(45008, "article size out of limit")
            return "news", {"articles": articles}
        if msgtype in ("image", "voice", "video"):
            media_id = str(part.get("media_id", ""))
            if self.world.media.live("wechat", media_id) is None:
                raise ApiError(40007)
            return msgtype, {"url": f"/sandbox/files/{media_id}"}
        raise ApiError(40008, "invalid message type")

    def _next_msgid(self) -> str:
        return str(3_200_000_000 + self.world.store.next("template_msgid"))

    def template(self, call: Call) -> dict[str, Any]:
        body, person = call.body, self._recipient(call)
        template = self.world.template(str(body.get("template_id", "")))
        if template is None:
            raise ApiError(40037)
        if not person.following:
            raise ApiError(43004)
        if self.world.people.refuses(person, template.id):
            raise ApiError(43101)
        fields = check_fields(template, body.get("data"))
        with self.world.store.transaction():
            msgid, fresh = self._once(person, str(body.get("client_msg_id") or ""))
            if fresh:
                url = body.get("url") or ""
                self.world.chat.add(person.id, "in", "template", title=template.title, url=url, fields=fields)
        call.msgid, call.shown = msgid, fresh
        if fresh:
            self._send_receipt(person, RECEIPT_TEMPLATE, {"msgid": msgid, "status": person.receipt})
        return {"errcode": 0, "errmsg": "ok", "msgid": int(msgid)}

    def _once(self, person: Person, client_msg_id: str) -> tuple[str, bool]:
        """The msgid, and whether this openid sees client_msg_id for the first time in ten minutes."""
        if not client_msg_id:
            return self._next_msgid(), True
        key, now = f"{person.ident}:{client_msg_id}", self.world.now()
        row = self.world.store.one("SELECT at, answer FROM once WHERE platform = 'wechat' AND key = ?", key)
        if row and 0 <= now - row["at"] < ONCE_S:
            return str(row["answer"]), False
        msgid = self._next_msgid()
        self.world.store.run("INSERT OR REPLACE INTO once VALUES ('wechat', ?, ?, ?)", key, now, msgid)
        return msgid, True

    def subscribe(self, call: Call) -> dict[str, Any]:
        body, person = call.body, self._recipient(call)
        template = self.world.template(str(body.get("template_id", "")))
        if template is None:
            raise ApiError(40037)
        fields = check_fields(template, body.get("data"))
        if not self.world.people.use_consent(person, template.id, keep=template.long_term):
            raise ApiError(43101)
        url = body.get("page") or (body.get("miniprogram") or {}).get("pagepath") or ""
        self.world.chat.add(person.id, "in", "subscribe", title=template.title, url=url, fields=fields)
        call.msgid = self._next_msgid()
        self._send_receipt(person, "subscribe_msg_sent_event", {"template_id": template.id, "msgid": call.msgid})
        return {"errcode": 0, "errmsg": "ok", "msgid": int(call.msgid)}

    def _send_receipt(self, person: Person, kind: str, details: dict[str, Any]) -> None:
        self.world.mailroom.post(person, kind, details, delay_s=self.world.options.receipt_delay_s)


def _text(content: Any) -> str:
    if not isinstance(content, str) or not content.strip():
        raise ApiError(44004)
    if len(content.encode()) > TEXT_BYTES:
        raise ApiError(45002)
    return content
