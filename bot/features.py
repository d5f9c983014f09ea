"""What a slice adds to the service, and how the engine asks it for answers.

A feature is a value: ``handlers/<name>/feature.py`` holds ``feature = Feature(...)`` and config lists it by dotted
name. The engine knows features only through this module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

from bot.messages import Inbound, Reply, Text

if TYPE_CHECKING:
    import click
    from flask import Blueprint
    from sqlalchemy.orm import InstrumentedAttribute

    from bot.console.home import HomeItem
    from bot.console.roles import Page
    from bot.doctor import Finding
    from bot.services import Services
    from bot.turn import Turn

Handler = Callable[[Inbound, "Turn"], Reply | None]
"""Answers a message, or returns None to leave it to the next in line."""


@dataclass(frozen=True, slots=True)
class Route:
    """Which messages a handler takes when no conversation is active.

    ``words``: the whole text after normalising equals one of them. ``keys``: a menu click's key. ``events``: event
    names in lower case. ``kinds``: message kinds. ``scenes``: a scanned code's scene begins with one of them.
    ``cards``: a card button's task id begins with one of them. ``interrupts``: tried even while another conversation
    is active.
    """

    handler: Handler
    words: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()
    events: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    scenes: tuple[str, ...] = ()
    cards: tuple[str, ...] = ()
    interrupts: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """Work done away from the web process. ``name`` starts with the feature's; ``every_s`` runs it by the scheduler.

    ``alone``: of all workers one runs it each time. False is for work that claims its own rows and may run anywhere.
    ``deletes``: what it does cannot be undone, so ``tick`` leaves it out.
    """

    name: str
    run: Callable[[Services], object]
    every_s: int = 0
    alone: bool = True
    deletes: bool = False


@dataclass(frozen=True, slots=True)
class OutboxKind:
    """A kind of outgoing message: its name and the check that its reason still holds when it is about to be sent.

    ``still_wanted`` gets the services and the row's ``subject``; a reason in words skips the message, "" sends it.
    """

    name: str
    still_wanted: Callable[[Services, str], str] = lambda _services, _subject: ""


@dataclass(frozen=True, slots=True)
class Feature:
    """One conversation's additions. ``name`` is also its switch (see ``bot.switches``).

    ``interceptors`` see every message first, in config's order. ``conversations`` take the next message of a person
    whose conversation is active. ``limited`` answers in place of all these while the switch says numbers and hand-over
    only; without it people hear the numbers alone. ``pages`` are console pages, ``web`` pages for people's phones
    (under /h5/). ``warm`` loads at a process's start what its first message would wait for; ``starts`` is given the
    services at the start of each web application and worker. ``checks`` are what ``doctor`` looks at besides its own.
    ``demo`` prepares a demo installation. ``commands`` stand under ``python -m bot``, ``imports`` under ``python -m bot
    import``. ``takes``: the events of ``bot.events`` that it takes over, and by what. ``console`` names its console
    pages and the roles that may open them. ``keeps_people`` are its columns that hold a person's id: who stands there
    is not forgotten. ``taken_back``: a reply that waited (「更多」, a late one) is about to be said; given the ids of
    ``Turn.rests_on``, the words to say instead, "" where it still holds. ``known``: what surely answers a question, to
    stand below another feature's reply; it begins no conversation, and is None where the feature is not sure. A
    conversation gets every kind of message of its person, photos too.
    """

    name: str
    title: str
    interceptors: Sequence[Handler] = ()
    routes: Sequence[Route] = ()
    conversations: Mapping[str, Handler] = field(default_factory=dict)
    fallback: Handler | None = None
    limited: Handler | None = None
    pages: Sequence[Callable[[Services], Blueprint]] = ()
    web: Sequence[Callable[[Services], Blueprint]] = ()
    home: Callable[[Services], Sequence[HomeItem]] | None = None
    console: Mapping[str, Page] = field(default_factory=dict)
    jobs: Sequence[Job] = ()
    outbox_kinds: Sequence[OutboxKind] = ()
    commands: Sequence[click.Command] = ()
    imports: Sequence[click.Command] = ()
    warm: Sequence[Callable[[], object]] = ()
    starts: Sequence[Callable[[Services], object]] = ()
    checks: Sequence[Callable[[Services], Iterable[Finding]]] = ()
    demo: Sequence[Callable[[Services], object]] = ()
    takes: Mapping[type[Any], Callable[[Any, Turn], Reply | None]] = field(default_factory=dict)
    taken_back: Callable[[Services, Sequence[str]], str] | None = None
    known: Callable[[Inbound, Turn], Text | None] | None = None
    records: str = ""
    keeps_people: Sequence[InstrumentedAttribute[Any]] = ()
    can_switch_off: bool = True


class FeatureError(ValueError):
    """A feature that config names cannot be loaded; the message says which and why."""


def load_features(names: Sequence[str]) -> tuple[Feature, ...]:
    """The features in the order given; ``handlers.consult`` is found in ``handlers.consult.feature``."""
    loaded: list[Feature] = []
    for name in names:
        try:
            feature = import_module(f"{name}.feature").feature
        except (ImportError, AttributeError) as error:
            raise FeatureError(f"feature {name}: {error}") from error
        if not isinstance(feature, Feature):
            raise FeatureError(f"feature {name}: its feature.py has no Feature")
        if feature.records:
            import_module(feature.records)
        loaded.append(feature)
    twice = {f.name for f in loaded if sum(g.name == f.name for g in loaded) > 1}
    if twice:
        raise FeatureError(f"features named twice: {', '.join(sorted(twice))}")
    return tuple(loaded)
