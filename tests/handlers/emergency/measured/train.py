"""Works out ``handlers/emergency/weights.npz``: ``python -m tests.handlers.emergency.measured.train``.

Run it after sentences, the lexicon's classes or the ways entries are asked have changed much; it takes a minute or two.
It learns from every sentence of these tests but ``held_out.yaml``, from the development questions of the knowledge base
and from the ways its entries are asked, and prints what models of the same make reached on sources they had not seen.

Real ones are also put into questions, the past and hearsay (and then are none), and into calls, so that the models learn
to go by the frame and not by the mishap.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import yaml
from numpy.typing import NDArray

from handlers.emergency.lexicon import OTHER, load_lexicon
from handlers.emergency.tidying import cut, tidy
from handlers.emergency.weighing import LENGTHS, WEIGHTS_FILE, cue_patterns, length, neighbours, runs, save
from knowledge.content import load_topics
from knowledge.evaluation.evaluate import DEVELOPMENT as QUESTIONS
from knowledge.evaluation.evaluate import Kind, load_cases
from knowledge.language import BACKGROUND_FILE
from tests.handlers.emergency.measured import DEVELOPMENT, HERE, sets
from tests.handlers.emergency.test_frames import CALLS, CALM, MISHAPS, PEOPLE

SEED = 616
LEAST_COUNT, SMALLEST = 3, 0.015
STRENGTH = 3.0
ASKED, FRAMED, TOLD, WRAPPED, UNCLEAR, EVERYDAY = 0.2, 0.4, 0.6, 0.15, 0.5, 0.5
WRAPPED_CALM, WRAPPED_CALLS = 2500, 1500
CALM_FRAMES = (
    "如果{}怎么办", "万一{}该怎么处理", "{}算工伤吗", "{}老板要赔多少", "昨天{}，现在要赔偿", "听说{}，真的吗", "演练：{}",
    "新闻里说{}", "为什么会{}", "{}要报给哪个部门", "要是{}，第一步做什么", "上个月{}，后来怎么样了", "怎么防止{}",
    "{}谁负责", "{}会判刑吗", "考试题：{}，应该", "{}的应急预案怎么写", "去年{}", "看视频{}", "要是哪天{}，我们得怎么弄",
    "{}这种情况要不要停工", "{}属于什么事故", "{}罚多少", "{}公司不认账找谁", "之前{}，没事了", "怕{}，要提前准备什么",
    "{}的话能不能先不报", "培训讲{}要怎么救", "{}几个小时内要上报", "以前也有过{}", "{}，规定是怎么写的",
    "书上写{}先打120，对不对", "做PPT要写{}", "{}保险赔不赔", "假如{}，该先救谁", "梦见{}", "群里传{}，是谣言吗",
    "小时候{}", "{}这种事怎么预防", "班前会讲{}", "{}签了私了协议作数不", "遇到{}这种事", "前几天{}，要写个说明",
    "差点{}", "{}了要停产整顿吗", "电影里{}", "工人问{}怎么自救", "{}责任在总包还是分包", "那次{}以后",
    "一般{}是什么原因",
)  # fmt: skip
CALL_FRAMES = (
    "{}", "{}，快来", "{}怎么办啊", "喂，{}", "救命{}", "我在工地，{}", "{}，现在还在", "{}，我们该怎么弄啊快", "刚刚{}",
    "你们快来人{}", "{}打120没打通", "{}在琼海嘉积", "师傅，{}", "不得了了{}", "{}，求求你们", "{}快点", "领导{}", "哎{}",
    "急！{}",
)  # fmt: skip
Table = NDArray[np.float64]
Indexes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence from a source; ``now`` and ``about`` are what is right for the two models, None where nothing is said.
    ``weight``: how much it counts."""

    text: str
    source: str
    now: bool | None
    about: bool | None = None
    weight: float = 1.0


