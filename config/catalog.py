"""Reads the YAML of this folder."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from config.settings import Settings

CONFIG_DIR = Path(__file__).parent


@lru_cache
def read_yaml(name: str) -> Any:
    """The content of a YAML file in config/; kept, so treat it as frozen."""
    return yaml.safe_load((CONFIG_DIR / name).read_text(encoding="utf-8"))


def feature_names(settings: Settings) -> tuple[str, ...]:
    """The features to load: FEATURES where it is set, else config/features.yaml."""
    return settings.features or tuple(read_yaml("features.yaml")["features"])
