"""Works out ``knowledge/meaning.npz`` and the numbers of ``knowledge/confidence.yaml``.

``python -m knowledge.evaluation.train``; run it after entries, the ways they are asked, the background or the figures
an entry is matched by have changed much. Needs the embedding package, and a few minutes the first time. It writes the
space and the places of all lines, and the models trained on all cases, and says what was reached on cases the models
had not seen: the development set is dealt into folds by the entry a case belongs to, so no fold is answered by a model
that was trained on questions about the same entry.

The development set has hardly any long text, so some is made from it: cases strung together, with and without a
question that has an answer. Without it, a long forwarded message holds enough scattered words to look like a question.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from knowledge.confidence import MODEL_FILE, Chance, Model, Models, Weights
from knowledge.content import load_topics
from knowledge.embedding import Embedder, Vector, load_embedder
from knowledge.evaluation.evaluate import OFFERED, Case, Kind, Outcome, Report, evaluate, load_cases
from knowledge.evaluation.space import places
from knowledge.index import Index
from knowledge.language import load_language
from knowledge.matching import Features, Match
from knowledge.meaning import digest, save

# What entries are sorted by, and what a chance is judged by beside their lead.
ORDERED_BY_WORDS = ("relative", "spoken", "likeness", "contained", "evidence")
JUDGED_BY_WORDS = ("covered", "likeness", "contained", "evidence", "domain", "unknown")
ORDERED_BY_MEANING = (*ORDERED_BY_WORDS, "centre", "passage", "prototype", "share")
JUDGED_BY_MEANING = (
    *JUDGED_BY_WORDS, "relative", "spoken", "centre", "passage", "prototype", "share", "outside", "elsewhere"
)  # fmt: skip
FOLDS = 5
SEED = 20210616
MADE_A_FOLD = 16
JOINED_OFF_TOPIC, JOINED_AROUND = (3, 5, 8, 13), (2, 3, 5, 8)
DIGITS = 4
HEADER = """# Written by python -m knowledge.evaluation.train; change the cases or the features, not the numbers.
# order: weights by which matching entries are sorted. right, among: chances, see knowledge/confidence.py.
# reached: what models of the same make reached on {folds} folds they had not seen, with knowledge/index.py's limits.
"""
REMEMBERED = Path("var/embeddings.npz")
Table = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """What matches a question, and the entries right for it, by their place in the index, if any."""

    fold: int
    right: frozenset[int]
    matches: tuple[Match, ...]


class Remembering:
    """An embedder that keeps what it embedded in a file, so that the next run embeds only what is new."""

    def __init__(self, embedder: Embedder, path: Path = REMEMBERED) -> None:
        self._embedder, self._path = embedder, path
        self._known: dict[str, Vector] = {}
        if path.exists():
            with np.load(path, allow_pickle=False) as raw:
                self._known = dict(zip(raw["keys"].tolist(), raw["vectors"], strict=True))

    def vector(self, question: str) -> Vector:
        row: Vector = self.vectors([question])[0]
        return row

    def vectors(self, lines: Sequence[str], *, passages: bool = False) -> Vector:
        keys = [digest(str(passages), line) for line in lines]
        missing = {key: line for key, line in zip(keys, lines, strict=True) if key not in self._known}
        self._known.update(zip(missing, self._embedder.vectors(list(missing.values()), passages=passages), strict=True))
        return np.array([self._known[key] for key in keys], dtype=np.float32)

    def save(self) -> None:
        """Write the file."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(self._path, keys=np.array(list(self._known)), vectors=np.array(list(self._known.values())))


# -- the models ----------------------------------------------------------------------------------------------------
def fold_of(case: Case) -> int:
    """The fold of all cases about an entry; of cases about none, by their words."""
    key = case.entries[0] if case.entries else case.question
    return int(sha256(key.encode()).hexdigest(), 16) % FOLDS


