"""Replies and pushes as they are kept: JSON that names its type, and back."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from pydantic import TypeAdapter, ValidationError

from bot.messages import Card, CardDone, Choices, Image, News, Nothing, Push, Reply, Template, Text
from bot.resting import Rests

_TYPES = (Text, Choices, Image, News, Card, CardDone, Template, Nothing)
_READERS: dict[str, TypeAdapter[Any]] = {kind.__name__: TypeAdapter(kind) for kind in _TYPES}


_RESTS = "rests"


class NotThawed(ValueError):
    """What was kept cannot be read; the message quotes nothing of it."""


def freeze(said: Reply | Push, rests: Rests | None = None) -> str:
    """JSON of a reply or push; equal ones give equal text. ``rests``: what a reply rests on."""
    fields: dict[str, Any] = {"text": said.text} if isinstance(said, Text) else asdict(said)
    if isinstance(said, Template):
        fields["data"] = dict(said.data)
    kept = {_RESTS: rests.dump()} if rests and rests.ids else {}
    return json.dumps({"type": type(said).__name__, **fields, **kept}, ensure_ascii=False)


def rests_of(text: str) -> Rests:
    """What the reply that ``freeze`` kept rests on."""
    return Rests.load(json.loads(text).get(_RESTS, ()))


def thaw(text: str) -> Any:
    """The reply or push that ``freeze`` kept; raises NotThawed."""
    try:
        fields = json.loads(text)
        fields.pop(_RESTS, None)
        return _READERS[fields.pop("type")].validate_python(fields)
    except (ValidationError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise NotThawed(type(error).__name__) from None
