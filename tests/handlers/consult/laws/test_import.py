"""``python -m bot import laws``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from bot.cli import cli
from handlers.consult.commands import ask
from handlers.consult.laws.commands import laws as command
from handlers.consult.laws.importing import Change
from handlers.consult.laws.near import near_articles
from handlers.consult.laws.records import LawArticle, LawText
from tests.bot.front import ON_SQLITE, Front
from tests.handlers.consult.laws.texts import TODAY, bring_in, code, safety


def run(front: Front, *arguments: object) -> Result:
    return CliRunner().invoke(command, [str(a) for a in arguments], obj=lambda: front.services)


def count(front: Front, table) -> int:
    with front.services.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_new_unchanged_and_changed(front: Front, tmp_path: Path) -> None:
    folder = tmp_path / "laws"
    assert [one.change for one in bring_in(front.services, folder, safety(), code())] == [Change.NEW, Change.NEW]
    assert count(front, LawArticle) == 122
    first = {row.id: row.imported_at for row in front.rows(LawText)}
    assert [one.change for one in bring_in(front.services, folder)] == [Change.SAME, Change.SAME]
    assert {row.id: row.imported_at for row in front.rows(LawText)} == first
    changed = bring_in(front.services, folder, safety(last=100))
    assert sorted(one.change.value for one in changed) == ["changed", "unchanged"]
    assert count(front, LawText) == 2 and count(front, LawArticle) == 103
    assert {row.id for row in front.rows(LawText)} == set(first)


def test_versions_stand_beside_each_other(front: Front, tmp_path: Path) -> None:
    bring_in(front.services, tmp_path / "laws", safety(), safety("2014-08-31", 114, "旧"))
    rows = {row.version: row for row in front.rows(LawText)}
    assert {version: (str(row.in_force_from), row.articles) for version, row in rows.items()} == {
        "2014-08-31": ("2014-12-01", 115), "2021-06-10": ("2021-09-01", 120),
    }  # fmt: skip


@ON_SQLITE
def test_one_bad_file_keeps_no_other_back(front: Front, tmp_path: Path) -> None:
    for name, text in (safety(), code()):
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "坏的.md").write_bytes("第一条".encode("gbk"))
    (tmp_path / "旧.doc").write_bytes(b"x")
    result = run(front, tmp_path)
    assert result.exit_code == 1
    assert "坏的.md: " in result.stderr and "旧.doc: " in result.stderr and "Traceback" not in result.output
    assert "new       安全生产法  2021-06-10  120 articles, in force from 2021-09-01" in result.stdout
    assert "2 new, 0 changed, 0 unchanged, 2 refused" in result.stdout
    assert count(front, LawText) == 2
    again = run(front, tmp_path)
    assert "0 new, 0 changed, 2 unchanged, 2 refused" in again.stdout


@ON_SQLITE
def test_a_file_that_breaks_the_reader_keeps_no_other_back(
    front: Front, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever goes wrong, an error that nobody thought of among it: the disk gives way while one is read."""
    for name, text in (safety(), code()):
        (tmp_path / name).write_text(text, encoding="utf-8")
    real = Path.read_bytes

    def read_bytes(path: Path) -> bytes:
        if path.name == safety()[0]:
            raise MemoryError
        return real(path)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    result = run(front, tmp_path)
    assert "could not be taken (MemoryError)" in result.stderr
    assert "1 new, 0 changed, 0 unchanged, 1 refused" in result.stdout


@ON_SQLITE
def test_a_dry_run_writes_nothing(front: Front, tmp_path: Path) -> None:
    (tmp_path / safety()[0]).write_text(safety()[1], encoding="utf-8")
    result = run(front, tmp_path, "--dry-run")
    assert result.exit_code == 0
    assert "new       安全生产法" in result.stdout and "nothing was written" in result.stdout
    assert count(front, LawText) == 0


@ON_SQLITE
def test_a_single_file_and_a_folder_without_texts(front: Front, tmp_path: Path) -> None:
    path = tmp_path / safety()[0]
    path.write_text(safety()[1], encoding="utf-8")
    assert run(front, path).exit_code == 0
    empty = tmp_path / "empty"
    empty.mkdir()
    result = run(front, empty)
    assert result.exit_code == 1 and "no law texts" in result.stderr
    assert run(front, tmp_path / "nowhere").exit_code == 2


@ON_SQLITE
def test_the_same_version_twice_in_a_folder_and_a_broken_list_of_versions(front: Front, tmp_path: Path) -> None:
    name, text = safety()
    (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / f"b{name}").write_text(text, encoding="utf-8")
    (tmp_path / "versions.json").write_text("{", encoding="utf-8")
    result = run(front, tmp_path)
    assert result.exit_code == 1
    assert "versions.json: " in result.stderr and "the same law and version" in result.stderr
    assert count(front, LawText) == 1


@ON_SQLITE
def test_hostile_names_and_dates(front: Front, tmp_path: Path) -> None:
    (tmp_path / ("长" * 60 + "法(2021-02-30).md")).write_text(safety()[1], encoding="utf-8")
    (tmp_path / "versions.json").write_text(
        '[{"name": "安全生产法", "version": "2021-06-10", "issuer": "' + "某" * 500 + '"}]', encoding="utf-8"
    )
    (tmp_path / safety()[0]).write_text(safety()[1], encoding="utf-8")
    result = run(front, tmp_path)
    assert result.exit_code == 1 and "does not exist" in result.stderr
    assert count(front, LawText) == 1


def test_the_group_lists_what_features_import() -> None:
    result = CliRunner().invoke(cli, ["import", "--help"])
    assert result.exit_code == 0 and "laws" in result.output
    assert CliRunner().invoke(cli, ["import", "nothing"]).exit_code == 2


@pytest.mark.parametrize("question", ["楼上往楼下扔东西", "扔东西"])
def test_articles_near_a_question(front: Front, tmp_path: Path, question: str) -> None:
    bring_in(front.services, tmp_path / "laws", safety(), code())
    with front.services.database.reading() as session:
        near = near_articles(session, question, (), TODAY)
        assert [one.cite for one in near][:1] == ["《民法典》第一千二百五十四条（2020年5月28日版，2021年1月1日起施行）"]
        assert near_articles(session, "你好", (), TODAY) == []
        assert near_articles(session, "%_\\'", (), TODAY) == []


@ON_SQLITE
def test_asking_by_command(front: Front, tmp_path: Path) -> None:
    bring_in(front.services, tmp_path / "laws", safety())

    def told(*arguments: str) -> str:
        result = CliRunner().invoke(ask, [*arguments], obj=lambda: front.services)
        assert result.exit_code == 0, result.output
        return result.output

    assert told("安法41条").startswith("《安全生产法》第四十一条（2021年6月10日版")
    found = json.loads(told("安法41条", "--json"))
    assert found["outcome"] == "article" and found["entries"]
    assert json.loads(told("气象法第四十条", "--json"))["outcome"] == "declined"
    assert "才施行" in told("安法41条", "--as-of", "2021-06-16")
    assert not told("违反安全生产法第四十一条罚多少").startswith("《安全生产法》第四十一条")
