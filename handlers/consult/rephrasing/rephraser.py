"""From an entry and a question to the answer in other words, or to nothing: the entry's own words then stand."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from datetime import date

import structlog

from config.settings import Settings
from handlers.consult.rephrasing.breaker import Breaker
from handlers.consult.rephrasing.checking import Original, difference
from handlers.consult.rephrasing.endpoint import Endpoint, NoAnswer
from handlers.consult.rephrasing.lexicon import load_lexicon
from handlers.consult.rephrasing.prompt import request
from handlers.consult.rephrasing.sending import is_offered, sendable
from knowledge.index import Wording, wording
from knowledge.schema import Entry
from knowledge.text import normalise

log = structlog.get_logger(__name__)

CACHED = 4096
KEPT, UNSENT, BUSY, OPEN = "kept", "unsent", "busy", "open"


class Rephraser:
    """Asks the model, checks what it says, and remembers both for the same question and the same wording."""

    def __init__(self, settings: Settings) -> None:
        self._model = settings.llm_model
        self._endpoint = Endpoint(settings)
        self._breaker = Breaker()
        self._known: OrderedDict[tuple[str, str, str], tuple[str, str]] = OrderedDict()
        self._lock = threading.Lock()
        load_lexicon()

    def rephrase(self, question: str, entry: Entry, as_of: date) -> tuple[str, str]:
        """What became of it, as one word, and the words to show: "" unless that is KEPT."""
        held = wording(entry, as_of)
        masked = "" if held.outdated or not is_offered(entry) else sendable(question)
        if not masked:
            return UNSENT, ""
        key = (entry.id, _fingerprint(entry, held), normalise(question))
        with self._lock:
            known = self._known.get(key)
            if known is not None:
                self._known.move_to_end(key)
                return known
        if not self._breaker.may():
            return OPEN, ""
        try:
            said = self._endpoint.complete(request(self._model, held.answer.strip(), masked))
        except NoAnswer as error:
            return self._failed(error)
        self._breaker.succeeded()
        found = self._judged(said, entry, held)
        with self._lock:
            self._known[key] = found
            if len(self._known) > CACHED:
                self._known.popitem(last=False)
        return found

    def close(self) -> None:
        self._endpoint.close()

    def _failed(self, error: NoAnswer) -> tuple[str, str]:
        kind, _, name = error.reason.partition(":")
        if kind != BUSY:
            self._breaker.failed()
            log.warning("consult.rephrasing_failed", reason=kind, error=name)
        return kind, ""

    def _judged(self, said: str, entry: Entry, held: Wording) -> tuple[str, str]:
        try:
            reason = difference(said, Original(entry.question, held.answer.strip()))
        except Exception as error:  # an answer must not be lost to whatever a model may say
            log.error("consult.rephrasing_unread", error=type(error).__name__)
            reason = "unread"
        if reason:
            log.info("consult.rephrasing_refused", reason=reason)
            return f"refused:{reason}", ""
        return KEPT, said


def _fingerprint(entry: Entry, held: Wording) -> str:
    """Of all that a rephrasing was checked against: a new version of the entry makes what is remembered worthless."""
    return hashlib.sha256(f"{entry.question}\n{held.answer}".encode()).hexdigest()
