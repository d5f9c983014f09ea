"""Pushes as the platforms' send calls take them: which call, and exactly which body.

Pure: the same push, recipient and key always give the same bytes, which the platforms' own duplicate checks rely on.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Literal

from bot.channels.rendering import MORE, choices_text, clean, split, untagged
from bot.messages import Card, ChannelName, Choices, Image, News, Push, Template, Text

Api = Literal["custom", "template", "subscription", "message"]
"""Which of a platform's sends carries a push; quotas are counted by it."""

PATHS: dict[Api, str] = {
    "custom": "/cgi-bin/message/custom/send",
    "template": "/cgi-bin/message/template/send",
    "subscription": "/cgi-bin/message/subscribe/bizsend",
    "message": "/cgi-bin/message/send",
}
MOST_BYTES = 2048
CUT = "（内容较长，后面的没能显示，需要全文请再问一次）"
DUPLICATE_CHECK_S = 600
"""WeCom forgets an equal message after this long: enough to guard repeats (see ``bot.outbox.policy``), and short enough
that two messages which happen to read alike are not taken for one for half an hour, the platform's default."""


class CannotRender(ValueError):
    """This push has no form on this channel; the message says why and quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class SendCall:
    """One send: the path below the platform's base, and the body."""

    api: Api
    body: bytes = field(repr=False)
    guarded: bool
    """Whether the platform itself drops a repeat of this very call."""

    @property
    def path(self) -> str:
        return PATHS[self.api]


def api_of(channel: ChannelName, push: Push) -> Api:
    """The call that carries ``push`` on ``channel``; raises CannotRender."""
    if channel == "wecom":
        if isinstance(push, Template):
            raise CannotRender("WeCom has no template messages")
        return "message"
    if isinstance(push, Template):
        return "subscription" if push.subscription else "template"
    return "custom"


def is_guarded(api: Api) -> bool:
    """Whether the platform recognises a repeated send by its own key."""
    return api in {"template", "message"}


def send_call(
    channel: ChannelName, recipient: str, push: Push, *, idempotency_key: str, agent_id: str = ""
) -> SendCall:
    """The call for ``push`` to ``recipient`` (openid or userid); raises CannotRender."""
    api = api_of(channel, push)
    if channel == "wecom":
        body = {
            "touser": recipient,
            **_wecom_content(push),
            "agentid": _number(agent_id),
            "enable_duplicate_check": 1,
            "duplicate_check_interval": DUPLICATE_CHECK_S,
        }
    elif isinstance(push, Template):
        body = _template(recipient, push, idempotency_key)
    else:
        body = {"touser": recipient, **_custom_content(push)}
    return SendCall(api, dump(body), is_guarded(api))


def dump(body: object) -> bytes:
    """JSON as the platforms want it: Chinese as itself, not as escapes, which phones would show."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _number(agent_id: str) -> int:
    if not agent_id.isdigit():
        raise CannotRender("WECOM_AGENT_ID is not a number")
    return int(agent_id)


def _template(recipient: str, push: Template, key: str) -> dict[str, object]:
    body: dict[str, object] = {
        "touser": recipient,
        "template_id": push.template_id,
        "data": {name: {"value": clean(value)} for name, value in push.data.items()},
    }
    if push.url:
        body["page" if push.subscription else "url"] = push.url
    if not push.subscription:
        body["client_msg_id"] = key
    return body


def _text(text: str) -> dict[str, object]:
    return {"msgtype": "text", "text": {"content": _fitting(text)}}


def _fitting(text: str) -> str:
    """Within the platforms' limit; a push cannot be continued by 「更多」, so it says that it was cut."""
    parts = split(text, MOST_BYTES)
    if len(parts) == 1:
        return parts[0]
    shorter = split(text, MOST_BYTES - len(CUT.encode()) + len(MORE.encode()))
    return shorter[0].removesuffix(MORE) + CUT


def _custom_content(push: Push) -> dict[str, object]:
    if isinstance(push, Text):
        return _text(untagged(push.text))
    if isinstance(push, Choices):
        return _menu(push)
    if isinstance(push, Image):
        return {"msgtype": "image", "image": {"media_id": push.media_id}}
    if isinstance(push, News):
        return _news(push, most=1)
    if isinstance(push, Card):
        return _text(untagged(card_words(push)))
    raise CannotRender(f"{type(push).__name__} is not a customer-service message")


def _menu(push: Choices) -> dict[str, object]:
    """WeChat's menu message sends an option's label; where other words are meant, links in a text carry those."""
    if any(option.says != untagged(option.label) for option in push.options) or not push.options:
        return _text(choices_text(push, links=True))
    listed = [{"id": str(number), "content": clean(one.label)} for number, one in enumerate(push.options, 1)]
    menu = {"head_content": clean(untagged(push.head)), "list": listed, "tail_content": clean(untagged(push.tail))}
    return {"msgtype": "msgmenu", "msgmenu": menu}


def _news(push: News, *, most: int) -> dict[str, object]:
    articles = [
        {"title": clean(one.title), "description": clean(one.description), "url": one.url, "picurl": one.picture_url}
        for one in push.articles[:most]
    ]
    if not articles:
        raise CannotRender("news without an article")
    return {"msgtype": "news", "news": {"articles": articles}}


def _wecom_content(push: Push) -> dict[str, object]:
    if isinstance(push, Text):
        return _text(untagged(push.text))
    if isinstance(push, Choices):
        return _text(choices_text(push, links=False))
    if isinstance(push, Image):
        return {"msgtype": "image", "image": {"media_id": push.media_id}}
    if isinstance(push, News):
        return _news(push, most=8)
    if isinstance(push, Card):
        return _card(push)
    raise CannotRender(f"{type(push).__name__} is not a WeCom message")


def _card(push: Card) -> dict[str, object]:
    """A card with buttons where there are some; a notice needs somewhere to go, else it is a text."""
    if not push.buttons and not push.url:
        return _text(untagged(card_words(push)))
    card: dict[str, object] = {
        "card_type": "button_interaction" if push.buttons else "text_notice",
        "main_title": {"title": clean(push.title)},
        "sub_title_text": clean(push.text),
        "horizontal_content_list": [{"keyname": clean(name), "value": clean(value)} for name, value in push.pairs[:6]],
    }
    if push.url:
        card["card_action"] = {"type": 1, "url": push.url}
    if push.task_id:
        card["task_id"] = push.task_id
    if push.buttons:
        if not push.task_id:
            raise CannotRender("a card with buttons needs a task id")
        card["button_list"] = [
            {"text": clean(one.text), "style": one.style, "key": one.key} for one in push.buttons[:6]
        ]
    return {"msgtype": "template_card", "template_card": card}


def card_words(push: Card) -> str:
    """A card as plain words, for where there are no cards."""
    pairs = [f"{name}：{value}" for name, value in push.pairs]
    return "\n".join(part for part in (f"【{push.title}】", push.text, *pairs, push.url) if part)
