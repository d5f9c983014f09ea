"""Forms as conversations and desks read them: a line break is one character, as the person who typed it counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO

from flask import Request
from werkzeug.datastructures import FileStorage, ImmutableMultiDict, MultiDict
from werkzeug.formparser import FormDataParser

Parsed = tuple[IO[bytes], MultiDict[str, str], MultiDict[str, FileStorage]]


class LineBreaks(FormDataParser):
    """Browsers count a line break in a text field as one character (``maxlength``) and send it as two."""

    def parse(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: Mapping[str, str] | None = None
    ) -> Parsed:
        rest, form, files = super().parse(stream, mimetype, content_length, dict(options or {}))
        plain = [(name, _plain(value)) for name, value in form.items(multi=True)]
        return rest, (self.cls or ImmutableMultiDict)(plain), files


class PlainRequest(Request):
    """A request whose form has line breaks of one kind."""

    form_data_parser_class = LineBreaks


def _plain(value: str) -> str:
    return value.replace("\r\n", "\n").replace("\r", "\n")
