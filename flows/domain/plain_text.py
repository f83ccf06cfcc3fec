"""The plain-text part of a mail, written from the parsed Markdown and wrapped for reading."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass

from markdown_it.tree import SyntaxTreeNode

#: Longest line, in characters; only an address that is longer goes beyond it.
WIDTH = 76


def plain(tree: SyntaxTreeNode, said: Callable[[str], str] = str) -> str:
    """Parsed Markdown as text, paragraphs apart by an empty line.

    Args:
        said: puts the values into a paragraph before it is wrapped.
    """
    return _Text(said).blocks(tree, WIDTH)


def wrapped(text: str, width: int = WIDTH) -> str:
    """The text with its own line breaks kept and longer lines broken between words."""
    lines = (
        textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False)
        for line in text.splitlines()
    )
    return "\n".join(lines)


@dataclass(frozen=True)
class _Text:
    said: Callable[[str], str]

    def blocks(self, node: SyntaxTreeNode, width: int) -> str:
        tight = any(child.type == "paragraph" and child.hidden for child in node.children)
        return ("\n" if tight else "\n\n").join(self.block(child, width) for child in node.children)

    def block(self, node: SyntaxTreeNode, width: int) -> str:
        match node.type:
            case "bullet_list":
                return self.items(node, ["-"] * len(node.children), width)
            case "ordered_list":
                first = int(node.attrs.get("start", 1))
                return self.items(node, [f"{first + at}." for at in range(len(node.children))], width)
            case "blockquote":
                return textwrap.indent(self.blocks(node, width - 2), "> ", lambda _: True)
            case "hr":
                return "-" * 8
            case "fence" | "code_block":
                return self.said(node.content.rstrip())
            case _:
                return wrapped(self.said(_inline(node)), width)

    def items(self, node: SyntaxTreeNode, marks: list[str], width: int) -> str:
        loose = not any(child.hidden for item in node.children for child in item.children)
        items = [self.item(mark, item, width) for mark, item in zip(marks, node.children, strict=True)]
        return ("\n\n" if loose else "\n").join(items)

    def item(self, mark: str, item: SyntaxTreeNode, width: int) -> str:
        indent = " " * (len(mark) + 1)
        text = textwrap.indent(self.blocks(item, width - len(indent)), indent)
        return f"{mark} {text.lstrip()}".rstrip()


def _inline(node: SyntaxTreeNode) -> str:
    match node.type:
        case "softbreak":
            return " "
        case "hardbreak":
            return "\n"
        case "link":
            label, link = _joined(node), str(node.attrs["href"])
            return label if label == link else f"{label} ({link})"
        case _:
            return _joined(node) if node.children else node.content


def _joined(node: SyntaxTreeNode) -> str:
    return "".join(_inline(child) for child in node.children)
