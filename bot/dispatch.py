"""Who answers a message: interceptors first, then the active conversation, else the route that takes it, else the
fallback (consult). Knows nothing of how messages come in or go out."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace

import structlog

from bot import outbox, switches
from bot.channels.rendering import MORE, split, text_of
from bot.directory import people
from bot.features import Feature, Handler, Route
from bot.messages import NOTHING, Choices, Inbound, Nothing, Reply, Text
from bot.resting import Rests, instead
from bot.turn import Turn

log = structlog.get_logger(__name__)

FOLLOWING = {"subscribe": True, "unsubscribe": False}
MORE_WORDS = frozenset({"更多", "下文", "继续看"})
NOBODY = Text("这项服务这会儿没开，过些时候再来问。\n有急事直接打：119 火警救援、120 急救、110 报警。")
NOTHING_MORE = Text("后面没有了。还想问什么，直接说就行。")
_EDGE = " \t\r\n，,。.！!？?～~、;；:：'\"“”‘’（）()[]【】"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a message got, and from which feature. ``below``: the feature whose knowledge stands under the reply."""

    reply: Reply
    feature: str = ""
    below: str = ""

    @property
    def rests_with(self) -> str:
        """The feature that knows whether the reply still holds."""
        return self.below or self.feature


def normal(text: str) -> str:
    """Words as routes compare them: compatibility forms folded, edges and case dropped. A bare 「？」 is a word too."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return folded.strip(_EDGE) or folded.strip()


class Dispatcher:
    """Finds the feature that answers, in the order that config lists them."""

    def __init__(self, features: Iterable[Feature]) -> None:
        self._features = tuple(features)
        self._words: dict[str, list[tuple[Feature, Route]]] = {}
        self._routes: list[tuple[Feature, Route]] = []
        self._conversations: dict[str, tuple[Feature, Handler]] = {}
        for feature in self._features:
            for route in feature.routes:
                for word in route.words:
                    self._words.setdefault(normal(word), []).append((feature, route))
                self._routes.append((feature, route))
            for name, handler in feature.conversations.items():
                self._conversations[name] = (feature, handler)

    def answer(self, message: Inbound, turn: Turn) -> Answer:
        """The first answer there is, under the turn's preface. Events that nobody takes are acknowledged silently."""
        answer = self._first_answer(message, turn)
        return replace(answer, reply=add_before(answer.reply, turn.preface)) if turn.preface else answer

    def _first_answer(self, message: Inbound, turn: Turn) -> Answer:
        if message.event in FOLLOWING:
            turn.execute(people.note_following(turn.person_id, FOLLOWING[message.event], turn.now))
        on = switches.current(turn.services)
        for feature in self._features:
            if on.state(feature.name) == switches.OFF and feature.can_switch_off:
                continue
            for intercept in feature.interceptors:
                reply = self._intercepted(intercept, message, turn)
                if reply is not None:
                    answer = Answer(reply, feature.name)
                    return self._with_known(answer, message, turn, on) if turn.with_known else answer
        for feature, handler in self._candidates(message, turn, on):
            state = on.state(feature.name)
            if state != switches.ON and feature.can_switch_off:
                closed = _closed(feature, state, message, turn)
                if closed is not None:
                    return Answer(closed, feature.name)
                continue
            reply = handler(message, turn)
            if reply is not None:
                return Answer(reply, feature.name)
        return Answer(NOTHING if message.is_event else NOBODY)

    def _intercepted(self, intercept: Handler, message: Inbound, turn: Turn) -> Reply | None:
        """An interceptor sees every message, so one that fails must not cost the answer of all the others."""
        try:
            return intercept(message, turn)
        except Exception as error:
            log.error("interceptor.failed", interceptor=intercept.__module__, exc_info=True)
            said = turn.without_record
            turn.drop(error)
            turn.failure = type(error).__name__ if said is not None else ""
            return said

    def _with_known(self, answer: Answer, message: Inbound, turn: Turn, on: switches.Switches) -> Answer:
        """An interceptor's reply with what a feature surely knows below it; alone where none does or it fails."""
        if not isinstance(answer.reply, Text):
            return answer
        for feature in self._features:
            if feature.known is None or on.state(feature.name) != switches.ON:
                continue
            try:
                known = feature.known(message, turn)
            except Exception:
                log.error("known.failed", feature=feature.name, exc_info=True)
                continue
            if known is not None:
                return replace(answer, reply=Text(f"{answer.reply.text}\n\n{known.text}"), below=feature.name)
        return answer

    def _candidates(self, message: Inbound, turn: Turn, on: switches.Switches) -> Iterable[tuple[Feature, Handler]]:
        word = normal(message.text) if message.kind in {"text", "voice"} and len(message.text) <= 40 else ""
        if word in MORE_WORDS:
            yield _ENGINE, _more
        if message.event == "templatesendjobfinish":
            yield _ENGINE, _receipt
        routed = self._words.get(word, []) if word else []
        yield from ((feature, route.handler) for feature, route in routed if route.interrupts)
        talking = None if message.is_event else self._conversations.get(turn.active)
        if talking is not None and not (routed and on.state(talking[0].name) == switches.LIMITED):
            yield talking  # of a limited feature only where nobody else knows the word: a greeting is still one
        yield from ((feature, route.handler) for feature, route in routed)
        yield from ((feature, route.handler) for feature, route in self._routes if _scanned(route, message))
        yield from ((feature, route.handler) for feature, route in self._routes if _takes(route, message))
        if not message.is_event:
            yield from ((feature, feature.fallback) for feature in self._features if feature.fallback)


