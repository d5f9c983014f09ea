"""What this process answers from: an index of the entries served today, and which of them are withdrawn.

Every process looks at the database each second, when it is asked a question and, in the web, all the time besides. What
was withdrawn counts from that look on: it stays in the index, so that a question about it is known for one, and is left
out of every answer. A new version is served once its index is built, beside the work of answering.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from gevent import monkey
from sqlalchemy.exc import SQLAlchemyError

from bot import clock
from bot.offload import offload
from handlers.consult.publishing.placing import Placing, seconds
from handlers.consult.publishing.store import read_kept, revision
from handlers.consult.publishing.versions import overlay
from knowledge.index import Index, load_index
from knowledge.schema import Entry

if TYPE_CHECKING:
    from bot.services import Services

log = structlog.get_logger(__name__)

LOOK_S = 1.0
SOON_S = 1.0
"""Of embedding, that a new version may wait for."""


@dataclass(frozen=True, slots=True)
class Serving:
    """One state of what is served; ``generation`` grows with each new index of this process."""

    index: Index
    withdrawn: frozenset[str] = frozenset()
    revision: int = 0
    generation: int = 0

    def entry(self, entry_id: str) -> Entry | None:
        """The entry as people may be told it; None for one that is withdrawn or is not there."""
        return None if entry_id in self.withdrawn else self.index.by_id.get(entry_id)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the last look found: the revision, the day it holds for, and what is to be served."""

    revision: int
    today: date | None
    entries: tuple[Entry, ...] = field(repr=False)


class Live:
    """Keeps a ``Serving`` up to date; without services it is the tree's, for good.

    ``followed``: a thread that ends with the process looks each second and builds; else who looks, builds.
    """

    def __init__(self, services: Services | None = None, *, followed: bool = False) -> None:
        self._services, self._followed, self._lacking = services, followed, False
        tree = load_index()
        self._placing = Placing(tree.by_id)
        self._seen = _Seen(0, None, tree.entries)
        self._serving = Serving(tree)
        self._looked_at = float("-inf")
        self._looking, self._building, self._swapping = threading.Lock(), threading.Lock(), threading.Lock()
        if services is not None and not self.look():
            # What is withdrawn is not known: nothing is answered until it is.
            self._serving = replace(self._serving, withdrawn=frozenset(tree.by_id), revision=-1)
        if followed:
            self.build(quick=True)
            threading.Thread(target=self._watch, name="knowledge", daemon=True).start()

    def serving(self) -> Serving:
        """The present state, looked up again where the last look is a second old."""
        if self._services is not None and clock.stopwatch() - self._looked_at > LOOK_S:
            self.look()
        return self._serving

    def look(self) -> bool:
        """Look at the database now, and build what is new unless somebody follows; whether it could be read.

        Call it after a commit that changed what is served, for this process to know at once.
        """
        if self._services is None or not self._looking.acquire(blocking=False):
            return True
        try:
            self._looked_at = clock.stopwatch()
            self._read(self._services)
        except Exception as error:
            log.error("knowledge.unread", error=type(error).__name__)
            return False
        finally:
            self._looking.release()
        if not self._followed:
            self.build()
        return True

    def build(self, *, quick: bool = False) -> None:
        """Make the index of what the last look found, unless this is it; what cannot be built changes nothing.

        Where much must be embedded for it, an index without those lines is served first. ``quick`` stops there: the
        rest is left to the next time.
        """
        with self._building:
            entries = self._seen.entries
            try:
                if entries is self._serving.index.entries and not self._lacking:
                    return
                if entries is load_index().entries:
                    self._serve(load_index())
                    return
                missing = self._placing.missing(entries)
                if quick or seconds(missing) > SOON_S:
                    if entries is not self._serving.index.entries:
                        self._serve(offload(lambda: Index(entries, places=self._placing.places)), lacking=bool(missing))
                    if quick or not missing:
                        return
                offload(lambda: self._placing.learn(missing))
                self._serve(offload(lambda: Index(entries, places=self._placing.places)))
            except Exception as error:
                log.error("knowledge.unbuilt", error=type(error).__name__, exc_info=True)

    def _serve(self, index: Index, *, lacking: bool = False) -> None:
        with self._swapping:
            self._serving = replace(self._serving, index=index, generation=self._serving.generation + 1)
        self._lacking = lacking
        log.info("knowledge.served", revision=self._serving.revision, entries=len(index.entries))

    def _watch(self) -> None:
        while True:
            self.look()
            self.build()
            time.sleep(LOOK_S)

    def _read(self, services: Services) -> None:
        today = services.clock.today()
        with services.database.reading() as session:
            if (revision(session), today) == (self._seen.revision, self._seen.today):
                return
            kept = read_kept(session)
        tree = load_index().entries
        entries = overlay(tree, kept.published, today)
        if entries == tree:
            entries = tree
        elif entries == self._seen.entries:
            entries = self._seen.entries
        with self._swapping:
            self._seen = _Seen(kept.revision, today, entries)
            self._serving = replace(self._serving, withdrawn=kept.withdrawn, revision=kept.revision)


_installed: Live | None = None
_tree: Live | None = None


def live() -> Live:
    """This process's: of the installation it belongs to, else of the tree alone."""
    global _tree
    if _installed is not None:
        return _installed
    if _tree is None:
        _tree = Live()
    return _tree


def install(services: Services) -> Live:
    """Make this process serve what that database says; in the web it is followed from now on."""
    global _installed
    _installed = Live(services, followed=monkey.is_module_patched("threading"))
    return _installed


def install_for_command(services: Services) -> bool:
    """The same for a command; False, and the tree alone is served, where the database cannot be read or is not made."""
    url = services.database.url
    if services.database.is_sqlite and not Path(url.database or "").exists():
        return False
    try:
        with services.database.reading() as session:
            revision(session)
    except SQLAlchemyError:
        return False
    install(services)
    return True


def uninstall() -> None:
    """Back to the tree alone; for tests."""
    global _installed
    _installed = None


def tree_entries() -> Mapping[str, Entry]:
    """The entries as they stand in the tree."""
    return load_index().by_id
