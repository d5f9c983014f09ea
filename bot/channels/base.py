"""What both platforms' callbacks have in common: who may speak, and what was said."""

from __future__ import annotations

import hmac
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol
from xml.parsers.expat import ExpatError

import xmltodict
from wechatpy.crypto import PrpCrypto
from wechatpy.exceptions import InvalidAppIdException
from wechatpy.utils import WeChatSigner

from bot import clock
from bot.channels.rendering import clean
from bot.messages import ChannelName, Inbound, Reply

WINDOW_S = 600
MOST_BYTES = 256 * 1024
DEEPEST = 16
Payload = Mapping[str, Any]


class NotAuthentic(Exception):
    """The request does not come from the platform, or not in the agreed mode. ``str()`` says why, for the log."""


class NotUnderstood(Exception):
    """Authentic, but not a message we can read; kept and acknowledged. ``raw`` is what came."""

    def __init__(self, reason: str, raw: str) -> None:
        super().__init__(reason)
        self.raw = raw


@dataclass(frozen=True, slots=True)
class Query:
    """The callback's query string."""

    timestamp: str = ""
    nonce: str = ""
    signature: str = field(default="", repr=False)
    msg_signature: str = field(default="", repr=False)
    encrypt_type: str = ""
    echostr: str = field(default="", repr=False)


class Channel(Protocol):
    """A platform's callback."""

    name: ChannelName

    def check_url(self, query: Query) -> str:
        """What to answer to the platform's check of our address; raises NotAuthentic."""

    def open(self, query: Query, body: bytes) -> Payload:
        """The authentic message's fields; raises NotAuthentic, NotUnderstood."""

    def render(self, reply: Reply, message: Inbound) -> str:
        """The body that answers ``message``; "" or ``success`` where nothing is said."""


def signed(token: str, *parts: str) -> str:
    """The platforms' SHA-1 signature over the sorted parts."""
    signer = WeChatSigner()
    signer.add_data(token, *parts)
    return str(signer.signature)


def require_signature(claimed: str, token: str, *parts: str) -> None:
    if not claimed or not hmac.compare_digest(signed(token, *parts).encode(), claimed.encode()):
        raise NotAuthentic("signature")


def require_fresh(timestamp: str) -> None:
    """Ten minutes either way of the machine's clock; a nonce that comes twice alone is never refused."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise NotAuthentic("timestamp")
    if abs(clock.system().timestamp() - int(timestamp)) > WINDOW_S:
        raise NotAuthentic("timestamp outside ten minutes")


class _Codec(PrpCrypto):  # type: ignore[misc]
    """wechatpy's codec with a random prefix from the system's source (its own comes from ``random``)."""

    def get_random_string(self) -> str:
        return secrets.token_hex(8)


class Cipher:
    """The platforms' AES with the receiver's id inside, through wechatpy's codec (which does not check padding)."""

    def __init__(self, aes_key: bytes, receiver: str) -> None:
        self._crypto = _Codec(aes_key)
        self._receiver = receiver

    def decrypt(self, text: str) -> str:
        """Raises NotAuthentic for whatever is wrong with a ciphertext: it did not come from the platform."""
        try:
            return str(self._crypto.decrypt(text, self._receiver))
        except InvalidAppIdException:
            raise NotAuthentic("ciphertext for another receiver") from None
        except Exception as error:  # the codec raises IndexError, ValueError, struct.error, UnicodeDecodeError …
            raise NotAuthentic(f"ciphertext ({type(error).__name__})") from None

    def encrypt(self, text: str) -> str:
        return str(self._crypto.encrypt(text, self._receiver).decode())


MOST_PARTS = 8
_ENCRYPT = re.compile(
    rb"<Encrypt>\s*(?:<!\[CDATA\[)?([A-Za-z0-9+/=]+)(?:\]\]>)?\s*</Encrypt>"
    rb'|^\s*\{[^{}]{0,400}"Encrypt"\s*:\s*"([A-Za-z0-9+/=\\]+)"'
)


def authentic_part(body: bytes, claimed: str, token: str, timestamp: str, nonce: str) -> str:
    """The ciphertext of an envelope, XML or JSON, that the signature is for; raises NotAuthentic where there is none.

    Nothing is parsed before that, and nothing else of an envelope is trusted. In compatible mode people's words stand
    beside the ciphertext and may look like one: the signature tells which is the platform's.
    """
    if b"<!" in body.partition(b"<xml")[0]:
        raise NotAuthentic("envelope: document type")
    found: list[str] = [(xml or json_).decode("ascii").replace("\\/", "/") for xml, json_ in _ENCRYPT.findall(body)]
    if not found:
        raise NotAuthentic("not encrypted")
    for encrypted in found[-MOST_PARTS:]:
        if claimed and hmac.compare_digest(signed(token, timestamp, nonce, encrypted).encode(), claimed.encode()):
            return encrypted
    raise NotAuthentic("signature")


