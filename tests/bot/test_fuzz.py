"""Thousands of spoiled messages against the whole application: no error, no delay, nothing the platform cannot read."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.bot.front import ON_SQLITE, Front
from tests.bot.mutation import BASES, LAYERS, TOKENS, Case, Change, assault, strike

EXAMPLES, MOST_S = 2_500, 25.0

CHANGES = st.builds(
    Change,
    what=st.integers(0, 7),
    where=st.floats(0, 1),
    size=st.integers(1, 60),
    token=st.integers(0, len(TOKENS) - 1),
)
CASES = st.builds(
    Case,
    base=st.integers(0, len(BASES) - 1),
    layer=st.sampled_from(LAYERS),
    changes=st.lists(CHANGES, min_size=1, max_size=4).map(tuple),
)


@pytest.mark.slow
@ON_SQLITE
@pytest.mark.parametrize("mode", ["safe", "plain"])
def test_spoiled_messages_break_nothing(open_front: Callable[..., Front], mode: str) -> None:
    front = open_front(mode)
    front.add_officer()
    statuses: Counter[int] = Counter()
    until = time.monotonic() + MOST_S

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(CASES)
    def run(case: Case) -> None:
        if time.monotonic() < until:
            statuses[strike(front, case)] += 1

    run()
    assert statuses[200] > 100
    assert statuses[403] > 100
    assert statuses.total() > 1_000


@ON_SQLITE
def test_the_benchmarks_assault(front: Front) -> None:
    statuses = assault(front, 200, seed=7)
    assert statuses.total() == 200
    assert statuses[200] > 20
