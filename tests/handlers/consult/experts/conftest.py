from __future__ import annotations

import pytest

from tests.conftest import OpenFront
from tests.handlers.consult.experts.stage import ASKED, Phone, Stage, at


@pytest.fixture
def stage(open_front: OpenFront) -> Stage:
    """A service on Wednesday, 16 June 2021, nine in the morning."""
    made = Stage(open_front(sandbox=True))
    made.move(at(16))
    return made


@pytest.fixture
def waiting(stage: Stage) -> tuple[Stage, Phone, str]:
    """A question that is with an expert, whose page is open."""
    _id, phone = stage.join("王工")
    asked = stage.ask(ASKED)
    stage.look()
    phone.open(stage.links["王工"])
    assert ASKED in phone.page
    return stage, phone, asked