def joined(cases: Sequence[Case], fold: int) -> list[Case]:
    """Long text made of a fold's cases: off-topic ones strung together, alone and around one that has an answer."""
    chance = random.Random(SEED + fold)
    off_topic = [case.question for case in cases if case.kind is Kind.OFF_TOPIC and len(case.question) > OFFERED]
    answerable = [case for case in cases if case.kind is Kind.ANSWERABLE]
    if len(off_topic) < max(JOINED_OFF_TOPIC):
        return []
    made = []
    for _ in range(MADE_A_FOLD):
        said = chance.sample(off_topic, chance.choice(JOINED_OFF_TOPIC))
        made.append(Case(question="，".join(said), kind=Kind.OFF_TOPIC, entries=()))
    for case in chance.sample(answerable, min(MADE_A_FOLD, len(answerable))):
        said = chance.sample(off_topic, chance.choice(JOINED_AROUND))
        said.insert(chance.randrange(len(said) + 1), case.question)
        made.append(case.model_copy(update={"question": "，".join(said)}))
    return made


def examples(index: Index, cases: Sequence[Case], embedder: Embedder | None = None) -> list[Example]:
    """What there is to learn from. An emergency without an entry teaches nothing: it never reaches the index."""
    numbers = {entry.id: number for number, entry in enumerate(index.entries)}
    known = []
    for fold in range(FOLDS):
        dealt = [case for case in cases if fold_of(case) == fold]
        for case in [*dealt, *joined(dealt, fold)]:
            if case.entries or case.kind is not Kind.EMERGENCY:
                text = index.plain(case.question)
                likeness = index.meaning.likeness(embedder.vector(text)) if embedder and index.meaning else None
                right = frozenset(numbers[name] for name in case.entries)
                matches = tuple(index.matcher.matches(text, likeness))
                known.append(Example(fold, right, matches))
    return known


def train(known: Sequence[Example], ordered_by: Sequence[str], judged_by: Sequence[str]) -> Model:
    """The order first; then, on entries in that order, the chances."""
    order = _order(known, ordered_by)
    even = Chance(0.0, Weights((), ()), 0.0)
    bare = Model(order, even, even, even)
    rows, right, among, belongs = [], [], [], []
    for example in known:
        if example.matches:
            ranked = bare.ranked(example.matches)
            first, lead = ranked[0]
            rows.append([*_figures(first.features, judged_by), lead])
            right.append(first.number in example.right)
            belongs.append(bool(example.right))
            among.append(any(match.number in example.right for match, _ in ranked[:OFFERED]))
    chances = [_chance(rows, hits, judged_by) for hits in (right, among, belongs)]
    return Model(order, *chances)


def _figures(features: Features, names: Sequence[str]) -> list[float]:
    return [getattr(features, name) for name in names]


def _order(known: Sequence[Example], names: Sequence[str], penalty: float = 1.0) -> Weights:
    """Conditional logit by Newton's method: the weights under which the right entries are likeliest to come first."""
    sets = []
    for example in known:
        hits = np.array([match.number in example.right for match in example.matches], dtype=bool)
        if hits.any() and not hits.all():
            sets.append((np.array([_figures(match.features, names) for match in example.matches]), hits))
    weights = np.zeros(len(names))
    for _ in range(20):
        slope, bend = -penalty * weights, penalty * np.eye(len(names))
        for rows, hits in sets:
            scores = rows @ weights
            odds = np.exp(scores - scores.max())
            share, wanted = odds / odds.sum(), odds * hits / (odds * hits).sum()
            mean = share @ rows
            slope += wanted @ rows - mean
            bend += rows.T @ (share[:, None] * rows) - np.outer(mean, mean)
        weights = weights + np.linalg.solve(bend, slope)
    return Weights(tuple(names), tuple(round(float(weight), DIGITS) for weight in weights))


