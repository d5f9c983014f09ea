"""Where processes of one machine leave their figures for /metrics, decided before prometheus_client is imported.

That library chooses between figures of its own process and shared files when it is imported, by
PROMETHEUS_MULTIPROC_DIR.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_OWNER = re.compile(r"_(\d+)\.db$")


def share_metrics(var_dir: Path) -> Path:
    """Point this process at the shared folder, ``metrics`` in VAR_DIR unless the variable names another, and drop the
    files of processes that are gone. OSError when the folder cannot be made."""
    folder = Path(os.environ.get(VARIABLE) or (var_dir / "metrics").resolve())
    folder.mkdir(parents=True, exist_ok=True)
    os.environ[VARIABLE] = str(folder)
    for file in folder.glob("*.db"):
        owner = _OWNER.search(file.name)
        if owner and not _lives(int(owner[1])):
            file.unlink(missing_ok=True)
    return folder


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
