"""``python -m bot …``; see ``bot.cli``."""

from __future__ import annotations

import sys

if len(sys.argv) > 1 and sys.argv[1] in {"web", "sandbox"}:
    from gevent import monkey

    monkey.patch_all()

if len(sys.argv) > 1 and sys.argv[1] in {"web", "worker"}:
    from contextlib import suppress

    from bot.metrics_folder import share_metrics
    from config.keys import early_var_dir

    with suppress(OSError):  # said plainly when the settings are read
        share_metrics(early_var_dir())

from bot.cli import main

main()
