"""Commands about the knowledge base: ask it, check it, measure it."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime
from pathlib import Path

import click
from sqlalchemy.exc import SQLAlchemyError

from bot.clock import Clock
from handlers.consult import vectors
from handlers.consult.answering import answer_text, answering
from handlers.consult.laws.answer import ArticleReply, from_entries, known_names, reply_to
from handlers.consult.publishing import live
from handlers.consult.publishing.commands import export_entries, withdraw
from handlers.consult.records import ANSWERED, ARTICLE, CLARIFIED, DECLINED
from knowledge.content import ContentError, load_topics
from knowledge.evaluation.evaluate import evaluate, load_cases
from knowledge.index import build, load_index
from knowledge.laws.asked import mentions_article, read


@click.command("ask")
@click.argument("question")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of words.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The rules as they held on that day; default today.")
@click.pass_context
def ask(ctx: click.Context, question: str, as_json: bool, as_of: datetime | None) -> None:
    """Ask the knowledge base a question, as chat would answer it: with what staff published, where there is any."""
    live.install_for_command(ctx.obj())
    day = as_of.date() if as_of else Clock().today()
    article = _article(ctx, question, day) if mentions_article(question) else None
    if article is not None:
        _tell_article(article, as_json)
        return
    outcome = answering().outcome(question)
    entries = [outcome.entry] if outcome.entry else list(outcome.choices)
    if as_json:
        body = {
            "outcome": outcome.kind,
            "score": round(outcome.score, 3),
            "entries": [entry.id for entry in entries],
            "text": answer_text(outcome.entry, day) if outcome.entry else "",
        }
        click.echo(json.dumps(body, ensure_ascii=False))
    elif outcome.kind == ANSWERED and outcome.entry:
        click.echo(answer_text(outcome.entry, day))
    elif outcome.kind == CLARIFIED:
        click.echo("您是不是想问：\n" + "\n".join(f"{n}. {e.question}" for n, e in enumerate(entries, 1)))
    else:
        click.echo("没有把握。" + ("会转给专家。" if outcome.in_domain else "不是安全方面的事。"))


def _article(ctx: click.Context, question: str, day: date) -> ArticleReply | None:
    """The law article that the question asks for by name; from the entries alone where there is no database."""
    try:
        with ctx.obj().database.reading() as session:
            asked = read(question, known_names(session))
            return reply_to(session, asked, day) if asked is not None and asked.law else None
    except SQLAlchemyError:
        asked = read(question, known_names())
        return from_entries(asked, day) if asked is not None and asked.law else None


def _tell_article(found: ArticleReply, as_json: bool) -> None:
    entries = [found.entry] if found.entry else list(found.choices)
    if as_json:
        ids = [entry.id for entry in entries]
        body = {"outcome": DECLINED if found.unknown else ARTICLE, "score": 0.0, "entries": ids, "text": found.text}
        click.echo(json.dumps(body, ensure_ascii=False))
        return
    options = [f"{number}. {entry.question}" for number, entry in enumerate(found.choices, 1)]
    click.echo("\n".join([found.text, *options]))


@click.group("knowledge")
def knowledge() -> None:
    """Check and measure the knowledge base."""


@knowledge.command("check")
def check() -> None:
    """Read every entry; say what does not fit the schema."""
    try:
        topics = load_topics()
    except ContentError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    total = sum(len(topic.entries) for topic in topics)
    waiting = sum(entry.confirm for topic in topics for entry in topic.entries)
    for topic in topics:
        click.echo(f"{topic.topic:14}{len(topic.entries):5}  {topic.name}")
    click.echo(f"{'':14}{total:5}  entries; {waiting} wait for the office's confirmation")
    build(topics)


@knowledge.command("eval")
@click.argument("files", type=click.Path(exists=True, dir_okay=False, path_type=Path), nargs=-1)
def evaluation(files: tuple[Path, ...]) -> None:
    """Measure answers on files of questions (default: our own development set) and print the failures."""
    embedder = vectors.embedder()
    if embedder is None:
        click.echo("没有语义模型，只比字词。")
    click.echo(evaluate(load_index(), load_cases(*files), Clock().today(), embedder).text())


knowledge.add_command(withdraw)
knowledge.add_command(export_entries)
