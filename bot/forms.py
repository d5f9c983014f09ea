"""Forms as conversations and desks read them: what the person who typed it saw, a line break being one character."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO

from flask import Request
from werkzeug.datastructures import FileStorage, ImmutableMultiDict, MultiDict
from werkzeug.formparser import FormDataParser

from bot.visible import visible

Parsed = tuple[IO[bytes], MultiDict[str, str], MultiDict[str, FileStorage]]


class VisibleWords(FormDataParser):
    """Fields without characters that nobody sees, before anything looks at them (PostgreSQL takes no NUL either).

    Browsers count a line break in a text field as one character (``maxlength``) and send it as two."""

    def parse(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: Mapping[str, str] | None = None
    ) -> Parsed:
        rest, form, files = super().parse(stream, mimetype, content_length, dict(options or {}))
        plain = [(name, visible(value)) for name, value in form.items(multi=True)]
        return rest, (self.cls or ImmutableMultiDict)(plain), files


class PlainRequest(Request):
    """A request whose form holds what can be seen, with line breaks of one kind."""

    form_data_parser_class = VisibleWords
