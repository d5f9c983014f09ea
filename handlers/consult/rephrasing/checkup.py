"""What ``python -m bot doctor`` says of the language model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.clock import stopwatch
from bot.doctor import Finding

if TYPE_CHECKING:
    from bot.services import Services

PATIENCE_S = 10.0
QUESTION, ANSWER = "上去拧个螺丝要系安全带吗", "满2米就要系安全带，哪怕只上去几分钟。"
HOW = {
    "address": "its name leads to an address that is not public: list that address in LLM_ALLOWED_HOSTS if it is meant",
    "status": "check LLM_BASE_URL (it ends before /chat/completions), LLM_API_KEY and LLM_MODEL",
    "redirect": "write the address that it leads to into LLM_BASE_URL",
    "shape": "it has to answer like OpenAI's chat completions, in one piece and in words",
    "cut": "it needs room for 600 tokens; a model that thinks aloud is not suited",
}
ELSE = "check that this machine reaches it; people are answered in the entries' own words meanwhile"


def examine(services: Services) -> Iterator[Finding]:
    """Whether it answers, and soon enough; nothing of anybody is sent."""
    if not services.settings.llm_enabled:
        yield Finding(True, "language model: none, answers are in the entries' own words")
        return
    from handlers.consult.rephrasing.endpoint import WITHIN_S, Endpoint, NoAnswer
    from handlers.consult.rephrasing.prompt import request

    endpoint = Endpoint(services.settings)
    name, began = f"language model {services.settings.llm_model}", stopwatch()
    try:
        endpoint.complete(request(services.settings.llm_model, ANSWER, QUESTION), PATIENCE_S)
    except NoAnswer as error:
        yield Finding(False, f"{name}: {error.reason}", HOW.get(error.reason.partition(":")[0], ELSE))
        return
    finally:
        endpoint.close()
    took = stopwatch() - began
    slow = f"nobody waits longer than {WITHIN_S:.0f} s for it: take a smaller model, or a nearer one"
    yield Finding(took <= WITHIN_S, f"{name}: answers in {took:.1f} s", "" if took <= WITHIN_S else slow)