def _chance(
    rows: Sequence[Sequence[float]], hits: Sequence[bool], names: Sequence[str], penalty: float = 1.0
) -> Chance:
    """Logistic regression by Newton's method on standardised figures, the penalty on all but the base."""
    figures: Table = np.array(rows)
    means, spreads = figures.mean(axis=0), figures.std(axis=0)
    spreads[spreads == 0] = 1.0
    table = np.column_stack([np.ones(len(figures)), (figures - means) / spreads])
    penalties = penalty * np.diag([0.0] + [1.0] * figures.shape[1])
    weights = np.zeros(table.shape[1])
    for _ in range(25):
        share = 1 / (1 + np.exp(-(table @ weights)))
        slope = table.T @ (np.array(hits) - share) - penalties @ weights
        bend = table.T @ ((share * (1 - share))[:, None] * table) + penalties
        weights = weights + np.linalg.solve(bend, slope)
    plain = weights[1:] / spreads
    base = float(weights[0] - plain @ means)
    rounded = [round(float(weight), DIGITS) for weight in plain]
    return Chance(round(base, DIGITS), Weights(tuple(names), tuple(rounded[:-1])), rounded[-1])


def models(words: Iterable[Example], meaning: Iterable[Example]) -> Models:
    """Both models, each from examples of its own."""
    return Models(
        train(list(words), ORDERED_BY_WORDS, JUDGED_BY_WORDS),
        train(list(meaning), ORDERED_BY_MEANING, JUDGED_BY_MEANING),
    )


def out_of_fold(index: Index, cases: Sequence[Case], made: Sequence[Models], embedder: Embedder | None) -> list[Report]:
    """The cases, and the long ones made of them, each asked of the models that were trained without its fold."""
    day = datetime.now(UTC).date()
    reports: tuple[list[Outcome], list[Outcome]] = ([], [])
    for fold, unseen in enumerate(made):
        dealt = [case for case in cases if fold_of(case) == fold]
        for outcomes, asked in zip(reports, (dealt, joined(dealt, fold)), strict=True):
            outcomes += evaluate(index.judged_by(unseen), asked, day, embedder).outcomes
    return [Report(day, tuple(outcomes)) for outcomes in reports]


def written(trained: Models, words: Report, meaning: Report) -> str:
    """The text of ``confidence.yaml``."""
    body = {"words": _named(trained.words, words), "meaning": _named(trained.meaning, meaning)}
    return HEADER.format(folds=FOLDS) + yaml.safe_dump(body, sort_keys=False, allow_unicode=True)


def _named(model: Model, reached: Report) -> dict[str, object]:
    chances = {
        name: {"base": chance.base, **chance.weights.named(), "lead": chance.lead}
        for name, chance in (("right", model.right), ("among", model.among), ("belongs", model.belongs))
    }
    return {
        "order": model.order.named(),
        **chances,
        "reached": {
            "pass_at_1": str(reached.pass_at_1).strip(),
            "right_at_3": str(reached.right_at_3).strip(),
            "wrong_answers": str(reached.wrong_answers).strip(),
            "false_answers": str(reached.false_answers).strip(),
            "off_topic_choices": str(reached.off_topic_choices).strip(),
            "ambiguous_clarified": str(reached.ambiguous_clarified).strip(),
        },
    }


def main() -> None:
    cases = load_cases()
    embedder = Remembering(load_embedder())
    entries = [entry for topic in load_topics() for entry in topic.entries]
    made = places(entries, load_language(), embedder)
    save(made)
    index = Index(entries, places=made)
    words, meaning = examples(index, cases), examples(index, cases, embedder)
    unseen = [
        models((e for e in words if e.fold != fold), (e for e in meaning if e.fold != fold)) for fold in range(FOLDS)
    ]
    embedder.save()
    by_words, long_by_words = out_of_fold(index, cases, unseen, None)
    by_meaning, long_by_meaning = out_of_fold(index, cases, unseen, embedder)
    MODEL_FILE.write_text(written(models(words, meaning), by_words, by_meaning), encoding="utf-8")
    for title, report in (("只比字词", by_words), ("也比意思", by_meaning)):
        sys.stdout.write(f"{title}：\n{report.text()}\n\n")
    for title, report in (("只比字词", long_by_words), ("也比意思", long_by_meaning)):
        sys.stdout.write(f"拼成的长文，{title}：\n{report.text(failures=False)}\n\n")


if __name__ == "__main__":
    main()
