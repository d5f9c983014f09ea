"""Law texts as files: names with dates, docx, and everything that can be wrong with a file."""

from __future__ import annotations

import json
import zipfile
from datetime import date
from pathlib import Path

import pytest
from docx import Document

from knowledge.laws.files import MOST_BYTES, files_in, load_versions, read_law
from knowledge.laws.parsing import LawError

TEXT = "# 工棚条例\n\n2003年4月27日 国务院令第375号公布\n\n第一条 为了管好工棚。\n\n第二条 完。\n"


def write(folder: Path, name: str, content: str | bytes = TEXT) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def make_docx(path: Path, *lines: str) -> Path:
    document = Document()
    for line in lines:
        document.add_paragraph(line)
    document.save(str(path))
    return path


@pytest.mark.parametrize(
    "name", ["工棚条例(2010-12-20).md", "工棚条例（2010-12-20）.MD", "中华人民共和国工棚条例 (2010-12-20).md"]
)
def test_the_date_in_the_name_is_the_version(tmp_path: Path, name: str) -> None:
    read = read_law(write(tmp_path, name))
    assert (read.name, read.version, read.issuer, read.notes) == ("工棚条例", date(2010, 12, 20), "国务院", ())


def test_what_the_catalog_knows_is_added(tmp_path: Path) -> None:
    read = read_law(
        write(
            tmp_path,
            "安全生产法(2021-06-10).md",
            "# 中华人民共和国安全生产法\n第一条 甲。\n第二条 本法自2002年11月1日起施行。",
        )
    )
    assert (read.in_force_from, read.issuer) == (date(2021, 9, 1), "全国人民代表大会常务委员会")


def test_byte_order_mark_and_line_ends_of_windows(tmp_path: Path) -> None:
    read = read_law(write(tmp_path, "a.md", b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode()))
    assert [article.text for article in read.articles] == ["为了管好工棚。", "完。"]


def test_docx(tmp_path: Path) -> None:
    path = tmp_path / "工棚条例(2010-12-20).docx"
    document = Document()
    for line in ("工棚条例", "第一章　总则", "第一条　为了管好\n工棚。", "（一）甲；"):
        document.add_paragraph(line)
    table = document.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "1—10千伏", "5米"
    document.add_paragraph("第二条　完。")
    document.save(str(path))
    read = read_law(path)
    assert read.version == date(2010, 12, 20)
    assert [article.paragraphs for article in read.articles] == [
        ("为了管好", "工棚。\n（一）甲；", "1—10千伏", "5米"), ("完。",),
    ]  # fmt: skip
    assert read.articles[0].chapter == "第一章 总则"


def test_versions_of_a_folder(tmp_path: Path) -> None:
    rows = [
        ["工棚条例", "2010-12-20", 3, 100, "# 工棚条例"],
        {
            "title": "中华人民共和国帐篷法",
            "version": "2020-01-01",
            "in_force_from": "2020-05-01",
            "in_force_to": "2024-12-31",
            "issuer": "某某",
        },
        ["刑法", "", 505],
    ]
    write(tmp_path, "versions.json", json.dumps(rows))
    versions = load_versions(tmp_path)
    read = read_law(write(tmp_path, "工棚条例(2010-12-20).md"), versions)
    assert read.notes == ("versions.json counts 3 articles, 2 were read",)
    tent = read_law(write(tmp_path, "帐篷法(2020-01-01).md", "# 帐篷法\n第一条 甲。"), versions)
    assert (tent.in_force_from, tent.in_force_to, tent.issuer) == (date(2020, 5, 1), date(2024, 12, 31), "某某")


@pytest.mark.parametrize(
    "content",
    ["[" * 100_000, "{", "[1]", '[["x"]]', '[{"version": "2020-01-01"}]', '[["x", "1.1.2020"]]', "7", '"abc"'],
)
def test_a_broken_list_of_versions_is_told(tmp_path: Path, content: str) -> None:
    write(tmp_path, "versions.json", content)
    with pytest.raises(LawError, match="list of"):
        load_versions(tmp_path)


def test_a_folder_without_a_list(tmp_path: Path) -> None:
    assert load_versions(tmp_path) == {}


def bomb(path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("word/document.xml", b"0" * (80 * 1024 * 1024))
    return path


def not_word(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as parts:
        parts.writestr("a.txt", "x")
    return path


def broken_xml(path: Path) -> Path:
    make_docx(path, "工棚条例", "第一条　甲。")
    with zipfile.ZipFile(path) as parts:
        content = {name: parts.read(name) for name in parts.namelist()}
    content["word/document.xml"] = content["word/document.xml"][:200]
    with zipfile.ZipFile(path, "w") as parts:
        for name, data in content.items():
            parts.writestr(name, data)
    return path


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda folder: write(folder, "a.md", TEXT.encode("gbk")), "looks like GBK"),
        (lambda folder: write(folder, "a.md", TEXT.encode("utf-16")), "UTF-16"),
        (lambda folder: write(folder, "a.md", b""), "empty"),
        (lambda folder: write(folder, "a.md", b"\x00\x01\x02\xff\xfe" * 50), "not UTF-8"),
        (lambda folder: write(folder, "a.md", TEXT.replace("甲", "\0") + "\0"), "zero bytes"),
        (lambda folder: write(folder, "a.md", b"x" * (MOST_BYTES + 1)), "10 MB"),
        (lambda folder: write(folder, "a.txt"), "not read"),
        (lambda folder: write(folder, "a.pdf", b"%PDF-1.7"), "not read"),
        (lambda folder: write(folder, "a(2021-13-45).md"), "does not exist"),
        (lambda folder: write(folder, "a.docx", b"\xd0\xcf\x11\xe0" + b"x" * 600), "old .doc"),
        (lambda folder: write(folder, "a.docx", TEXT), "no docx"),
        (
            lambda folder: write(
                folder, "a.docx", make_docx(folder / "b.docx", "工棚条例", "第一条　甲。").read_bytes()[:3000]
            ),
            "no docx",
        ),
        (lambda folder: make_docx(folder / "b.docx", "工棚条例").rename(folder / "a.md"), "content is a docx"),
        (lambda folder: make_docx(folder / "a.docx", "只有几句话"), "no articles"),
        (lambda folder: bomb(folder / "a.docx"), "unpack"),
        (lambda folder: not_word(folder / "a.docx"), "holds no document"),
        (lambda folder: broken_xml(folder / "a.docx"), "broken docx"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, make, why: str) -> None:
    with pytest.raises(LawError, match=why):
        read_law(make(tmp_path))


def test_which_files_of_a_folder_are_meant(tmp_path: Path) -> None:
    (tmp_path / "条例").mkdir()
    for name in ("b.md", "条例/a.docx", ".hidden.md", "~$b.docx", "versions.json", "c.doc", "d.png"):
        write(tmp_path, name)
    assert [path.name for path in files_in(tmp_path)] == ["b.md", "c.doc", "a.docx"]
