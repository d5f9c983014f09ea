"""A docx that means harm, or was made by a program that went wrong, costs a message and a second at most."""

from __future__ import annotations

import io
import time
import tracemalloc
import zipfile
from collections.abc import Callable

import pytest
from docx import Document

from knowledge.laws import word
from knowledge.laws.parsing import LawError
from knowledge.laws.word import docx_lines

MOST_S = 5.0
WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
BEGINS = f'<?xml version="1.0" encoding="UTF-8"?>\n<w:document {WORD}><w:body>'
ENDS = "</w:body></w:document>"
LINE = "<w:p><w:r><w:t>第一条　甲。</w:t></w:r></w:p>"


def docx(body: str | bytes, **parts: bytes) -> bytes:
    """A docx with this body, or with this for its whole document; ``parts`` are put in or in place."""
    whole = io.BytesIO()
    Document().save(whole)
    with zipfile.ZipFile(whole) as made:
        content = {name: made.read(name) for name in made.namelist()}
    content["word/document.xml"] = body if isinstance(body, bytes) else f"{BEGINS}{body}{ENDS}".encode()
    content |= parts
    return pack(content)


def pack(content: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as parts:
        for name, data in content.items():
            parts.writestr(name, data)
    return packed.getvalue()


def cell(inside: str, merged: str) -> str:
    return f"<w:tc><w:tcPr>{merged}</w:tcPr>{inside}</w:tc>"


def test_a_cell_that_spans_many_columns_is_one_cell() -> None:
    wide = cell(LINE, '<w:gridSpan w:val="2000000000"/>')
    began = time.monotonic()
    tracemalloc.start()
    assert list(docx_lines(docx(f"{LINE}<w:tbl><w:tr>{wide}</w:tr></w:tbl>"))) == ["第一条　甲。"] * 2
    assert tracemalloc.get_traced_memory()[1] < 50 << 20
    tracemalloc.stop()
    assert time.monotonic() - began < MOST_S


def test_cells_merged_downwards_are_read_once() -> None:
    first, further = cell(LINE, '<w:vMerge w:val="restart"/>'), cell("<w:p/>", "<w:vMerge/>")
    rows = f"<w:tr>{first}</w:tr>" + f"<w:tr>{further}</w:tr>" * 2_000
    began = time.monotonic()
    lines = list(docx_lines(docx(f"<w:tbl>{rows}</w:tbl>")))
    assert [line for line in lines if line] == ["第一条　甲。"]
    assert time.monotonic() - began < MOST_S


def test_a_merged_cell_without_one_above_it() -> None:
    lost = cell(LINE, "<w:vMerge/>")
    assert list(docx_lines(docx(f"<w:tbl><w:tr>{lost}</w:tr></w:tbl>"))) == ["第一条　甲。"]


def test_tables_in_tables() -> None:
    inner = LINE
    for _ in range(40):
        inner = f"<w:tbl><w:tr>{cell(inner + '<w:p/>', '')}</w:tr></w:tbl>"
    assert [line for line in docx_lines(docx(inner)) if line] == ["第一条　甲。"]


ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    + f"<w:document {WORD}><w:body><w:p><w:r><w:t>&b;</w:t></w:r></w:p></w:body></w:document>".encode()
)
OUTSIDE = ENTITIES.replace(b'<!ENTITY a "ha">', b'<!ENTITY a SYSTEM "file:///etc/passwd">')
UTF16 = ENTITIES.decode().replace('version="1.0"', 'version="1.0" encoding="UTF-16"').encode("utf-16")


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: docx(ENTITIES), "entities"),
        (lambda: docx(OUTSIDE), "entities"),
        (lambda: docx(UTF16), "UTF-8"),
        (lambda: docx(ENTITIES.decode().encode("utf-16-le")), "UTF-8"),
        (lambda: docx(ENTITIES.replace(b"?>", b' encoding="utf-7"?>', 1)), "UTF-8"),
        (lambda: docx(LINE, **{"word/styles.xml": ENTITIES}), "entities"),
        (lambda: docx(LINE, **{"[Content_Types].xml": ENTITIES}), "entities"),
        (lambda: docx(LINE, **{"word/other": ENTITIES}), "entities"),
        (lambda: docx("<w:p/>" * (word.MOST_LINES + 1)), "lines"),
        (lambda: docx(f"<w:p><w:r>{'<w:br/>' * 60_000}</w:r></w:p>"), "lines"),
        (lambda: docx(" " * (17 << 20)), "16 MB"),
        (lambda: docx(LINE, **{"word/media": b"0" * (70 << 20)}), "64 MB"),
        (lambda: pack({f"a{number}": b"" for number in range(word.MOST_PARTS + 1)}), "64 MB"),
        (lambda: docx("<w:p>" * 5_000), "broken docx"),
        (lambda: docx("<w:tbl>" * 5_000 + "</w:tbl>" * 5_000), "broken docx"),
        (lambda: docx(b"<a/>"), "broken docx"),
    ],
)
def test_what_is_not_read(make: Callable[[], bytes], why: str) -> None:
    content = make()
    began = time.monotonic()
    with pytest.raises(LawError, match=why):
        list(docx_lines(content))
    assert time.monotonic() - began < MOST_S


def test_two_parts_of_one_name() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as parts:
        parts.writestr("word/document.xml", "<a/>")
        with pytest.warns(UserWarning, match="Duplicate"):
            parts.writestr("word/document.xml", "<b/>")
    with pytest.raises(LawError, match="one name"):
        list(docx_lines(packed.getvalue()))


def test_a_part_that_says_it_is_smaller_than_it_is() -> None:
    content = bytearray(docx(" " * (20 << 20)))
    honest = (20 << 20) + len(f"{BEGINS}{ENDS}".encode())
    for at in range(len(content) - 4):
        if content[at : at + 4] == honest.to_bytes(4, "little"):
            content[at : at + 4] = (1_000).to_bytes(4, "little")
    with pytest.raises(LawError):
        list(docx_lines(bytes(content)))
