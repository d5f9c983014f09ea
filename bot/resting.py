"""What a reply rests on, kept with a reply that waits: the rest of a long one for 「更多」, one that came late.

Between the answering and the saying what it rests on may have been taken back. Its feature is asked once more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.messages import Text

if TYPE_CHECKING:
    from bot.services import Services


@dataclass(frozen=True, slots=True)
class Rests:
    """The feature that said it and that feature's own ids, see ``Turn.rests_on``; without ids nothing is asked."""

    feature: str = ""
    ids: tuple[str, ...] = ()

    def dump(self) -> list[str]:
        return [self.feature, *self.ids] if self.ids else []

    @classmethod
    def load(cls, kept: Sequence[str]) -> Rests:
        return cls(kept[0], tuple(kept[1:])) if kept else cls()


NOWHERE = Rests()


def instead(services: Services, rests: Rests) -> Text | None:
    """What to say in place of a reply that rests on something taken back; None where it still holds."""
    feature = next((one for one in services.features if one.name == rests.feature), None)
    if not rests.ids or feature is None or feature.taken_back is None:
        return None
    words = feature.taken_back(services, rests.ids)
    return Text(words) if words else None
