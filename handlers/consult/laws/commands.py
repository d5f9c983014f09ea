"""``python -m bot import laws``: law texts into the database."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from handlers.consult.laws.importing import Imported


@click.command("laws")
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Read and compare; write nothing.")
@click.pass_context
def laws(ctx: click.Context, source: Path, dry_run: bool) -> None:
    """Law texts from a file or a folder: .md in UTF-8 or .docx, named like 安全生产法(2021-06-10).md.

    What is there already stays as it is; a new version is kept beside the older ones. The day of force comes from the
    folder's versions.json, else from what is known of the law, else from its text.
    """
    from handlers.consult.laws.importing import Change, import_laws  # the reader of docx is a load on every process

    counted: Counter[str] = Counter()
    for imported in import_laws(ctx.obj(), source, dry_run=dry_run):
        if imported.law is None or imported.change is None:
            counted["failed"] += 1
            click.echo(f"{imported.path.name}: {imported.problem}", err=True)
            continue
        counted[imported.change.value] += 1
        click.echo(_line(imported))
        for note in imported.law.notes:
            click.echo(f"{imported.path.name}: {note}", err=True)
    if not counted:
        click.echo(f"{source}: no law texts here; they end in .md or .docx.", err=True)
        sys.exit(1)
    done = ", ".join(f"{counted[change.value]} {change.value}" for change in Change)
    click.echo(f"{done}, {counted['failed']} refused" + ("; nothing was written" if dry_run else ""))
    sys.exit(1 if counted["failed"] else 0)


def _line(imported: Imported) -> str:
    """One law in a line: what was done, its name, version, articles, since when it holds."""
    law, change = imported.law, imported.change
    assert law is not None and change is not None
    name = law.name + (f" {law.part}" if law.part else "")
    since = f"in force from {law.in_force_from}" if law.in_force_from else "day of force unknown"
    until = f" to {law.in_force_to}" if law.in_force_to else ""
    return f"{change.value:10}{name}  {law.version or 'no date'}  {len(law.articles)} articles, {since}{until}"
