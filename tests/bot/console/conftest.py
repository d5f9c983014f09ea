from __future__ import annotations

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher

from bot.console import passwords
from tests.bot.console.desk_app import Desk, make_desk, make_services


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same algorithm at its least cost: these tests are about what happens, not about how slow it is."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    passwords._nobody.cache_clear()


@pytest.fixture
def desk(tmp_path, database_url) -> Iterator[Desk]:
    services = make_services(tmp_path, database_url=database_url)
    yield make_desk(services)
    services.close()
