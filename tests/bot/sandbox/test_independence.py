"""The sandbox checks the product only as long as it shares no code with it."""

from __future__ import annotations

import ast
from pathlib import Path

import bot.sandbox

SOURCES = sorted(Path(bot.sandbox.__file__).parent.glob("*.py"))


def test_nothing_of_the_product_is_imported() -> None:
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [one.name for one in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                top = name.split(".")[0]
                assert top not in ("handlers", "knowledge", "config", "wechatpy"), (source.name, name)
                assert top != "bot" or name.startswith("bot.sandbox"), (source.name, name)
