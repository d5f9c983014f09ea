from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from handlers.consult.publishing import live
from tests.bot.front import Front
from tests.handlers.consult.publishing.shelf import Shelf


@pytest.fixture(autouse=True)
def _own_knowledge(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every look is fresh, and what a test serves ends with it."""
    monkeypatch.setattr(live, "LOOK_S", 0.0)
    yield
    live.uninstall()


@pytest.fixture
def front(open_front: Callable[..., Front]) -> Front:
    """The web application with consult alone."""
    return open_front(features="handlers.consult")


@pytest.fixture
def shelf(front: Front) -> Shelf:
    return Shelf(front.services)
