"""``python -m tests.bench [name …]``: run the benchmarks and write ``var/bench/<name>.json``."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

NAMES = ("answers", "retrieval", "webhook", "steps", "servers", "fuzz")


def main() -> None:
    folder = Path("var/bench")
    folder.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[1:] or NAMES:
        result = importlib.import_module(f"tests.bench.{name}").main()
        (folder / f"{name}.json").write_text(json.dumps(result, indent=1, default=str), encoding="utf-8")


main()
