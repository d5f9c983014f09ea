"""Messages as conversations see them: channel-neutral, immutable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

ChannelName = Literal["wechat", "wecom"]
CHANNEL_WORDS: Mapping[str, str] = {"wechat": "微信", "wecom": "企业微信"}


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message or event from a person.

    ``sender`` is the openid or userid: identity, never logged or stored in clear. ``kind`` is ``text``, ``image``,
    ``voice``, ``video``, ``location``, ``link``, ``file``, ``event`` or ``unknown``. ``text`` is what the person wrote
    or, for a voice, what the platform recognised. ``created_at`` is the platform's CreateTime. ``fields`` keeps the
    platform's other fields as they came, by their own names.
    """

    channel: ChannelName
    account: str
    sender: str = field(repr=False)
    kind: str
    created_at: datetime
    message_id: str = ""
    text: str = field(default="", repr=False)
    event: str = ""
    event_key: str = field(default="", repr=False)
    media_id: str = field(default="", repr=False)
    picture_url: str = field(default="", repr=False)
    latitude: float | None = field(default=None, repr=False)
    longitude: float | None = field(default=None, repr=False)
    label: str = field(default="", repr=False)
    fields: Mapping[str, object] = field(default_factory=dict, repr=False)

    @property
    def is_event(self) -> bool:
        return self.kind == "event"


@dataclass(frozen=True, slots=True)
class Nothing:
    """Acknowledged silently."""


@dataclass(frozen=True, slots=True)
class Text:
    """Words. Longer than the platform takes, they are cut at a sentence and the rest comes on 「更多」."""

    text: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a menu of choices: what is shown, and the words that choosing it sends."""

    label: str
    send: str = ""

    @property
    def says(self) -> str:
        return self.send or self.label


@dataclass(frozen=True, slots=True)
class Choices:
    """A numbered menu of choices; a number or the words choose one (the conversation reads them)."""

    head: str
    options: tuple[Choice, ...]
    tail: str = ""


@dataclass(frozen=True, slots=True)
class Image:
    """A picture already uploaded to the platform."""

    media_id: str


@dataclass(frozen=True, slots=True)
class Article:
    title: str
    url: str
    description: str = ""
    picture_url: str = ""


@dataclass(frozen=True, slots=True)
class News:
    """A link with title, description and picture. In answer to a message WeChat takes one article."""

    articles: tuple[Article, ...]


@dataclass(frozen=True, slots=True)
class CardDone:
    """In answer to a WeCom card's button: the card shows this instead of its buttons."""

    words: str


@dataclass(frozen=True, slots=True)
class Button:
    key: str
    text: str
    style: int = 1


@dataclass(frozen=True, slots=True)
class Card:
    """A card for staff and liaisons; WeCom draws it with buttons, WeChat gets its words.

    ``task_id`` must be unique; the buttons come back with it. Pushed through the outbox only.
    """

    title: str
    text: str
    task_id: str = ""
    url: str = ""
    pairs: tuple[tuple[str, str], ...] = ()
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class Template:
    """A WeChat template message or subscription notice: the template's id and its fields by name."""

    template_id: str
    data: Mapping[str, str]
    url: str = ""
    subscription: bool = False


Reply = Nothing | Text | Choices | Image | News | CardDone
Push = Text | Choices | Image | News | Card | Template
NOTHING = Nothing()
