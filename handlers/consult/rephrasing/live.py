"""This process's rephrasing, where the settings name a language model; without one nothing of it is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import Counter

if TYPE_CHECKING:
    from bot.services import Services
    from bot.turn import Turn
    from handlers.consult.rephrasing.rephraser import Rephraser
    from knowledge.schema import Entry

OUTCOMES = Counter(
    "anquanshao_consult_rephrasings_total", "Answers that a language model might have put in other words", ["outcome"]
)
_rephraser: Rephraser | None = None


def install(services: Services) -> None:
    """Use the model that the settings name, or none."""
    global _rephraser
    uninstall()
    if services.settings.llm_enabled:
        from handlers.consult.rephrasing.rephraser import Rephraser

        _rephraser = Rephraser(services.settings)


def uninstall() -> None:
    """Ask nobody any more."""
    global _rephraser
    if _rephraser is not None:
        _rephraser.close()
    _rephraser = None


def rephrased(question: str, entry: Entry, turn: Turn) -> str:
    """The entry's answer in words that fit the person's question, checked; "" where its own words are to be said.

    Takes up to two seconds. Nothing is asked for a message that carries an emergency's numbers, whose numbers were
    masked, or that already holds the database's writer.
    """
    if _rephraser is None:
        return ""
    if turn.preface or turn.masked or turn.own_session is not None:
        OUTCOMES.labels("unsent").inc()
        return ""
    outcome, said = _rephraser.rephrase(question, entry, turn.services.clock.today())
    OUTCOMES.labels(outcome).inc()
    return said
