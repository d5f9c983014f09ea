"""Retrieval beside bm25s with jieba and SQLite FTS5 with jieba: the same documents, the same questions.

Documents are the tree's entries; for the larger sizes more are made by stringing halves of real lines together, so that
the words are as common as in life. Each system builds its index in a process of its own: seconds, resident memory, and
milliseconds a question; ``meaning2`` is ``meaning`` with two threads at an embedding. Quality is compared on the tree's
entries alone, with the answerable questions of the development set: ours was trained on those, the peers have nothing
to train, so it is the smaller half of the story; the held-out set stands beside it.
"""

from __future__ import annotations

import gc
import json
import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

from knowledge.content import load_topics
from knowledge.embedding import NoEmbedder, load_embedder
from knowledge.evaluation.evaluate import HELD_OUT, Case, Kind, load_cases
from knowledge.index import Index
from knowledge.meaning import load_places
from knowledge.schema import Entry

SIZES = (500, 5_000, 50_000)
QUESTIONS = 400
SEED = 616
LINES = 9
Find = Callable[[str], Sequence[int]]


def main() -> dict[str, object]:
    systems = ["words", "bm25s", "fts5"]
    try:
        load_embedder()
        systems[1:1] = ["meaning", "meaning2"]
    except NoEmbedder as error:
        print(f"\nretrieval: without embeddings ({error})")
    print(f"\nretrieval: {QUESTIONS} questions, one at a time, after a warm-up")
    print(f"  {'system':10}{'documents':>11}{'index s':>10}{'memory MB':>11}{'p50 ms':>9}{'p99 ms':>9}")
    measured = []
    for size in SIZES:
        for system in systems:
            row = _in_a_process(system, size)
            measured.append(row)
            print(
                f"  {system:10}{size:>11,}{row['index_s']:>10.2f}{row['memory_mb']:>11.0f}"
                f"{row['p50_ms']:>9.2f}{row['p99_ms']:>9.2f}"
            )
    quality = {system: _quality(system) for system in systems if system != "meaning2"}
    print(f"\n  right entry first / among three, {len(_entries())} entries")
    for system, figures in quality.items():
        print(f"  {system:10}" + "  ".join(f"{name} {one:.3f} / {three:.3f}" for name, (one, three) in figures.items()))
    ratios = _ratios(measured)
    print("\n  ratio of p50, ours by words to the peer's (below 1: ours is faster)")
    for name, ratio in ratios.items():
        print(f"  {name:24}{ratio:8.2f}")
    return {"measured": measured, "quality": quality, "ratios": ratios}


def _in_a_process(system: str, size: int) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench.retrieval", system, str(size)]
    ended = subprocess.run(command, check=True, capture_output=True, text=True)
    result: dict[str, float] = json.loads(ended.stdout.splitlines()[-1])
    return result


def _measure(system: str, size: int) -> dict[str, object]:
    entries = documents(size)
    questions = [case.question for case in load_cases() if case.kind is Kind.ANSWERABLE][:QUESTIONS]
    before, start = _resident_mb(), perf_counter()
    find = _BUILD[system](entries)
    index_s, memory = perf_counter() - start, _resident_mb() - before
    gc.collect()
    gc.freeze()  # as the web does once it is loaded
    for question in questions[:20]:
        find(question)
    took = []
    for question in questions:
        start = perf_counter()
        find(question)
        took.append(1000 * (perf_counter() - start))
    took.sort()
    return {
        "system": system,
        "documents": size,
        "index_s": index_s,
        "memory_mb": memory,
        "p50_ms": median(took),
        "p99_ms": took[int(0.99 * len(took))],
    }


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    return pages * 4096 / 1e6


# -- documents and questions -----------------------------------------------------------------------------------------
def _entries() -> list[Entry]:
    return [entry for topic in load_topics() for entry in topic.entries]


