"""What tests of the knowledge share."""

from __future__ import annotations

import pytest

from knowledge.embedding import Embedder, load_embedder


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    """The real one."""
    return load_embedder()