def read_body(body: bytes) -> Payload:
    """The fields of an XML or JSON body; raises NotUnderstood. Document types and entities are refused unread."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise NotUnderstood("not UTF-8", body.decode("utf-8", "backslashreplace")) from None
    return read_text(text)


def read_text(text: str) -> Payload:
    """As ``read_body``, for what came out of a ciphertext."""
    stripped = text.strip()
    if stripped.startswith("{"):
        return _read_json(stripped)
    if "<!" in stripped.partition("<xml")[0]:  # a document type stands before the root; people may write "<!" in theirs
        raise NotUnderstood("document type", text)
    try:
        tree = xmltodict.parse(stripped)
    except (ExpatError, ValueError, RecursionError) as error:
        raise NotUnderstood(f"not XML ({type(error).__name__})", text) from None
    fields = tree.get("xml") if isinstance(tree, dict) else None
    if not isinstance(fields, dict):
        raise NotUnderstood("no fields", text)
    return _storable(fields)  # type: ignore[no-any-return]


def _read_json(text: str) -> Payload:
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        raise NotUnderstood("not JSON", text) from None
    if not isinstance(fields, dict):
        raise NotUnderstood("no fields", text)
    return _storable(fields)  # type: ignore[no-any-return]


def _storable(value: Any, depth: int = 0) -> Any:
    """A field as it can be hashed, encrypted and written as JSON: halves of characters (which JSON can carry) replaced,
    what is nested deeper than any message of the platforms left out."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if depth == DEEPEST and isinstance(value, dict | list):
        return ""
    if isinstance(value, dict):
        return {_storable(name): _storable(item, depth + 1) for name, item in value.items()}
    if isinstance(value, list):
        return [_storable(item, depth + 1) for item in value]
    return value


def words(value: object) -> str:
    """A field as text without what no database and no XML takes; "" for what is missing or not a plain value."""
    if isinstance(value, str):
        return clean(value)
    return str(value) if isinstance(value, int | float) else ""


def number(value: object) -> float | None:
    try:
        result = float(words(value))
    except ValueError:
        return None
    return result if result == result and abs(result) <= 180 else None


def moment(value: object) -> datetime:
    """A CreateTime in seconds; now where it is missing or absurd."""
    text = words(value)
    if text.isascii() and text.isdigit() and len(text) <= 11:
        return datetime.fromtimestamp(int(text), UTC)
    return clock.system()


KINDS = frozenset({"text", "image", "voice", "video", "shortvideo", "location", "link", "file", "event"})


def to_inbound(channel: ChannelName, fields: Payload, raw: str = "") -> Inbound:
    """The channel-neutral message; raises NotUnderstood where sender or type is missing."""
    sender = words(fields.get("FromUserName"))
    kind = words(fields.get("MsgType")).lower()
    own = sender.startswith("gh_") or (channel == "wecom" and sender == words(fields.get("ToUserName")))
    if sender and own:
        raise NotAuthentic("one of our own replies")  # an account never writes to itself
    if not sender or not kind:
        raise NotUnderstood("no sender or type", raw or json.dumps(fields, ensure_ascii=False, default=str))
    event = words(fields.get("Event")).lower()
    if kind not in KINDS and kind.endswith("_event"):  # a device's events come as kinds of their own
        kind, event = "event", kind
    recognised = words(fields.get("Recognition")) if kind == "voice" else ""
    media_id = words(fields.get("MediaId"))
    where = _place(fields, kind)
    return Inbound(
        channel=channel,
        account=words(fields.get("ToUserName")),
        sender=sender,
        kind={"shortvideo": "video"}.get(kind, kind) if kind in KINDS else "unknown",
        created_at=moment(fields.get("CreateTime")),
        message_id=words(fields.get("MsgId")),
        text=words(fields.get("Content")) if kind == "text" else recognised,
        event=event,
        event_key=words(fields.get("EventKey")),
        media_id=media_id,
        picture_url=words(fields.get("PicUrl")),
        latitude=where[0],
        longitude=where[1],
        label=words(fields.get("Label")),
        fields=fields,
    )


def _place(fields: Payload, kind: str) -> tuple[float | None, float | None]:
    if kind == "location":
        return number(fields.get("Location_X")), number(fields.get("Location_Y"))
    sent = fields.get("SendLocationInfo")
    if isinstance(sent, dict):
        return number(sent.get("Location_X")), number(sent.get("Location_Y"))
    return number(fields.get("Latitude")), number(fields.get("Longitude"))


DEDUPE_FIELDS = ("CreateTime", "Event", "EventKey", "AgentID", "MsgID", "TaskId", "Status")


def dedupe_parts(message: Inbound) -> tuple[str, ...]:
    """What makes two deliveries the same: sender, kind and MsgId, else all that tells events of one second apart."""
    if message.message_id and message.message_id != "0":
        return message.channel, message.account, message.sender, message.kind, message.message_id
    rest = (words(message.fields.get(name)) for name in DEDUPE_FIELDS)
    return message.channel, message.account, message.sender, message.kind, *rest