def _closed(feature: Feature, state: str, message: Inbound, turn: Turn) -> Reply | None:
    """What a feature that is not fully on says: its own few words where it has some, else the numbers."""
    if state == switches.LIMITED and feature.limited is not None and not message.is_event:
        reply = feature.limited(message, turn)
        if reply is not None:
            return reply
    return switches.closed_reply(feature, state, message)


def _takes(route: Route, message: Inbound) -> bool:
    if not message.is_event:
        return message.kind in route.kinds
    if message.event_key and message.event_key in route.keys:
        return True
    if message.event == "template_card_event":
        task = str(message.fields.get("TaskId", ""))
        return bool(route.cards) and task.startswith(route.cards)
    return message.event in route.events


def _scanned(route: Route, message: Inbound) -> bool:
    """A code was scanned whose scene is this route's, by a follower or by someone who follows through it."""
    if message.event not in {"scan", "subscribe"} or not route.scenes:
        return False
    scene = message.event_key.removeprefix("qrscene_")
    return bool(scene) and scene.startswith(route.scenes)


def _more(_message: Inbound, turn: Turn) -> Reply:
    if not turn.state.more:
        return NOTHING_MORE
    words = instead(turn.services, Rests.load(turn.state.rests))
    if words is not None:
        turn.state.more, turn.state.rests = [], []
        return words
    return Text(turn.state.more.pop(0))


def _receipt(message: Inbound, turn: Turn) -> Reply:
    """The platform tells how the sending of a template message ended."""
    provider_id, status = (str(message.fields.get(name, "")) for name in ("MsgID", "Status"))
    outbox.receipt(turn.session, turn.services, message.channel, provider_id, status)
    return NOTHING


_ENGINE = Feature(name="engine", title="", can_switch_off=False)


def fit(answer: Answer, turn: Turn, channel: str) -> Reply:
    """The part of a reply that the platform takes at once; the rest is kept for 「更多」, with what it rests on."""
    reply = answer.reply
    text = text_of(reply, links=channel == "wechat")
    if not text:
        return reply
    parts = split(text)
    if len(parts) == 1:
        return reply
    if text.endswith(MORE):
        turn.state.more = parts[1:] + turn.state.more
    else:
        turn.state.more, turn.state.rests = parts[1:], turn.rests(answer.rests_with).dump()
    return Text(parts[0])


def add_before(reply: Reply, words: str) -> Reply:
    """The reply with ``words`` above it."""
    if isinstance(reply, Text):
        return Text(f"{words}\n\n{reply.text}")
    if isinstance(reply, Nothing):
        return Text(words)
    if isinstance(reply, Choices):
        return replace(reply, head=f"{words}\n\n{reply.head}")
    return reply
