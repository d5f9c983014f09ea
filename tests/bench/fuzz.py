"""A hundred thousand spoiled messages at the webhook: no 5xx, no exception, nothing slower than a second."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from bot import logs
from bot.storage.valkey import OwnedValkey
from tests.bot.front import Front
from tests.bot.mutation import SLOWEST_S, assault

NUMBER = int(os.environ.get("BENCH_FUZZ", "100000"))


def main() -> dict[str, object]:
    logs.configure("error")
    with tempfile.TemporaryDirectory(prefix="fuzz") as name, OwnedValkey(Path(name) / "var") as valkey:
        front = Front(Path(name), f"sqlite:///{name}/fuzz.db", valkey.url)
        begun = time.perf_counter()
        statuses = assault(front, NUMBER)
        seconds = time.perf_counter() - begun
        front.close()
    print(f"\nfuzz: {NUMBER} spoiled messages in {seconds:.0f} s ({NUMBER / seconds:.0f}/s), each under {SLOWEST_S} s")
    print("  answers by status: " + ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items())))
    return {"number": NUMBER, "seconds": round(seconds, 1), "statuses": {str(k): v for k, v in statuses.items()}}


if __name__ == "__main__":
    main()
