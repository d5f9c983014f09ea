"""Who the platform knows: followers and members, what they refused or agreed to, and how long one may write to them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Literal

from bot.sandbox.clock import SandboxClock
from bot.sandbox.options import DemoPerson, Platform
from bot.sandbox.store import Row, Store

Scene = Literal["message", "click", "follow", "scan"]

# Customer-service messages allowed after each scene: how many, and for how many seconds (platform guide, kf/intro).
WINDOWS: dict[Scene, tuple[int, int]] = {
    "message": (5, 48 * 3600), "click": (3, 60), "follow": (3, 60), "scan": (3, 60),
}  # fmt: skip


@dataclass(frozen=True)
class Person:
    """A platform account. `receipt` is the Status that template receipts about this person carry."""

    id: str
    platform: Platform
    ident: str
    name: str
    role_hint: str
    following: bool
    listed: bool
    receipt: str
    since: float


def _person(row: Row) -> Person:
    return Person(
        row["id"], row["platform"], row["ident"], row["name"], row["role_hint"],
        bool(row["following"]), bool(row["listed"]), row["receipt"], row["since"],
    )  # fmt: skip


class People:
    """The platform's register of persons."""

    def __init__(self, store: Store, clock: SandboxClock) -> None:
        self._store = store
        self._clock = clock

    def seed(self, people: tuple[DemoPerson, ...]) -> None:
        """Make the demo persons; those already in the store keep their state."""
        for one in people:
            self._store.run(
                "INSERT INTO person (id, platform, ident, name, role_hint, following, listed, since)"
                " VALUES (?, ?, ?, ?, ?, ?, 1, ?) ON CONFLICT DO NOTHING",
                one.id, one.platform, one.ident, one.name, one.role_hint, one.following, self._now(),
            )  # fmt: skip

    def _now(self) -> float:
        return self._clock.now().timestamp()

    def get(self, person_id: str) -> Person | None:
        row = self._store.one("SELECT * FROM person WHERE id = ?", person_id)
        return _person(row) if row else None

    def by_ident(self, platform: str, ident: str) -> Person | None:
        """By openid or userid; WeCom ignores a userid's case."""
        fold = " COLLATE NOCASE" if platform == "wecom" else ""
        row = self._store.one(f"SELECT * FROM person WHERE platform = ? AND ident = ?{fold}", platform, ident)
        return _person(row) if row else None

    def find(self, platform: str, name: str) -> Person | None:
        """By the phone's own id or the platform's ident."""
        found = self.get(name)
        return found if found and found.platform == platform else self.by_ident(platform, name)

    def add(
        self, platform: Platform, name: str, ident: str = "", *, listed: bool = True, following: bool = True
    ) -> Person:
        """A new person; without `ident` the platform makes one up. One that exists already is returned as it is."""
        made = "o" + secrets.token_urlsafe(20)[:27] if platform == "wechat" else "member" + secrets.token_hex(4)
        ident = ident or made
        self._store.run(
            "INSERT INTO person (id, platform, ident, name, role_hint, following, listed, since)"
            " VALUES (?, ?, ?, ?, '', ?, ?, ?) ON CONFLICT DO NOTHING",
            "p" + secrets.token_hex(6), platform, ident, name, following, listed, self._now(),
        )  # fmt: skip
        person = self.by_ident(platform, ident)
        assert person is not None
        return person

    def listed(self) -> list[Person]:
        return [_person(row) for row in self._store.all("SELECT * FROM person WHERE listed ORDER BY rowid")]

    def of(self, platform: str) -> list[Person]:
        rows = self._store.all("SELECT * FROM person WHERE platform = ? ORDER BY rowid", platform)
        return [_person(row) for row in rows]

    def follow(self, person: Person, following: bool) -> None:
        """Following or not; who leaves takes the open reply windows along."""
        self._store.run("UPDATE person SET following = ?, since = ? WHERE id = ?", following, self._now(), person.id)
        if not following:
            self._store.run("DELETE FROM reply_window WHERE person = ?", person.id)

    def set_receipt(self, person: Person, status: str) -> None:
        self._store.run("UPDATE person SET receipt = ? WHERE id = ?", status, person.id)

    def refuse(self, person: Person, template: str, refused: bool = True) -> None:
        """Switch one template off or on, as the three-dot menu does; the account is told nothing."""
        if refused:
            self._store.run("INSERT INTO refusal VALUES (?, ?) ON CONFLICT DO NOTHING", person.id, template)
        else:
            self._store.run("DELETE FROM refusal WHERE person = ? AND template = ?", person.id, template)

    def refuses(self, person: Person, template: str) -> bool:
        return bool(self._store.one("SELECT 1 FROM refusal WHERE person = ? AND template = ?", person.id, template))

    def consent(self, person: Person, template: str, count: int = 1) -> None:
        """Agree to `count` more subscription messages of `template`."""
        self._store.run(
            "INSERT INTO consent VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET remaining = remaining + excluded.remaining",
            person.id, template, count,
        )  # fmt: skip

    def use_consent(self, person: Person, template: str, *, keep: bool = False) -> bool:
        """Spend one consent (a long-term one is kept); False when there is none."""
        return bool(
            self._store.run(
                "UPDATE consent SET remaining = remaining - ? WHERE person = ? AND template = ? AND remaining > 0",
                0 if keep else 1,
                person.id,
                template,
            )  # fmt: skip
        )

    def open_window(self, person: Person, scene: Scene) -> None:
        """The person did something that lets the account write back; a new act starts the count anew."""
        self._store.run(
            "INSERT INTO reply_window VALUES (?, ?, ?, 0)"
            " ON CONFLICT DO UPDATE SET opened = excluded.opened, used = 0",
            person.id, scene, self._now(),
        )  # fmt: skip

    def use_window(self, person: Person) -> Literal["ok", "closed", "spent"]:
        """Spend one customer-service message, from the window that closes first."""
        now = self._now()
        with self._store.transaction():
            rows = self._store.all("SELECT * FROM reply_window WHERE person = ?", person.id)
            open_ones = [row for row in rows if 0 <= now - row["opened"] <= WINDOWS[row["scene"]][1]]
            if not person.following or not open_ones:
                return "closed"
            left = [row for row in open_ones if row["used"] < WINDOWS[row["scene"]][0]]
            if not left:
                return "spent"
            first = min(left, key=lambda row: row["opened"] + WINDOWS[row["scene"]][1])
            self._store.run(
                "UPDATE reply_window SET used = used + 1 WHERE person = ? AND scene = ?", person.id, first["scene"]
            )
            return "ok"