# -- examples ------------------------------------------------------------------------------------------------------
def examples() -> list[Example]:
    """All sentences to learn from, each text once."""
    found = [*_rounds(), *_measured(), *_framed(), *_questions(), *_hazards(), *_everyday(), *_asked()]
    return list({one.text: one for one in reversed(found)}.values())


def _rounds() -> Iterable[Example]:
    folder = HERE.parent
    sentences = yaml.safe_load((folder / "sentences.yaml").read_text(encoding="utf-8")).values()
    strangers = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("stranger*.yaml"))]
    rounds = [(file.stem, yaml.safe_load(file.read_text(encoding="utf-8"))) for file in (folder / "rounds").glob("*")]
    for source, one in [*(("sentences", one) for one in (*sentences, *strangers)), *rounds]:
        for texts in one["page"].values():
            yield from (Example(text, source, now=True) for text in texts)
        for text in (*one.get("none", ()), *one.get("quiet", ())):
            yield Example(text, source, now=False, about=False)
        for text in one.get("show", ()):
            yield Example(text, source, now=False, about=True if source == "sentences" else None)
        unclear = one.get("ask", {})
        for texts in unclear.values() if isinstance(unclear, dict) else [unclear]:
            yield from (Example(text, source, now=True, weight=UNCLEAR) for text in texts)
        for texts in one.get("numbers", {}).values():
            yield from (Example(text, source, now=False, about=True) for text in texts)


def _measured() -> Iterable[Example]:
    about = {"howto": True, "numbers": True, "rules": False, "talk": False, "hazards": False}
    for name in DEVELOPMENT:
        for sort, texts in sets(name).items():
            for text in texts:
                yield Example(text, f"measured {name}", now=sort == "happening", about=about.get(sort))
    yield from (Example(text, "told", now=True, weight=TOLD) for text in sets("told")["happening"])


def _framed() -> Iterable[Example]:
    draw = random.Random(SEED)
    calls = [call.format(who + mishap) for call in CALLS for who in PEOPLE for mishap in MISHAPS]
    calm = [frame.format(who + what) for frame in CALM for who in ("", "有人", "工人", "工友") for what in MISHAPS]
    yield from (Example(text, "frames", now=True, weight=FRAMED) for text in draw.sample(calls, 350))
    yield from (Example(text, "frames", now=False, weight=FRAMED) for text in draw.sample(calm, 600))


def _emergency_entries() -> set[str]:
    """Entries whose questions want the numbers above the answer; of the law's, on a right to leave, none does."""
    return {entry.id for topic in load_topics() if topic.topic != "law" for entry in topic.entries if entry.emergency}


def _questions() -> Iterable[Example]:
    on_danger = _emergency_entries()
    doubtful = yaml.safe_load((HERE / "doubtful.yaml").read_text(encoding="utf-8"))
    for path in QUESTIONS:
        for case in load_cases(path):
            if case.kind is Kind.EMERGENCY:
                yield Example(case.question, path.stem, now=True)
                continue
            helped = any(entry in on_danger for entry in case.entries)
            unsure = helped and case.kind is Kind.AMBIGUOUS
            now = None if case.question in doubtful else False
            yield Example(case.question, path.stem, now=now, about=None if unsure else helped)


def _hazards() -> Iterable[Example]:
    raw = yaml.safe_load((QUESTIONS[0].parent / "hazards.yaml").read_text(encoding="utf-8"))
    for sorts in raw.values():
        for texts in sorts.values():
            yield from (Example(text, "hazards", now=False, about=False) for text in texts)


def _everyday() -> Iterable[Example]:
    """Everyday questions that no entry answers."""
    raw = yaml.safe_load(BACKGROUND_FILE.read_text(encoding="utf-8"))
    for text in (*raw["asked"], *raw["near"]):
        yield Example(text, "everyday", now=False, about=False, weight=EVERYDAY)


