from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from handlers.consult import vectors
from handlers.consult.publishing import live
from tests.bot.front import Front
from tests.handlers.consult.publishing.shelf import Shelf


@pytest.fixture(autouse=True)
def _own_knowledge(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every look is fresh, and what a test serves ends with it."""
    monkeypatch.setattr(live, "LOOK_S", 0.0)
    monkeypatch.setattr(vectors, "_enabled", vectors._enabled)
    yield
    live.uninstall()


@pytest.fixture
def front(open_front: Callable[..., Front]) -> Front:
    """The web application with consult alone, comparing words: what is served is the same, and sooner."""
    return open_front(features="handlers.consult", embedding=False)


@pytest.fixture
def shelf(front: Front) -> Shelf:
    return Shelf(front.services)
