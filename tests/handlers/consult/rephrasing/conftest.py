from __future__ import annotations

from collections.abc import Iterator

import pytest

from handlers.consult.rephrasing import live
from tests.handlers.consult.rephrasing.model import Model


@pytest.fixture
def model() -> Iterator[Model]:
    """A model of the test's own; the process asks none afterwards."""
    made = Model()
    yield made
    made.stop()
    live.uninstall()