def documents(size: int) -> list[Entry]:
    """The tree's entries, cut or filled up to ``size``."""
    entries = _entries()[:size]
    chance = random.Random(SEED)
    lines = [line for entry in entries for line in entry.asked]
    answers = [entry.answer for entry in entries]
    for number in range(size - len(entries)):
        said: dict[str, None] = {}
        while len(said) < LINES:
            one, other = chance.sample(lines, 2)
            said[(one[: len(one) // 2 + 1] + other[len(other) // 2 :])[:80]] = None
        question, *phrasings = said
        made = {"id": f"made.n{number}", "question": question, "phrasings": tuple(phrasings), "variants": ()}
        answer = chance.choice(answers)
        entries.append(entries[0].model_copy(update={**made, "answer": answer}))
    return entries


# -- systems -----------------------------------------------------------------------------------------------------------
def _words(entries: Sequence[Entry]) -> Find:
    index = Index(entries)
    numbers = {entry.id: number for number, entry in enumerate(entries)}
    return lambda question: [numbers[candidate.entry.id] for candidate in index.search(question, 3)]


def _meaning(entries: Sequence[Entry], threads: int = 1) -> Find:
    """Entries that were made up have no place, as an embedding of each would take an hour at the largest size."""
    embedder = load_embedder(threads)
    index = Index(entries, places=load_places())
    numbers = {entry.id: number for number, entry in enumerate(entries)}

    def find(question: str) -> list[int]:
        vector = embedder.vector(index.plain(question))
        return [numbers[candidate.entry.id] for candidate in index.search(question, 3, vector)]

    return find


def _text(entry: Entry) -> str:
    return " ".join((*entry.asked, entry.answer))


def _bm25s(entries: Sequence[Entry]) -> Find:
    import bm25s
    import jieba

    jieba.setLogLevel(60)
    jieba.initialize()
    retriever = bm25s.BM25()
    retriever.index([jieba.lcut(_text(entry)) for entry in entries], show_progress=False)

    def find(question: str) -> list[int]:
        found, _ = retriever.retrieve([jieba.lcut(question)], k=3, show_progress=False)
        return [int(number) for number in found[0]]

    return find


def _fts5(entries: Sequence[Entry]) -> Find:
    import jieba

    jieba.setLogLevel(60)
    jieba.initialize()
    base = sqlite3.connect(":memory:")
    base.execute("CREATE VIRTUAL TABLE entry USING fts5(said)")
    rows = ((number, " ".join(jieba.lcut(_text(entry)))) for number, entry in enumerate(entries))
    base.executemany("INSERT INTO entry(rowid, said) VALUES (?, ?)", rows)

    def find(question: str) -> list[int]:
        words = [word for word in jieba.lcut(question) if word.isalnum()]
        match = " OR ".join(f'"{word}"' for word in words) or '""'
        wanted = "SELECT rowid FROM entry WHERE entry MATCH ? ORDER BY bm25(entry) LIMIT 3"
        return [int(number) for (number,) in base.execute(wanted, (match,))]

    return find


_BUILD: dict[str, Callable[[Sequence[Entry]], Find]] = {
    "words": _words,
    "meaning": _meaning,
    "meaning2": partial(_meaning, threads=2),
    "bm25s": _bm25s,
    "fts5": _fts5,
}


# -- figures -----------------------------------------------------------------------------------------------------------
def _quality(system: str) -> dict[str, tuple[float, float]]:
    entries = _entries()
    find = _BUILD[system](entries)
    sets = {"development": load_cases(), "held out": load_cases(HELD_OUT)}
    return {name: _shares(find, entries, cases) for name, cases in sets.items()}


def _shares(find: Find, entries: Sequence[Entry], cases: Sequence[Case]) -> tuple[float, float]:
    asked = [case for case in cases if case.kind is Kind.ANSWERABLE]
    found = [[entries[number].id for number in find(case.question)] for case in asked]
    first = sum(bool(ids) and ids[0] in case.entries for ids, case in zip(found, asked, strict=True))
    among = sum(any(one in case.entries for one in ids) for ids, case in zip(found, asked, strict=True))
    return first / len(asked), among / len(asked)


def _ratios(measured: Sequence[dict[str, float]]) -> dict[str, float]:
    took = {(row["system"], row["documents"]): row["p50_ms"] for row in measured}
    return {
        f"{peer} at {size:,}": took["words", size] / took[peer, size] for size in SIZES for peer in ("bm25s", "fts5")
    }


if __name__ == "__main__":
    print(json.dumps(_measure(sys.argv[1], int(sys.argv[2]))))
