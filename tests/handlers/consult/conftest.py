"""Each test begins as a new process does: nothing answered before, embeddings in use where they can be had."""

from __future__ import annotations

import pytest

from handlers.consult import vectors
from handlers.consult.answering import answering


@pytest.fixture(autouse=True)
def _as_a_new_process(monkeypatch: pytest.MonkeyPatch) -> None:
    answering.cache_clear()
    monkeypatch.setattr(vectors, "_enabled", True)