def _asked() -> Iterable[Example]:
    """The ways entries are asked. Those of entries on dangers may well tell of one: they say nothing of ``now`` unless
    they plainly ask."""
    plainly = ("怎", "吗", "？", "?", "能不能", "要不要", "可以", "什么", "多少", "哪", "谁", "该", "如何", "是不是")
    told = set(sets("told")["happening"])
    on_danger = _emergency_entries()
    for topic in load_topics():
        for entry in topic.entries:
            for text in entry.asked:
                now = None if entry.emergency and not any(word in text for word in plainly) else False
                if text not in told:
                    yield Example(text, "asked", now=now, about=entry.id in on_danger, weight=ASKED)


def wrapped(found: Sequence[Example]) -> list[Example]:
    """Real ones of ``found`` in frames that make them none, and in calls."""
    draw = random.Random(SEED)
    cries = ("快来", "救命", "救救", "！", "!")
    real = [one.text for one in found if one.now and one.source != "frames"]
    short = [text for text in real if len(text) <= 24 and not any(cry in text for cry in cries)]
    calm = [draw.choice(CALM_FRAMES).format(_bare(draw.choice(short), draw)) for _ in range(WRAPPED_CALM)]
    calls = [draw.choice(CALL_FRAMES).format(_bare(draw.choice(real), draw, 0)) for _ in range(WRAPPED_CALLS)]
    return [
        *(Example(text, "wrapped", now=False, weight=WRAPPED) for text in dict.fromkeys(calm)),
        *(Example(text, "wrapped", now=True, weight=WRAPPED) for text in dict.fromkeys(calls)),
    ]


def _bare(text: str, draw: random.Random, without_aspect: float = 0.6) -> str:
    if draw.random() < without_aspect:
        text = text.rstrip("了啊呀")
    return text.replace(" ", "") if draw.random() < 0.5 else text


# -- what is counted -----------------------------------------------------------------------------------------------
def features(text: str) -> list[str]:
    """The names of all that counts in a text, by sort."""
    lexicon = load_lexicon()
    names = {sign: name for name, sign in lexicon.signs.items() if len(sign) == 1}
    plain = tidy(text, lexicon)
    words = cut(plain, lexicon)
    pairs = [">".join(names.get(sign, OTHER) for sign in signs) for signs in neighbours(words)]
    cues = [name for name, pattern in cue_patterns(lexicon).items() if pattern.search(plain)]
    return [
        f"length:{length(plain)}",
        *(f"runs:{run}" for run in runs(plain)),
        *(f"signs:{pair}" for pair in pairs if OTHER not in pair),
        *(f"cues:{cue}" for cue in cues),
    ]


@dataclass(frozen=True)
class Matrix:
    """Which features stand in which text, row after row; every text has at least its length."""

    columns: Indexes
    starts: Indexes
    width: int

    def times(self, weights: Table) -> Table:
        """The sum of its features' weights, for each text."""
        summed: Table = np.add.reduceat(weights[self.columns], self.starts[:-1])
        return summed

    def back(self, values: Table) -> Table:
        """The sum of its texts' values, for each feature."""
        spread = np.repeat(values, np.diff(self.starts))
        return np.bincount(self.columns, weights=spread, minlength=self.width).astype(np.float64)


def matrix(rows: Sequence[Sequence[str]], vocabulary: dict[str, int]) -> Matrix:
    """The features of ``rows`` that the vocabulary knows."""
    known = [[vocabulary[name] for name in row if name in vocabulary] for row in rows]
    starts = np.cumsum([0, *(len(row) for row in known)])
    return Matrix(np.array([column for row in known for column in row], dtype=np.int64), starts, len(vocabulary))


def vocabulary_of(rows: Iterable[Sequence[str]]) -> dict[str, int]:
    """Every length, and what stands in several texts."""
    counted = Counter(name for row in rows for name in row)
    names = [name for name, count in counted.items() if count >= LEAST_COUNT and not name.startswith("length:")]
    return {name: at for at, name in enumerate([*(f"length:{at}" for at in range(LENGTHS)), *names])}


