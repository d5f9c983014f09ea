"""Writing what is served back into files, so that a release can take over what was published.

Entries that nobody changed keep every byte of theirs, comments and order too; changed ones are written in the same
style: texts of several lines as blocks, short lists in one line. What was written loads again with ``load_topics``.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

from handlers.consult.publishing.versions import NOT_WRITTEN, fingerprint
from knowledge.content import CONTENT_DIR, VARIANTS_DIR, load_topics
from knowledge.schema import Entry

VARIANTS = "variants"
IN_ONE_LINE = frozenset({"audience", "related", "hotlines"})
QUOTED = frozenset({"hotlines"})
WIDE = 1_000_000  # never folded


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: the files, and the ids that differ from the tree."""

    files: tuple[str, ...]
    changed: tuple[str, ...]
    new: tuple[str, ...]
    gone: tuple[str, ...]


def export(
    served: Sequence[Entry], folder: Path, *, content: Path = CONTENT_DIR, variants: Path = VARIANTS_DIR
) -> Exported:
    """Write ``served`` into ``folder``: a file for each topic, and the variants in a folder below.

    Raises OSError where it cannot be written, ContentError where what was written does not load again.
    """
    tree = {entry.id: entry for topic in load_topics(content, variants) for entry in topic.entries}
    wanted = {entry.id: entry for entry in served}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / VARIANTS).mkdir(exist_ok=True)
    files = []
    for path in sorted(content.glob("*.yaml")):
        text = _topic(path, wanted, tree)
        (folder / path.name).write_text(text, encoding="utf-8")
        files.append(path.name)
    for path in sorted(variants.glob("*.yaml")):
        (folder / VARIANTS / path.name).write_text(_variants(path, wanted), encoding="utf-8")
    load_topics(folder, folder / VARIANTS)
    return Exported(
        files=tuple(files),
        changed=tuple(one for one in wanted if one in tree and fingerprint(wanted[one]) != fingerprint(tree[one])),
        new=tuple(one for one in wanted if one not in tree),
        gone=tuple(one for one in tree if one not in wanted),
    )


def _topic(path: Path, wanted: Mapping[str, Entry], tree: Mapping[str, Entry]) -> str:
    """One file with what is wanted of its topic."""
    text, yaml = path.read_text(encoding="utf-8"), _yaml()
    file = yaml.load(text)
    topic = str(file["topic"])
    before = file["entries"]
    there = {str(one["id"]) for one in before}
    kept = [one for one in before if str(one["id"]) in wanted]
    touched = len(kept) != len(before)
    for one in kept:
        entry = wanted[str(one["id"])]
        if fingerprint(entry) != fingerprint(tree.get(entry.id)):
            _update(one, entry, wanted)
            touched = True
        else:
            touched |= _drop_lost(one, wanted)
    new = [entry for entry in wanted.values() if entry.id.split(".")[0] == topic and entry.id not in there]
    if not touched and not new:
        return text
    for place in range(len(before) - 1, -1, -1):
        if str(before[place]["id"]) not in wanted:
            del before[place]
    before.extend(_update(CommentedMap(), entry, wanted) for entry in new)
    out = io.StringIO()
    yaml.dump(file, out)
    return out.getvalue()


def _update(there: CommentedMap, entry: Entry, wanted: Mapping[str, Entry]) -> CommentedMap:
    """Put the entry's fields into the file's mapping; what did not change keeps its form."""
    fields = entry.model_dump(exclude_defaults=True, exclude=set(NOT_WRITTEN))
    fields["related"] = [one for one in fields.get("related", ()) if one in wanted]
    for name in list(there):
        if not fields.get(name) and name not in NOT_WRITTEN:
            del there[name]
    for name, value in fields.items():
        if value and _plain(there.get(name)) != _plain(value):
            there[name] = _styled(name, value)
    return there


def _drop_lost(there: CommentedMap, wanted: Mapping[str, Entry]) -> bool:
    """Take ids that are gone out of ``related``; whether there were any."""
    related = there.get("related")
    lost = [one for one in related or () if str(one) not in wanted]
    for one in lost:
        related.remove(one)
    if lost and not related:
        del there["related"]
    return bool(lost)


def _styled(name: str, value: Any) -> Any:
    """A value in the style of the files."""
    if isinstance(value, str):
        return LiteralScalarString(value) if "\n" in value or name == "answer" else value
    if isinstance(value, Mapping):
        return CommentedMap({key: _styled(key, one) for key, one in value.items() if one not in ("", None)})
    if isinstance(value, Iterable):
        items = CommentedSeq(
            DoubleQuotedScalarString(one) if name in QUOTED else _styled(f"{name}.item", one) for one in value
        )
        if name in IN_ONE_LINE:
            items.fa.set_flow_style()
        return items
    return value


def _plain(value: Any) -> Any:
    """For comparing: the file's own kinds of text, list and day as simple ones."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items() if one not in ("", None)}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value if value is None or isinstance(value, bool) else str(value).strip()


def _variants(path: Path, wanted: Mapping[str, Entry]) -> str:
    """The variants of what is wanted, less the lines that an entry says itself."""
    text, yaml = path.read_text(encoding="utf-8"), _yaml()
    file = yaml.load(text) or CommentedMap()
    touched = False
    for entry_id in list(file):
        entry = wanted.get(str(entry_id))
        if entry is None:
            del file[entry_id]
            touched = True
            continue
        said = {entry.question, *entry.phrasings}
        for line in [one for one in file[entry_id] if str(one).strip() in said]:
            file[entry_id].remove(line)
            touched = True
    if not touched:
        return text
    out = io.StringIO()
    yaml.dump(file, out)
    return out.getvalue()


def _yaml() -> YAML:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = WIDE
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml
