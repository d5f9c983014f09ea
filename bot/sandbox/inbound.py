"""The messages and events a platform posts, built from a few plain words (`MessageSpec.details`).

Shorthands: text {content, bizmsgmenuid?} · image {pic_url, media_id} · voice {media_id, recognition?, format?} ·
video, shortvideo {media_id, thumb_media_id?} · location {lat, lng, label} · link {title, description, url} ·
file {title, media_id} · subscribe {scene?} · unsubscribe · scan {scene} · click {key} · view {url} · enter_agent ·
pic_sysphoto, pic_photo_or_album, pic_weixin {key, count, md5s?} · scancode_push, scancode_waitmsg {key, scene} ·
location_select {key, lat, lng, label} · location_report {lat, lng} · template_card_event {key, task_id, card_type,
response_code} · templatesendjobfinish {msgid, status} · subscribe_msg_popup_event {template_id, status} ·
subscribe_msg_sent_event {template_id, msgid}.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.options import SandboxOptions
from bot.sandbox.xml import Field, build

MESSAGES = frozenset({"text", "image", "voice", "video", "shortvideo", "location", "link", "file"})
PICTURES = frozenset({"pic_sysphoto", "pic_photo_or_album", "pic_weixin"})
CODES = frozenset({"scancode_push", "scancode_waitmsg"})


class UnknownKind(ValueError):
    """A type this platform has no message for."""


@dataclass(frozen=True)
class MessageSpec:
    """What to post: `kind` as above, `sender` the openid or userid, `created` in Unix seconds, `msgid` for messages."""

    kind: str
    sender: str
    created: int
    msgid: int
    details: Mapping[str, Any] = field(default_factory=dict)

    def say(self, name: str, default: str = "") -> str:
        return str(self.details.get(name, default))


def _message(spec: MessageSpec) -> list[Field]:
    say = spec.say
    if spec.kind == "text":
        body: list[Field] = [("Content", say("content"))]
        if "bizmsgmenuid" in spec.details:
            body.append(("bizmsgmenuid", say("bizmsgmenuid")))
        return body
    if spec.kind == "image":
        return [("PicUrl", say("pic_url")), ("MediaId", say("media_id"))]
    if spec.kind == "voice":
        body = [("MediaId", say("media_id")), ("Format", say("format", "amr"))]
        if "recognition" in spec.details:
            body.append(("Recognition", say("recognition")))
        return body
    if spec.kind in ("video", "shortvideo"):
        return [("MediaId", say("media_id")), ("ThumbMediaId", say("thumb_media_id", say("media_id")))]
    if spec.kind == "location":
        return [*_place(spec), ("Label", say("label"))]
    if spec.kind == "link":
        return [("Title", say("title")), ("Description", say("description")), ("Url", say("url"))]
    return [("Title", say("title")), ("MediaId", say("media_id"))]


def _place(spec: MessageSpec) -> list[Field]:
    return [
        ("Location_X", float(spec.details.get("lat", 20.0174))),
        ("Location_Y", float(spec.details.get("lng", 110.3493))),
        ("Scale", int(spec.details.get("scale", 16))),
    ]


def _pictures(spec: MessageSpec) -> list[Field]:
    sums = list(spec.details.get("md5s") or ["d41d8cd98f00b204e9800998ecf8427e"] * int(spec.details.get("count", 1)))
    listed: list[Field] = [("item", [("PicMd5Sum", one)]) for one in sums]
    return [("EventKey", spec.say("key")), ("SendPicsInfo", [("Count", len(sums)), ("PicList", listed)])]


def _event(spec: MessageSpec, wecom: bool) -> tuple[str, list[Field]]:
    """The Event's own spelling and its fields."""
    say, kind = spec.say, spec.kind
    if kind in PICTURES:
        return kind, _pictures(spec)
    if kind in CODES:
        info: list[Field] = [("ScanType", "qrcode"), ("ScanResult", say("scene"))]
        return kind, [("EventKey", say("key")), ("ScanCodeInfo", info)]
    if kind == "location_select":
        info = [*_place(spec), ("Label", say("label")), ("Poiname", "")]
        return kind, [("EventKey", say("key")), ("SendLocationInfo", info)]
    if kind == "location_report":
        place = _place(spec)
        return "LOCATION", [("Latitude", place[0][1]), ("Longitude", place[1][1]), ("Precision", 65.0)]
    if kind in ("click", "view"):
        return kind if wecom else kind.upper(), [("EventKey", say("key") or say("url"))]
    if kind == "subscribe":
        scene: list[Field] = [("EventKey", f"qrscene_{say('scene')}"), ("Ticket", say("ticket", "TICKET"))]
        return kind, scene if say("scene") else [("EventKey", "")]
    if kind in ("unsubscribe", "enter_agent"):
        return kind, [("EventKey", "")]
    return _platform_event(spec, wecom)


def _platform_event(spec: MessageSpec, wecom: bool) -> tuple[str, list[Field]]:
    say, kind = spec.say, spec.kind
    if wecom and kind == "template_card_event":
        return kind, [
            ("EventKey", say("key")), ("TaskId", say("task_id")), ("CardType", say("card_type", "button_interaction")),
            ("ResponseCode", say("response_code")),
        ]  # fmt: skip
    if wecom:
        raise UnknownKind(kind)
    if kind == "scan":
        return "SCAN", [("EventKey", say("scene")), ("Ticket", say("ticket", "TICKET"))]
    if kind.lower() == "templatesendjobfinish":
        return "TEMPLATESENDJOBFINISH", [("MsgID", int(say("msgid", "0"))), ("Status", say("status", "success"))]
    if kind == "subscribe_msg_popup_event":
        entry: list[Field] = [
            ("TemplateId", say("template_id")), ("SubscribeStatusString", say("status", "accept")), ("PopupScene", "2"),
        ]  # fmt: skip
        return kind, [("SubscribeMsgPopupEvent", [("List", entry)])]
    if kind == "subscribe_msg_sent_event":
        entry = [
            ("TemplateId", say("template_id")), ("MsgID", say("msgid")), ("ErrorCode", 0), ("ErrorStatus", "success"),
        ]  # fmt: skip
        return kind, [("SubscribeMsgSentEvent", [("List", entry)])]
    raise UnknownKind(kind)


def build_message(spec: MessageSpec, platform: str, options: SandboxOptions) -> str:
    """The plain XML of a callback, exactly as the platform would post it before encryption."""
    wecom = platform == "wecom"
    head: list[Field] = [
        ("ToUserName", options.wecom.corp_id if wecom else options.wechat.original_id),
        ("FromUserName", spec.sender),
        ("CreateTime", spec.created),
    ]
    if spec.kind in MESSAGES:
        body = [("MsgType", spec.kind), *_message(spec), ("MsgId", spec.msgid)]
    else:
        event, fields = _event(spec, wecom)
        body = [("MsgType", "event"), ("Event", event), *fields]
    tail: list[Field] = [("AgentID", options.wecom.agent_id)] if wecom else []
    return build([*head, *body, *tail])
