from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bot.outbox.stage import Stage


@pytest.fixture
def stage(tmp_path: Path, database_url: str, cache_url: str) -> Iterator[Stage]:
    made = Stage(tmp_path, database_url, cache_url)
    yield made
    made.close()