# -- learning ------------------------------------------------------------------------------------------------------
def fitted(table: Matrix, right: Table, counts: Table) -> Table:
    """Weights of a logistic regression with a quadratic penalty, by Newton's method and conjugate gradients."""
    weights = np.zeros(table.width)
    for _ in range(12):
        odds = 1 / (1 + np.exp(-table.times(weights)))
        slope = table.back(counts * (odds - right)) + weights / STRENGTH
        bend = counts * odds * (1 - odds)
        step, rest = np.zeros_like(weights), -slope
        along, size = rest.copy(), rest @ rest
        for _ in range(40):
            bent = table.back(bend * table.times(along)) + along / STRENGTH
            far = size / (along @ bent)
            step += far * along
            rest -= far * bent
            size, before = rest @ rest, size
            if size < 1e-4 * (slope @ slope):
                break
            along = rest + size / before * along
        weights += step
        if np.abs(step).max() < 1e-3:
            break
    return weights


def learnt(found: Sequence[Example], rows: dict[str, list[str]], vocabulary: dict[str, int], of: str) -> Table:
    """The weights for ``now`` or ``about`` from the examples that say something of it."""
    chosen = [one for one in found if getattr(one, of) is not None]
    table = matrix([rows[one.text] for one in chosen], vocabulary)
    right = np.array([float(getattr(one, of)) for one in chosen])
    return fitted(table, right, np.array([one.weight for one in chosen]))


def rows_of(found: Iterable[Example]) -> dict[str, list[str]]:
    return {one.text: features(one.text) for one in found}


def reached(found: Sequence[Example], rows: dict[str, list[str]], sources: Sequence[str]) -> None:
    """Prints, for models that have not seen some sources, how many of these are above some chances."""
    seen = [one for one in found if one.source not in sources]
    seen = [*seen, *(more := wrapped(seen))]
    rows = rows | rows_of(more)
    vocabulary = vocabulary_of(rows[one.text] for one in seen)
    weights = learnt(seen, rows, vocabulary, "now")
    unseen = [one for one in found if one.source in sources and one.now is not None]
    odds = 1 / (1 + np.exp(-matrix([rows[one.text] for one in unseen], vocabulary).times(weights)))
    right = np.array([one.now for one in unseen])
    for name, chosen in (("real", odds[right]), ("calm", odds[~right])):
        if chosen.size:
            above = "  ".join(f"{least:.2f} {np.mean(chosen >= least):6.1%}" for least in (0.2, 0.35, 0.5, 0.65, 0.8))
            print(f"{'+'.join(sources):32}{name}{chosen.size:5}   {above}", flush=True)


def main() -> None:
    found = examples()
    rows = rows_of(found)
    unseen = (
        *((f"measured {name}",) for name in DEVELOPMENT),
        *((path.stem,) for path in QUESTIONS),
        ("hazards",),
        ("1", "7", "14"),
    )
    for sources in unseen:
        reached(found, rows, sources)
    found = [*found, *(more := wrapped(found))]
    rows |= rows_of(more)
    vocabulary = vocabulary_of(rows[one.text] for one in found)
    both = np.stack([learnt(found, rows, vocabulary, of) for of in ("now", "about")], axis=1)
    tables: dict[str, dict[str, tuple[float, float]]] = {"runs": {}, "signs": {}, "cues": {}}
    for name, at in vocabulary.items():
        sort, _, rest = name.partition(":")
        if sort in tables and np.abs(both[at]).max() >= SMALLEST:
            tables[sort][rest] = (float(both[at][0]), float(both[at][1]))
    save(WEIGHTS_FILE, tables, [(float(now), float(about)) for now, about in both[:LENGTHS]])
    print({name: len(table) for name, table in tables.items()}, WEIGHTS_FILE.stat().st_size)


if __name__ == "__main__":
    main()
