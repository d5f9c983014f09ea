"""One callback and what came of it: the message, what went over the wire, every try, the reply and the verdict."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from bot.sandbox.clock import SandboxClock
from bot.sandbox.options import Platform
from bot.sandbox.store import Store


@dataclass(frozen=True)
class Try:
    """One delivery. `status` is None when no answer came in time; `ms` is what it took in real milliseconds."""

    status: int | None
    ms: float


@dataclass(frozen=True)
class Outcome:
    """The end of an exchange. `response_xml` is the decrypted reply, `response_wire` the body as it came."""

    status: int | None
    ms: float
    tries: tuple[Try, ...]
    ok: bool
    verdict: str
    response_xml: str = ""
    response_wire: str = ""


@dataclass(frozen=True)
class Exchange:
    id: int
    platform: Platform
    person: str | None
    at: str
    kind: str
    request_xml: str
    wire_xml: str = ""
    query: dict[str, str] = field(default_factory=dict)
    pending: bool = True
    outcome: Outcome | None = None

    def as_json(self) -> dict[str, Any]:
        """As the phone's inspector reads it."""
        end = self.outcome
        return {
            "id": self.id, "platform": self.platform, "at": self.at, "kind": self.kind, "pending": self.pending,
            "request_xml": self.request_xml, "wire_xml": self.wire_xml,
            "status": end.status if end else None, "ms": end.ms if end else None,
            "tries": [asdict(one) for one in end.tries] if end else [],
            "response_xml": end.response_xml if end else "", "response_wire": end.response_wire if end else "",
            "verdict": {"ok": end.ok, "text": end.verdict} if end else None,
        }  # fmt: skip


class Exchanges:
    """All exchanges of this sandbox."""

    def __init__(self, store: Store, clock: SandboxClock) -> None:
        self._store = store
        self._clock = clock

    def open(self, platform: str, person: str | None, kind: str, request_xml: str) -> int:
        return self._store.insert(
            "INSERT INTO exchange (platform, person, at, kind, request_xml) VALUES (?, ?, ?, ?, ?)",
            platform, person, self._clock.now().isoformat(), kind, request_xml,
        )  # fmt: skip

    def wire(self, exchange_id: int, body: str, query: dict[str, str]) -> None:
        """Keep what was posted; the signature is of the newest try."""
        self._store.run(
            "UPDATE exchange SET wire_xml = ?, query = ? WHERE id = ?", body, json.dumps(query), exchange_id
        )

    def close(self, exchange_id: int, end: Outcome) -> None:
        self._store.run(
            "UPDATE exchange SET pending = 0, status = ?, ms = ?, tries = ?, ok = ?, verdict = ?, response_xml = ?,"
            " response_wire = ? WHERE id = ?",
            end.status, end.ms, json.dumps([asdict(one) for one in end.tries]), end.ok, end.verdict,
            end.response_xml, end.response_wire, exchange_id,
        )  # fmt: skip

    def close_interrupted(self) -> None:
        """What a stopped process left open will not be answered any more."""
        self._store.run("UPDATE exchange SET pending = 0, ok = 0, verdict = '沙盒重启，这次投递没有做完' WHERE pending")

    def get(self, exchange_id: int) -> Exchange | None:
        row = self._store.one("SELECT * FROM exchange WHERE id = ?", exchange_id)
        if row is None:
            return None
        end = None
        if not row["pending"]:
            tries = tuple(Try(**one) for one in json.loads(row["tries"]))
            end = Outcome(
                row["status"], row["ms"] or 0.0, tries, bool(row["ok"]), row["verdict"], row["response_xml"],
                row["response_wire"],
            )  # fmt: skip
        return Exchange(
            row["id"], row["platform"], row["person"], row["at"], row["kind"], row["request_xml"], row["wire_xml"],
            json.loads(row["query"]), bool(row["pending"]), end,
        )  # fmt: skip
