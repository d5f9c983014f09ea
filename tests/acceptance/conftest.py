"""One running demo for all acceptance tests, on a free port in a folder of its own."""

from __future__ import annotations

import itertools
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.acceptance.doors import Desk, Phone, Platforms
from tests.acceptance.installation import Installation

CLOCK_SEEN_S = 2.5
"""Until every process has seen that the clock was moved."""
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def service() -> Iterator[Installation]:
    """The supervisor, sandbox, two web processes, worker and Valkey, as `make demo` starts them."""
    with tempfile.TemporaryDirectory(prefix="acceptance-", ignore_cleanup_errors=True) as name:
        made = Installation(Path(name) / "var")
        try:
            yield made.start()
        finally:
            made.stop()


@pytest.fixture
def platforms(service: Installation) -> Iterator[Platforms]:
    made = Platforms(service.address)
    yield made
    made.order("/faults", "DELETE")
    made.order("/clock", reset=True)
    time.sleep(CLOCK_SEEN_S)  # else what the next test sends may be too old to a worker that is still in the future
    made.client.close()


NewPhone = Callable[..., Phone]


@pytest.fixture
def new_phone(service: Installation) -> NewPhone:
    """Makes a phone of somebody who was never here before."""

    def make(platform: str = "wechat", *, follow: bool = True) -> Phone:
        return Phone(service.address, f"路人{next(_numbers)}", platform, follow=follow)

    return make


@pytest.fixture
def phone(new_phone: NewPhone) -> Phone:
    """A new follower of the Official Account."""
    return new_phone()


@pytest.fixture(scope="session")
def expert(service: Installation) -> Desk:
    return Desk(service, "chenzhuanjia")


@pytest.fixture(scope="session")
def officer(service: Installation) -> Desk:
    return Desk(service, "fuzhiban")
