"""Works out the numbers of ``knowledge/confidence.yaml`` from the development set.

``python -m knowledge.evaluation.train``; run it after entries, phrasings, the background or the figures an entry is
matched by have changed much. It writes the model trained on all cases and says what was reached on cases the model had
not seen: the set is dealt into folds by the entry a case belongs to, so no fold is answered by a model that was trained
on questions about the same entry.

The development set has hardly any long text, so some is made from it: cases strung together, with and without a
question that has an answer. Without it, a long forwarded message holds enough scattered words to look like a question.
"""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

import yaml

from knowledge.confidence import JUDGED_BY, MODEL_FILE, RANKED_BY, Chance, Model, figures
from knowledge.content import load_topics
from knowledge.evaluation.evaluate import OFFERED, Case, Kind, Outcome, Report, evaluate, load_cases
from knowledge.index import Index, build
from knowledge.matching import Match

FOLDS = 5
SEED = 20210616
MADE_A_FOLD = 16
JOINED_OFF_TOPIC, JOINED_AROUND = (3, 5, 8, 13), (2, 3, 5, 8)
DIGITS = 4
HEADER = """# Written by python -m knowledge.evaluation.train; change the cases or the features, not the numbers.
# order: weights by which matching entries are sorted. right, among: chances, see knowledge/confidence.py.
# reached: what models of the same make reached on {folds} folds they had not seen, with knowledge/index.py's limits.
"""


@dataclass(frozen=True, slots=True)
class Example:
    """What matches a question, and the entries right for it, by their place in the index, if any."""

    fold: int
    right: frozenset[int]
    matches: tuple[Match, ...]


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


def examples(index: Index, cases: Sequence[Case]) -> list[Example]:
    """What there is to learn from. An emergency without an entry teaches nothing: it never reaches the index."""
    numbers = {entry.id: number for number, entry in enumerate(index.entries)}
    known = []
    for fold in range(FOLDS):
        dealt = [case for case in cases if fold_of(case) == fold]
        for case in [*dealt, *joined(dealt, fold)]:
            if case.entries or case.kind is not Kind.EMERGENCY:
                right = frozenset(numbers[name] for name in case.entries)
                matches = index.matcher.matches(index.matcher.plain(case.question))
                known.append(Example(fold, right, tuple(matches)))
    return known


def train(known: Sequence[Example]) -> Model:
    """The order first; then, on entries in that order, the two chances."""
    order = _order(known)
    even = Chance(0.0, (0.0,) * (len(JUDGED_BY) + 1))
    bare = Model(order, even, even)
    rows, right, among = [], [], []
    for example in known:
        if example.matches:
            ranked = bare.ranked(example.matches)
            rows.append(figures(ranked[0][0].features, ranked[0][1]))
            right.append(ranked[0][0].number in example.right)
            among.append(any(match.number in example.right for match, _ in ranked[:OFFERED]))
    return Model(order, _chance(rows, right), _chance(rows, among))


def _order(known: Sequence[Example], penalty: float = 1.0) -> tuple[float, ...]:
    """Conditional logit by Newton's method: the weights under which the right entries are likeliest to come first."""
    sets = []
    for example in known:
        rows = [tuple(getattr(match.features, name) for name in RANKED_BY) for match in example.matches]
        hits = [match.number in example.right for match in example.matches]
        if any(hits) and not all(hits):
            sets.append((rows, hits))
    size = len(RANKED_BY)
    weights = [0.0] * size
    for _ in range(20):
        slope = [-penalty * weight for weight in weights]
        bend = [[penalty if i == j else 0.0 for j in range(size)] for i in range(size)]
        for rows, hits in sets:
            scores = [sum(w * x for w, x in zip(weights, row, strict=True)) for row in rows]
            top = max(scores)
            odds = [math.exp(each - top) for each in scores]
            total, hit = sum(odds), sum(each for each, good in zip(odds, hits, strict=True) if good)
            share = [each / total for each in odds]
            mean = [sum(p * row[i] for p, row in zip(share, rows, strict=True)) for i in range(size)]
            for i in range(size):
                wanted = sum(each * row[i] for each, row, good in zip(odds, rows, hits, strict=True) if good) / hit
                slope[i] += wanted - mean[i]
                for j in range(size):
                    crossed = sum(p * row[i] * row[j] for p, row in zip(share, rows, strict=True))
                    bend[i][j] += crossed - mean[i] * mean[j]
        weights = [weight + step for weight, step in zip(weights, _solved(bend, slope), strict=True)]
    return tuple(round(weight, DIGITS) for weight in weights)


