"""Several questions in one message, in chat: two are answered together, of more the first, and the others by number."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.dispatch import normal
from bot.messages import Choice, Choices, Inbound, Reply, Text
from bot.turn import Turn
from handlers.consult.answering import answer_text
from handlers.consult.offering import CHOOSE_MINUTES, number_said
from handlers.consult.parts import Parts
from handlers.consult.phrases import FEEDBACK_LINE, quoted
from handlers.consult.recording import also_served, record
from handlers.consult.words import words

LEFT = "consult.left"
MOST_LEFT = 8
FIRST = "您问了{count}件事，先答“{asked}”：\n{answer}"
HEAD = "您还问了这{few}，回数字接着看："
SEND_AGAIN = "再多的请另外发一句。"
NEXT, ABOUT_ANSWER = words("next"), words("useful") | words("useless") | words("person")


def several(held: Parts, text: str, message: Inbound, turn: Turn) -> Reply:
    """Two questions are answered both; of more, or where one has no sure answer, the first that has one, and the
    others are offered by number: none goes unheard."""
    today = turn.services.clock.today()
    entries = [outcome.entry for _, outcome in held.answers if outcome.entry]
    question_id = record(text, held.answers[0][1], message, turn)
    if len(entries) == 2 and not held.rest:
        also_served(turn, question_id, entries[1])
        both = "\n\n".join(
            f"{number}、{answer_text(entry, today, sources=1)}" for number, entry in zip("一二", entries, strict=True)
        )
        turn.without_record = Text(f"您问了两件事。\n{both}\n{FEEDBACK_LINE}")
        return turn.without_record
    asked, answer = held.answers[0][0], answer_text(entries[0], today)
    left = held.left
    first = FIRST.format(count=len(left) + 1, asked=quoted(asked), answer=answer)
    turn.without_record = Text(first)
    return _offer(f"{first}\n{FEEDBACK_LINE}", left, turn)


def next_one(message: Inbound, turn: Turn, respond: Callable[[str, Inbound, Turn], Reply]) -> Reply | None:
    """Reads which of the others comes next; any other words are a question of their own, or about the last answer."""
    left, said = [str(part) for part in turn.state.data["left"]], normal(message.text)
    if said in ABOUT_ANSWER:
        return None
    number = number_said(said)
    if number is None and said in NEXT:
        number = 0
    if number is None:
        number = next((at for at, part in enumerate(left) if normal(part) == said), None)
    elif number >= len(left):
        return Text(f"请回1到{len(left)}的数字。" if len(left) > 1 else "只剩这一件了，回1接着看。")
    turn.finish()
    if number is None:
        return None
    rest = [part for at, part in enumerate(left) if at != number]
    reply = respond(left[number], message, turn)
    if turn.active or not isinstance(reply, Text) or not rest:
        return reply
    return _offer(reply.text, rest, turn)


def _offer(head: str, left: Sequence[str], turn: Turn) -> Choices:
    offered = left[:MOST_LEFT]
    turn.begin(LEFT, {"left": list(offered)}, CHOOSE_MINUTES)
    few = f"{len(offered)}件" if len(offered) > 1 else "一件"
    return Choices(
        f"{head}\n{HEAD.format(few=few)}",
        tuple(Choice(quoted(part), part) for part in offered),
        SEND_AGAIN if len(left) > MOST_LEFT else "",
    )
