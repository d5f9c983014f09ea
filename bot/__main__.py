"""``python -m bot …``; see ``bot.cli``."""

from __future__ import annotations

import sys

if len(sys.argv) > 1 and sys.argv[1] in {"web", "sandbox"}:
    from gevent import monkey

    monkey.patch_all()

from bot.cli import main

main()
