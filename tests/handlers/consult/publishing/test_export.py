"""What is served, written back into files: unchanged bytes stay, changed entries read like the others."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from bot.console.records import AuditEvent
from bot.services import Services
from handlers.consult.commands import knowledge
from handlers.consult.publishing import live
from handlers.consult.publishing.exporting import VARIANTS, export
from handlers.consult.publishing.records import HIDE
from handlers.consult.publishing.versions import fingerprint
from knowledge.content import CONTENT_DIR, VARIANTS_DIR, load_topics
from knowledge.schema import Entry
from tests.bot.front import ON_SQLITE, Front
from tests.handlers.consult.publishing.shelf import BELT, NEW_WORDS, Shelf, changed, new_entry


def tree() -> list[Entry]:
    return list(live.tree_entries().values())


def loaded(folder: Path) -> dict[str, Entry]:
    return {entry.id: entry for topic in load_topics(folder, folder / VARIANTS) for entry in topic.entries}


def test_what_nobody_changed_keeps_every_byte(tmp_path: Path) -> None:
    done = export(tree(), tmp_path)
    assert (done.changed, done.new, done.gone) == ((), (), ())
    for path in CONTENT_DIR.glob("*.yaml"):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()
    for path in VARIANTS_DIR.glob("*.yaml"):
        assert (tmp_path / VARIANTS / path.name).read_bytes() == path.read_bytes()


def test_a_changed_entry_changes_its_own_lines_alone(tmp_path: Path) -> None:
    entry = Entry.model_validate(
        {**json.loads(changed(answer="要系。\n高挂低用，挂在牢靠的地方。", hotlines=["12350"]))}
    )
    served = [entry if one.id == BELT else one for one in tree()]
    done = export(served, tmp_path)
    assert done.changed == (BELT,)
    before = (CONTENT_DIR / "height.yaml").read_text(encoding="utf-8").splitlines()
    after = (tmp_path / "height.yaml").read_text(encoding="utf-8").splitlines()
    start = before.index(f"  - id: {BELT}")
    end = next(n for n in range(start + 1, len(before)) if before[n].startswith("  - id:"))
    assert after[:start] == before[:start]
    assert after[-(len(before) - end) :] == before[end:]
    text = "\n".join(after)
    assert "    answer: |-\n      要系。\n      高挂低用，挂在牢靠的地方。" in text
    assert '    hotlines: ["12350"]' in text
    assert fingerprint(loaded(tmp_path)[BELT]) == fingerprint(entry)
    for path in CONTENT_DIR.glob("*.yaml"):
        if path.name != "height.yaml":
            assert (tmp_path / path.name).read_bytes() == path.read_bytes()


def test_a_new_entry_and_one_that_is_gone(tmp_path: Path) -> None:
    related = {other for one in tree() for other in one.related}
    gone = next(one for one in tree() if one.id in related and one.id.startswith("height."))
    new = Entry.model_validate({**json.loads(new_entry("height.drone")), "earlier": [
        {"until": "2023-12-31", "answer": "以前不用报备，看当地怎么规定。", "sources": [{"title": "民用航空法", "issuer": "全国人大常委会", "version": "2021-04-29"}]}
    ]})  # fmt: skip
    done = export([*(one for one in tree() if one.id != gone.id), new], tmp_path)
    assert (done.new, done.gone) == (("height.drone",), (gone.id,))
    found = loaded(tmp_path)
    assert gone.id not in found and fingerprint(found["height.drone"]) == fingerprint(new)
    assert all(gone.id not in one.related for one in found.values())
    assert "version: 2021-04-29" in (tmp_path / "height.yaml").read_text(encoding="utf-8")


def test_every_entry_written_anew_reads_back_the_same(tmp_path: Path) -> None:
    """As if staff had touched each: one more word in every answer and source."""
    served = [one.model_copy(update={"detail": (one.detail + "\n另见相关条目。").strip()}) for one in tree()]
    export(served, tmp_path)
    found = loaded(tmp_path)
    assert {one.id: fingerprint(one) for one in served} == {name: fingerprint(one) for name, one in found.items()}


def test_a_phrasing_that_was_a_variant_stands_once(tmp_path: Path) -> None:
    entry = next(one for one in tree() if one.variants and len(one.phrasings) < 12)
    moved = entry.model_copy(update={"phrasings": (*entry.phrasings, entry.variants[0])})
    export([moved if one.id == entry.id else one for one in tree()], tmp_path)
    found = loaded(tmp_path)[entry.id]
    assert entry.variants[0] in found.phrasings and entry.variants[0] not in found.variants


@ON_SQLITE
def test_the_command_writes_what_was_published_and_a_release_takes_it_over(
    front: Front, shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.publish(changed(answer=NEW_WORDS))
    shelf.publish(new_entry("height.drone"), "height.drone")
    shelf.publish("", "gas.leak", kind=HIDE)
    folder = tmp_path / "written"
    done = run(front.services, "export", str(folder))
    assert done.exit_code == 0, done.output
    assert f"改 {BELT}" in done.output and "增 height.drone" in done.output and "去 gas.leak" in done.output
    shutil.copytree(folder / VARIANTS, tmp_path / "variants")
    topics = load_topics(folder, tmp_path / "variants")
    taken = live.Index(entry for topic in topics for entry in topic.entries)
    monkeypatch.setattr(live, "load_index", lambda: taken)
    fresh = live.Live(front.services)
    assert fresh.serving().index is taken, "what was published is the tree's own now"


@ON_SQLITE
def test_a_folder_that_cannot_be_written_is_said(front: Front, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run(front.services, "export", str(tmp_path / "file" / "below"))
    assert done.exit_code == 1 and "Traceback" not in done.output


@ON_SQLITE
def test_withdrawing_at_night(front: Front) -> None:
    done = run(front.services, "withdraw", BELT, "--reason", "数字错了")
    assert done.exit_code == 0 and "2秒内" in done.output
    live.live().look()
    assert live.live().serving().entry(BELT) is None
    again = run(front.services, "withdraw", BELT, "--reason", "数字错了")
    assert again.exit_code == 1 and "已经撤回" in again.output
    assert run(front.services, "withdraw", "height.no-such", "--reason", "错").exit_code == 1
    assert run(front.services, "withdraw", BELT).exit_code == 2
    with front.services.database.reading() as session:
        (event,) = session.scalars(select(AuditEvent).where(AuditEvent.action == "knowledge.withdraw"))
    assert (event.actor, event.subject) == ("command", BELT)


def run(services: Services, *words: str):
    return CliRunner().invoke(knowledge, list(words), obj=lambda: services)
