"""XML as the platforms write it (CDATA around text), and a parser that refuses DTDs and odd shapes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.parsers import expat

Value = str | int | float | Sequence["Field"]
Field = tuple[str, Value]

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class XmlError(ValueError):
    """Not well-formed, not one <xml> element, or holding a DTD."""


def cdata(text: str) -> str:
    """`text` as CDATA; an inner `]]>` is split over two sections, characters XML forbids are dropped."""
    return "<![CDATA[" + _ILLEGAL.sub("", text).replace("]]>", "]]]]><![CDATA[>") + "]]>"


def _element(name: str, value: Value) -> str:
    if isinstance(value, str):
        return f"<{name}>{cdata(value)}</{name}>"
    if isinstance(value, (int, float)):
        return f"<{name}>{value}</{name}>"
    return f"<{name}>{''.join(_element(*field) for field in value)}</{name}>"


def build(fields: Sequence[Field]) -> str:
    """One <xml> element; numbers are bare, text is CDATA, a sequence of fields nests."""
    return f"<xml>{''.join(_element(*field) for field in fields)}</xml>"


class Node:
    """A parsed element: its text, and its children in order."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.text = ""
        self.children: list[Node] = []

    def find(self, name: str) -> Node | None:
        return next((child for child in self.children if child.name == name), None)

    def get(self, *path: str) -> str:
        """The text at `path`, "" when there is none."""
        node: Node | None = self
        for name in path:
            node = node.find(name) if node else None
        return node.text if node else ""

    def has(self, name: str) -> bool:
        return self.find(name) is not None


def parse(text: str) -> Node:
    """The root <xml>; raises XmlError for anything the platform's parser would not take."""
    parser = expat.ParserCreate()
    root = Node("")
    stack = [root]

    def start(name: str, _attributes: dict[str, str]) -> None:
        node = Node(name)
        stack[-1].children.append(node)
        stack.append(node)

    def refuse(*_args: object) -> None:
        raise XmlError("带有 DTD")

    def characters(data: str) -> None:
        stack[-1].text += data

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _name: stack.pop() and None
    parser.CharacterDataHandler = characters
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        raise XmlError(f"不是合法的 XML：{error}") from None
    except UnicodeEncodeError:
        raise XmlError("带有不成对的代理字符") from None
    if root.children[0].name != "xml":
        raise XmlError("根元素不是 <xml>")
    return root.children[0]
