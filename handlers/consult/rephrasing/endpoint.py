"""One call to an OpenAI-compatible endpoint: to an allowed address only, within its time, and with a bounded answer."""

from __future__ import annotations

import json
import threading
from typing import Any

import httpcore

from bot.clock import stopwatch
from config.settings import Settings
from handlers.consult.rephrasing.network import Allowed, DeadlineBackend, Refused

WITHIN_S = 2.0
MOST_BYTES = 64 * 1024
MOST_AT_ONCE = 8


class NoAnswer(Exception):
    """The endpoint gave nothing that can be used. ``reason``: a word for the log and the metrics."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Endpoint:
    """Safe to share between threads or greenlets; opens nothing before the first call."""

    def __init__(self, settings: Settings) -> None:
        self._url = f"{settings.llm_base_url}/chat/completions"
        key = settings.llm_api_key.get_secret_value()
        self._headers: dict[bytes | str, bytes | str] = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "anquanshao",
            **({"Authorization": f"Bearer {key}"} if key else {}),
        }
        self._backend = DeadlineBackend(Allowed.of(settings))
        self._pool = httpcore.ConnectionPool(
            max_connections=MOST_AT_ONCE, max_keepalive_connections=4, keepalive_expiry=30.0, retries=0,
            network_backend=self._backend,
        )  # fmt: skip
        self._slots = threading.BoundedSemaphore(MOST_AT_ONCE)

    def complete(self, body: dict[str, Any], within_s: float = WITHIN_S) -> str:
        """What the model says.

        Raises NoAnswer: busy (MOST_AT_ONCE are asking already), timeout, error, redirect, status, shape, cut, size,
        address. The caller waits ``within_s`` and no longer, whatever the other side, the name service included, does.
        """
        if not self._slots.acquire(blocking=False):
            raise NoAnswer("busy")
        call = _Call(body, stopwatch() + within_s)
        threading.Thread(target=self._run, args=(call,), name="rephrasing", daemon=True).start()
        if not call.done.wait(within_s):
            raise NoAnswer("timeout")
        if call.failure:
            raise NoAnswer(call.failure)
        return call.said

    def close(self) -> None:
        self._pool.close()

    def _run(self, call: _Call) -> None:
        """In a thread of its own, so that nothing can hold the caller; the slot is free only once it has ended."""
        try:
            self._backend.begin(call.until)
            call.said = self._ask(call)
        except NoAnswer as error:
            call.failure = error.reason
        except Refused:
            call.failure = "address"
        except httpcore.TimeoutException:
            call.failure = "timeout"
        except Exception as error:  # whatever it is, its text may hold the key or somebody's words
            call.failure = f"error:{type(error).__name__}"
        finally:
            self._slots.release()
            call.done.set()

    def _ask(self, call: _Call) -> str:
        left = max(0.01, call.until - stopwatch())
        limits = {"connect": left, "read": left, "write": left, "pool": left}
        content = json.dumps(call.body, ensure_ascii=False).encode()
        options: Any = {"timeout": limits}
        with self._pool.stream(
            "POST", self._url, headers=self._headers, content=content, extensions=options
        ) as response:
            if 300 <= response.status < 400:
                raise NoAnswer("redirect")
            if response.status != 200:
                raise NoAnswer(f"status:{response.status}")
            raw = b""
            for chunk in response.iter_stream():
                raw += chunk
                if len(raw) > MOST_BYTES:
                    raise NoAnswer("size")
                if stopwatch() > call.until:
                    raise NoAnswer("timeout")
        return said_in(raw)


class _Call:
    """A call under way."""

    __slots__ = ("body", "done", "failure", "said", "until")

    def __init__(self, body: dict[str, Any], until: float) -> None:
        self.body, self.until = body, until
        self.done = threading.Event()
        self.said = self.failure = ""


def said_in(raw: bytes) -> str:
    """The words of the first choice. NoAnswer for anything that is not a whole answer in words."""
    try:
        answer = json.loads(raw)
        choice = answer["choices"][0]
        message = choice["message"]
        said, finished = message["content"], choice.get("finish_reason")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise NoAnswer("shape") from None
    if not isinstance(said, str) or not said.strip() or message.get("tool_calls") or message.get("function_call"):
        raise NoAnswer("shape")
    if finished not in {None, "stop"}:
        raise NoAnswer("cut")
    return said.strip()
