"""Replies and pushes as JSON, for storing them frozen."""

from __future__ import annotations

import json
from typing import Any

from bot.messages import (
    NOTHING,
    Article,
    Button,
    Card,
    CardDone,
    Choice,
    Choices,
    Image,
    News,
    Nothing,
    Push,
    Reply,
    Template,
    Text,
)


def dump(reply: Reply | Push) -> str:
    """JSON that ``load`` reads back as an equal value."""
    return json.dumps(_body(reply), ensure_ascii=False, separators=(",", ":"))


def load(text: str) -> Any:
    """The value that ``dump`` wrote; raises ValueError for anything else."""
    body = json.loads(text)
    try:
        return _READ[body["k"]](body)
    except (KeyError, TypeError) as error:
        raise ValueError("not a stored reply") from error


def _body(reply: Reply | Push) -> dict[str, Any]:
    match reply:
        case Nothing():
            return {"k": "nothing"}
        case Text(text):
            return {"k": "text", "t": text}
        case Choices(head, options, tail):
            return {"k": "choices", "h": head, "o": [[o.label, o.send] for o in options], "e": tail}
        case Image(media_id):
            return {"k": "image", "m": media_id}
        case News(articles):
            return {"k": "news", "a": [[a.title, a.url, a.description, a.picture_url] for a in articles]}
        case CardDone(words):
            return {"k": "card_done", "w": words}
        case Card():
            return {
                "k": "card",
                "title": reply.title,
                "text": reply.text,
                "task_id": reply.task_id,
                "url": reply.url,
                "pairs": [list(pair) for pair in reply.pairs],
                "buttons": [[b.key, b.text, b.style] for b in reply.buttons],
            }
        case Template():
            return {
                "k": "template",
                "id": reply.template_id,
                "data": dict(reply.data),
                "url": reply.url,
                "subscription": reply.subscription,
            }
    raise ValueError(f"{type(reply).__name__} cannot be stored")


_READ = {
    "nothing": lambda _b: NOTHING,
    "text": lambda b: Text(b["t"]),
    "choices": lambda b: Choices(b["h"], tuple(Choice(*o) for o in b["o"]), b["e"]),
    "image": lambda b: Image(b["m"]),
    "news": lambda b: News(tuple(Article(*a) for a in b["a"])),
    "card_done": lambda b: CardDone(b["w"]),
    "card": lambda b: Card(
        b["title"],
        b["text"],
        b["task_id"],
        b["url"],
        tuple((name, value) for name, value in b["pairs"]),
        tuple(Button(*button) for button in b["buttons"]),
    ),
    "template": lambda b: Template(b["id"], b["data"], b["url"], b["subscription"]),
}
