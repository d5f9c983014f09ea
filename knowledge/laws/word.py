"""The lines of a Word file (docx), with every bound that a hostile or a broken one may run against.

A docx is a zip of XML. What it would unpack to is looked at before anything is, and what is merged in a table counts
once: a cell that says it spans millions of columns is read as one cell.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from zipfile import BadZipFile, ZipFile, ZipInfo

from docx import Document
from docx.oxml.ns import qn
from docx.oxml.text.paragraph import CT_P

from knowledge.laws.parsing import LawError

MOST_UNPACKED = 64 << 20
MOST_XML = 16 << 20
"""Of one part, in bytes. The Civil Code, the longest law there is, has 4 MB."""
MOST_PARTS = 5_000
MOST_LINES = 50_000
_DOCUMENT = "word/document.xml"
_SAVE_AGAIN = "Open it and save it as .docx again."
_XML = (".xml", ".rels")
_MARK = b"\xef\xbb\xbf"
# How XML in another encoding begins: UTF-16 and UTF-32, with a mark or without, and EBCDIC.
_OTHER = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<", b"\0\0\0<", b"\x4c\x6f\xa7\x94")
_ENCODING = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([\w.-]+)")
_UTF8 = frozenset({b"utf-8", b"us-ascii"})


def docx_lines(content: bytes) -> Iterator[str]:
    """The paragraphs of a docx in their order, those in tables too. LawError, in plain words, for what is not read."""
    try:
        _look_at(content)
        blocks = list(Document(io.BytesIO(content)).element.body.iterchildren(qn("w:p"), qn("w:tbl")))
    except BadZipFile:
        raise LawError(f"it is no docx, or only part of one. {_SAVE_AGAIN}") from None
    except LawError:
        raise
    except Exception as error:  # what the libraries raise for broken parts is of many kinds, lxml's among them
        raise LawError(f"it is a broken docx ({type(error).__name__}). {_SAVE_AGAIN}") from error
    lines = 0
    for block in blocks:
        paragraphs = (block,) if isinstance(block, CT_P) else block.iter(qn("w:p"))
        for paragraph in paragraphs:
            for line in paragraph.text.splitlines() or [""]:
                lines += 1
                if lines > MOST_LINES:
                    raise LawError(f"it has more than {MOST_LINES} lines; no law has.")
                yield line


def _look_at(content: bytes) -> None:
    """Refuse what is no docx, what would unpack to too much, and XML that defines words of its own."""
    with ZipFile(io.BytesIO(content)) as parts:
        members = parts.infolist()
        if len(members) > MOST_PARTS or sum(member.file_size for member in members) > MOST_UNPACKED:
            raise LawError(f"it would unpack to more than {MOST_UNPACKED >> 20} MB; it is not read.")
        if len({member.filename for member in members}) < len(members):
            raise LawError(f"it holds two parts of one name. {_SAVE_AGAIN}")
        if _DOCUMENT not in parts.namelist():
            raise LawError(f"it is no docx: it holds no document. {_SAVE_AGAIN}")
        for member in members:
            _look_at_part(parts, member)


def _look_at_part(parts: ZipFile, member: ZipInfo) -> None:
    """XML is what is called so, and what looks like it: the file itself says which of its parts are read as XML."""
    with parts.open(member) as part:
        begins = part.read(300)
    start = begins.removeprefix(_MARK).lstrip()
    if not start.startswith((b"<", *_OTHER)) and not member.filename.lower().endswith(_XML):
        return
    declared = _ENCODING.match(start)
    if not start.startswith(b"<") or start.startswith(_OTHER) or (declared and declared[1].lower() not in _UTF8):
        raise LawError(f"a part of it is not XML in UTF-8. {_SAVE_AGAIN}")
    if member.file_size > MOST_XML:
        raise LawError(f"a part of it would unpack to more than {MOST_XML >> 20} MB; it is not read.")
    raw = parts.read(member)
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw:
        raise LawError(f"it defines XML entities, which no Word file needs; it is not read. {_SAVE_AGAIN}")
