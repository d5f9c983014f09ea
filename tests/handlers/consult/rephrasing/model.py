"""A language model for tests: a real HTTP server that speaks like an OpenAI-compatible endpoint, and lies as told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "sk-the-key-of-the-tests"
Speak = Callable[[str, str], str]
"""From the entry's answer and the question, as they were sent, to what the model says."""


def other_words(answer: str, _question: str) -> str:
    """The same in other words, which the check lets pass: no line breaks."""
    return answer.replace("\n", "")


def completion(said: Any, **message: Any) -> dict[str, Any]:
    """A whole answer as the endpoint gives it; ``finish_reason`` and parts of the message may be given."""
    finished = message.pop("finish_reason", "stop")
    told = {"role": "assistant", "content": said, **message}
    return {
        "id": "1",
        "object": "chat.completion",
        "choices": [{"index": 0, "message": told, "finish_reason": finished}],
    }


@dataclass
class Heard:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any] = field(repr=False)

    @property
    def data(self) -> dict[str, str]:
        """The entry's answer and the question."""
        return json.loads(self.body["messages"][1]["content"])  # type: ignore[no-any-return]


class Model:
    """``speak`` makes the words; ``answer`` replaces the whole reply where a test wants a broken one."""

    def __init__(self) -> None:
        self.speak: Speak = other_words
        self.answer: Callable[[BaseHTTPRequestHandler, Heard], None] = self._well
        self.heard: list[Heard] = []
        model = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                heard = Heard(self.path, dict(self.headers.items()), json.loads(body))
                model.heard.append(heard)
                try:
                    model.answer(self, heard)
                except OSError:
                    self.close_connection = True

            def log_message(self, *_args: Any) -> None:
                """Tests print nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self.base = f"http://127.0.0.1:{self._server.server_port}/v1"

    @property
    def settings(self) -> dict[str, Any]:
        """What the service is set up with to ask this model."""
        return {
            "llm_base_url": self.base,
            "llm_api_key": KEY,
            "llm_model": "test-model",
            "llm_allowed_hosts": ("127.0.0.1",),
        }

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _well(self, handler: BaseHTTPRequestHandler, heard: Heard) -> None:
        reply(handler, completion(self.speak(heard.data["标准答复"], heard.data["问法"])))


def reply(
    handler: BaseHTTPRequestHandler, body: object, status: int = 200, kind: str = "application/json", **headers: str
) -> None:
    """``body`` as it is where it is bytes, else as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(content)))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(content)
