"""What the person holding the phone can do. Each act shows on the phone at once and posts what the app would post."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.sandbox.exchanges import Exchange
from bot.sandbox.inbound import CODES, PICTURES
from bot.sandbox.mailroom import Own, Posting
from bot.sandbox.media import MAX_BYTES
from bot.sandbox.people import Person
from bot.sandbox.world import World
from bot.sandbox.xml import parse

MOST_PHOTOS = 9
FOLLOW_WAIT_S = 1.5
TRIAL_NAMES = {
    "retry": "重发同一条", "same_msgid_x3": "同 MsgId 三连", "replay": "重放", "bad_signature": "坏签名",
    "old_timestamp": "旧时间戳", "slow": "慢 6 秒", "huge_body": "3MB 正文", "broken_xml": "坏 XML", "dtd": "DTD",
}  # fmt: skip


class CannotAct(ValueError):
    """The phone cannot do that now; the words are for the person."""


SLOW_WORDS = "试「慢 6 秒」：把这条再说一遍，第一次的答复在路上耽搁了，5 秒后平台重投"


@dataclass(frozen=True)
class Photo:
    data: bytes
    mime: str
    name: str


class Acts:
    """Acts by name, as the phone's API calls them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._by_name: dict[str, Callable[[Person, Mapping[str, Any]], list[Posting]]] = {
            "text": self.text, "voice": self.voice, "location": self.location, "scan": self.scan,
            "click": self.click, "view": self.view, "follow": self.follow, "unfollow": self.unfollow,
            "card_click": self.card_click, "bad": self.bad,
        }  # fmt: skip

    def do(self, person: Person, action: str, details: Mapping[str, Any]) -> list[Posting]:
        work = self._by_name.get(action)
        if work is None:
            raise CannotAct("手机不会这个动作")
        if not person.following and action not in ("follow", "scan", "bad"):
            raise CannotAct("先关注公众号，才能和它说话")
        return work(person, details)

    def _say(self, person: Person, kind: str, details: dict[str, Any], shown: str, **body: Any) -> Posting:
        """Post a message and show it as the person's own bubble."""
        return self.world.mailroom.post(person, kind, details, own=Own(shown, body))

    def text(self, person: Person, details: Mapping[str, Any]) -> list[Posting]:
        words = str(details.get("text") or "").strip()
        if not words:
            raise CannotAct("还没有写字")
        content: dict[str, Any] = {"content": words}
        if details.get("bizmsgmenuid"):
            content["bizmsgmenuid"] = str(details["bizmsgmenuid"])
        return [self._say(person, "text", content, "text", text=words)]

    def voice(self, person: Person, details: Mapping[str, Any]) -> list[Posting]:
        words = str(details.get("recognition") or "")
        media_id = self.world.media.keep(person.platform, "voice", b"#!AMR\n" + b"\x3c" * 320, "audio/amr")
        spoken: dict[str, Any] = {"media_id": media_id}
        if person.platform == "wechat":
            spoken["recognition"] = words
        return [self._say(person, "voice", spoken, "voice", recognition=words)]

    def location(self, person: Person, details: Mapping[str, Any]) -> list[Posting]:
        try:
            label = str(details.get("label") or "")
            place = {"lat": float(details["lat"]), "lng": float(details["lng"]), "label": label}
        except (KeyError, TypeError, ValueError):
            raise CannotAct("经纬度不对") from None
        first = []
        if details.get("type") == "location_select":
            key = {"key": str(details.get("key") or "")}
            first = [self.world.mailroom.post(person, "location_select", {**place, **key})]
        return [*first, self._say(person, "location", place, "location", **place)]

    def scan(self, person: Person, details: Mapping[str, Any]) -> list[Posting]:
        scene, kind = str(details.get("scene") or "").strip(), str(details.get("type") or "")
        if not scene:
            raise CannotAct("二维码里没有内容")
        if kind in CODES:
            scanned = {"key": str(details.get("key") or ""), "scene": scene}
        elif person.platform == "wecom":
            raise CannotAct("企业微信里要从菜单进去扫码")
        else:
            kind, scanned = "scan" if person.following else "subscribe", {"scene": scene}
        return [self._say(person, kind, scanned, "system", text=f"扫了二维码：{scene}")]

    def click(self, person: Person, details: Mapping[str, Any]) -> list[Posting]:
        key = str(details.get("key") or "")
        words = f"点了菜单「{self._menu_name(person, key)}」"
        return [self._say(person, "click", {"key": key}, "system", text=words)]

    def _menu_name(self, person: Person, key: str) -> str:
        for top in (self.menu(person.platform) or {}).get("button", []):
            for entry in [top, *(top.get("sub_button") or [])]:
                if entry.get("key") == key:
                    return str(entry.get("name"))
        return key

    def menu(self, platform: str) -> dict[str, Any] | None:
        """The menu as the service published it."""
        raw = self.world.store.get(f"menu:{platform}")
        menu: dict[str, Any] | None = json.loads(raw) if raw else None
        return menu

    def view(self, person: Person, details: Mapping[str, Any]) -> list[Posting]:
        return [self.world.mailroom.post(person, "view", {"url": str(details.get("url") or "")})]

    def follow(self, person: Person, _details: Mapping[str, Any]) -> list[Posting]:
        """Following waits a moment for the greeting, so that a question asked right after is answered after it."""
        if person.following:
            return []
        words = "你已加入应用" if person.platform == "wecom" else "你关注了公众号"
        posting = self._say(person, "subscribe", {}, "system", text=words)
        posting.wait(FOLLOW_WAIT_S)
        return [posting]

    def unfollow(self, person: Person, _details: Mapping[str, Any]) -> list[Posting]:
        words = "你已退出应用" if person.platform == "wecom" else "你取消了关注"
        return [self._say(person, "unsubscribe", {}, "system", text=words)]

    def photos(self, person: Person, photos: Sequence[Photo], details: Mapping[str, Any]) -> list[Posting]:
        """Send up to nine photos, one message each; from a menu's camera the menu's own event comes first."""
        if not person.following:
            raise CannotAct("先关注公众号，才能和它说话")
        if not 1 <= len(photos) <= MOST_PHOTOS:
            raise CannotAct(f"一次发 1 到 {MOST_PHOTOS} 张照片")
        if any(not photo.data or len(photo.data) > MAX_BYTES["image"] for photo in photos):
            raise CannotAct("有一张照片是空的，或者超过 10 MB")
        postings = []
        if details.get("type") in PICTURES:
            sums = [hashlib.md5(photo.data, usedforsecurity=False).hexdigest() for photo in photos]
            event = {"key": str(details.get("key") or ""), "md5s": sums}
            postings.append(self.world.mailroom.post(person, str(details["type"]), event))
        for photo in photos:
            media_id = self.world.media.keep(person.platform, "image", photo.data, photo.mime, photo.name)
            carried = {"media_id": media_id, "pic_url": self.world.file_url(media_id)}
            postings.append(self._say(person, "image", carried, "image", url=f"/sandbox/files/{media_id}"))
        return postings

    def card_click(self, person: Person, details: Mapping[str, Any]) -> list[Posting]:
        task, key = str(details.get("task_id") or ""), str(details.get("key") or "")
        pressed = self.world.mailroom.press_card(person, task, key)
        if pressed is None:
            raise CannotAct("这张卡片已经不在了")
        return [pressed]

    def bad(self, person: Person, details: Mapping[str, Any]) -> list[Posting]:
        """A trial on a past exchange. Its outcome is a grey line; the chat itself gets nothing twice."""
        what, past = str(details.get("what") or ""), self._past(person, details.get("exchange_id"))
        if what not in TRIAL_NAMES:
            raise CannotAct("没有这一种捣乱")
        mailroom = self.world.mailroom
        if what == "slow":
            xml = self._anew(past)
            own = Own("system", {"text": SLOW_WORDS})
            return [mailroom.post_xml(person, past.kind, xml, trial="slow", own=own)]
        if what == "same_msgid_x3":
            postings = [mailroom.repeat(past, "retry") for _ in range(3)]
        else:
            postings = [mailroom.repeat(past, what)]  # type: ignore[arg-type]
        for posting in postings:
            posting.wait(FOLLOW_WAIT_S)
        words = f"试「{TRIAL_NAMES[what]}」：{self._outcome(past, postings)}"
        self.world.chat.add(person.id, "out", "system", postings[-1].exchange_id, text=words)
        return postings

    def _past(self, person: Person, exchange_id: Any) -> Exchange:
        past = self.world.exchanges.get(int(exchange_id)) if str(exchange_id or "").isdigit() else None
        if past is None or past.person != person.id or not past.wire_xml:
            raise CannotAct("先在手机里说一句，再来捣乱")
        return past

    def _anew(self, past: Exchange) -> str:
        """The same words as a new message: only its id and time differ."""
        old = parse(past.request_xml)
        xml = past.request_xml.replace(
            f"<CreateTime>{old.get('CreateTime')}</CreateTime>", f"<CreateTime>{int(self.world.now())}</CreateTime>"
        )
        if old.get("MsgId"):
            fresh = int(old.get("MsgId")) + 500_000_000 + self.world.store.next("anew")
            xml = xml.replace(f"<MsgId>{old.get('MsgId')}</MsgId>", f"<MsgId>{fresh}</MsgId>")
        return xml

    def _outcome(self, past: Exchange, postings: Sequence[Posting]) -> str:
        ends = [self.world.exchanges.get(posting.exchange_id) for posting in postings]
        outcomes = [one.outcome for one in ends if one is not None]
        if any(one is None for one in outcomes):
            return "还没有答复"
        if all(one is not None and one.status is not None and 400 <= one.status < 500 for one in outcomes):
            return "服务拒绝了，应当如此"
        first = past.outcome.response_xml if past.outcome else ""
        if all(one is not None and one.ok for one in outcomes):
            same = all(one is not None and _meaning(one.response_xml) == _meaning(first) for one in outcomes)
            return "得到的答复和原来一样，没有再起作用" if same else "答复和原来的不一样"
        return next((one.verdict for one in outcomes if one is not None and not one.ok), "")


def _meaning(xml: str) -> str:
    """A reply without its time, which a stored reply may carry anew."""
    return re.sub(r"<CreateTime>.*?</CreateTime>", "", xml, flags=re.DOTALL)