def _chance(rows: Sequence[Sequence[float]], hits: Sequence[bool], penalty: float = 1.0) -> Chance:
    """Logistic regression by Newton's method on standardised figures, the penalty on all but the base."""
    columns = list(zip(*rows, strict=True))
    means = [sum(column) / len(column) for column in columns]
    spreads = [
        math.sqrt(sum((x - mean) ** 2 for x in column) / len(column)) or 1.0
        for column, mean in zip(columns, means, strict=True)
    ]
    table = [[1.0, *((x - m) / s for x, m, s in zip(row, means, spreads, strict=True))] for row in rows]
    size = len(columns) + 1
    weights = [0.0] * size
    for _ in range(25):
        slope = [0.0, *(-penalty * weight for weight in weights[1:])]
        bend = [[penalty if i == j and i else 0.0 for j in range(size)] for i in range(size)]
        for row, hit in zip(table, hits, strict=True):
            p = 1 / (1 + math.exp(-sum(w * x for w, x in zip(weights, row, strict=True))))
            for i in range(size):
                slope[i] += (hit - p) * row[i]
                for j in range(size):
                    bend[i][j] += p * (1 - p) * row[i] * row[j]
        weights = [weight + step for weight, step in zip(weights, _solved(bend, slope), strict=True)]
    plain = [weight / spread for weight, spread in zip(weights[1:], spreads, strict=True)]
    base = weights[0] - sum(weight * mean for weight, mean in zip(plain, means, strict=True))
    return Chance(round(base, DIGITS), tuple(round(weight, DIGITS) for weight in plain))


def _solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """x with matrix·x = right, for a matrix that is symmetric and positive definite."""
    size = len(right)
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for i in range(size):
        for j in range(i + 1, size):
            factor = rows[j][i] / rows[i][i]
            rows[j] = [b - factor * a for a, b in zip(rows[i], rows[j], strict=True)]
    solution = [0.0] * size
    for i in reversed(range(size)):
        rest = sum(rows[i][j] * solution[j] for j in range(i + 1, size))
        solution[i] = (rows[i][size] - rest) / rows[i][i]
    return solution


def out_of_fold(index: Index, cases: Sequence[Case], known: Sequence[Example]) -> tuple[Report, Report]:
    """The cases, and the long ones made of them, each asked of the model that was trained without its fold."""
    day = datetime.now(UTC).date()
    reports: tuple[list[Outcome], list[Outcome]] = ([], [])
    for fold in range(FOLDS):
        unseen = Index(index.entries, model=train([example for example in known if example.fold != fold]))
        dealt = [case for case in cases if fold_of(case) == fold]
        for outcomes, asked in zip(reports, (dealt, joined(dealt, fold)), strict=True):
            outcomes += evaluate(unseen, asked, day).outcomes
    return Report(day, tuple(reports[0])), Report(day, tuple(reports[1]))


def written(model: Model, reached: Report) -> str:
    """The text of ``confidence.yaml``."""
    body = {
        "order": dict(zip(RANKED_BY, model.order, strict=True)),
        "right": _named(model.right),
        "among": _named(model.among),
        "reached": {
            "pass_at_1": str(reached.pass_at_1).strip(),
            "right_at_3": str(reached.right_at_3).strip(),
            "wrong_answers": str(reached.wrong_answers).strip(),
            "false_answers": str(reached.false_answers).strip(),
            "off_topic_choices": str(reached.off_topic_choices).strip(),
            "ambiguous_clarified": str(reached.ambiguous_clarified).strip(),
        },
    }
    return HEADER.format(folds=FOLDS) + yaml.safe_dump(body, sort_keys=False, allow_unicode=True)


def _named(chance: Chance) -> dict[str, float]:
    return {"base": chance.base, **dict(zip((*JUDGED_BY, "lead"), chance.weights, strict=True))}


def main() -> None:
    cases = load_cases()
    index = build(load_topics())
    known = examples(index, cases)
    reached, long = out_of_fold(index, cases, known)
    MODEL_FILE.write_text(written(train(known), reached), encoding="utf-8")
    sys.stdout.write(f"{reached.text()}\n\n拼成的长文：\n{long.text(failures=False)}\n")


if __name__ == "__main__":
    main()
