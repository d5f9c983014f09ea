"""Messages as the platforms send them, with the treatment each must get; read by the tests of the way in."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent
LONG = "工地上的安全网破了要不要换。" * 40


@dataclass(frozen=True)
class Sample:
    """``reply``: answered or silent. ``says``: what the answer must contain."""

    channel: str
    name: str
    reply: str
    xml: str
    says: str = ""

    @property
    def is_event(self) -> bool:
        return self.xml.startswith(("{event}", "{sys}"))

    def fill(self, sender: str, message_id: str, to: str = "gh_0123456789ab") -> str:
        """The whole message, from ``sender``."""
        event = "<MsgType><![CDATA[event]]></MsgType>"
        head = _head(to, sender)
        parts = {
            "{head}": head,
            "{event}": head + event,
            "{sys}": _head(to, "sys") + event,
            "{id}": message_id,
            "{long}": LONG,
        }
        text = self.xml
        for mark, words in parts.items():
            text = text.replace(mark, words)
        return f"<xml>{text}</xml>"


def _head(to: str, sender: str) -> str:
    return (
        f"<ToUserName><![CDATA[{to}]]></ToUserName><FromUserName><![CDATA[{sender}]]></FromUserName>"
        f"<CreateTime>{int(time.time())}</CreateTime>"
    )


def samples(channel: str) -> list[Sample]:
    """All samples of one channel."""
    rows = yaml.safe_load((FOLDER / f"{channel}.yaml").read_text(encoding="utf-8"))
    return [Sample(channel, **row) for row in rows]


def crypto_vectors() -> list[dict[str, Any]]:
    """Published vectors of the platforms' signature and AES (``source`` says whose)."""
    vectors: list[dict[str, Any]] = json.loads((FOLDER / "crypto.json").read_text(encoding="utf-8"))
    return vectors
