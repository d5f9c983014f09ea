from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.features import Feature
from handlers.consult import feature as consult
from handlers.consult import vectors
from handlers.consult.publishing import live
from tests.bot.console.desk_app import Desk, make_desk, make_services
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


@pytest.fixture
def desk(tmp_path: Path, database_url: str) -> Iterator[Desk]:
    """The console with consult's pages."""
    whole = consult.feature
    feature = Feature("consult", "咨询", pages=whole.pages, home=whole.home, console=whole.console, jobs=whole.jobs)
    services = make_services(tmp_path, (feature,), database_url=database_url)
    live.install(services)
    yield make_desk(services)
    services.close()


@pytest.fixture
def desk_shelf(desk: Desk) -> Shelf:
    return Shelf(desk.services)
