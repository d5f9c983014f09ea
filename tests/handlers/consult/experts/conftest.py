from __future__ import annotations

import pytest

from tests.conftest import OpenFront
from tests.handlers.consult.experts.stage import Stage, at


@pytest.fixture
def stage(open_front: OpenFront) -> Stage:
    """A service on Wednesday, 16 June 2021, nine in the morning."""
    made = Stage(open_front(sandbox=True))
    made.move(at(16))
    return made
