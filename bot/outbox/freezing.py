"""A push as it is kept: JSON that names its type, and back."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from pydantic import TypeAdapter, ValidationError

from bot.messages import Card, Choices, Image, News, Push, Template, Text

_TYPES: dict[str, type[Any]] = {kind.__name__: kind for kind in (Text, Choices, Image, News, Card, Template)}
_READERS = {name: TypeAdapter(kind) for name, kind in _TYPES.items()}


class NotThawed(ValueError):
    """A kept push cannot be read; the message quotes nothing of it."""


def freeze(push: Push) -> str:
    """JSON of a push; equal pushes give equal text."""
    fields = asdict(push)
    if isinstance(push, Template):
        fields["data"] = dict(push.data)
    return json.dumps({"type": type(push).__name__, **fields}, ensure_ascii=False)


def thaw(text: str) -> Push:
    """The push that ``freeze`` kept; raises NotThawed."""
    try:
        fields = json.loads(text)
        push: Push = _READERS[fields.pop("type")].validate_python(fields)
    except (ValidationError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise NotThawed(type(error).__name__) from None
    return push
