"""A plain page as text and as HTML: headings, paragraphs, tables. What stands in it is shown and never acts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Heading:
    words: str


@dataclass(frozen=True)
class Table:
    """Rows of equal length. With `titled` the first one names the columns."""

    rows: Sequence[Sequence[str]]
    titled: bool = False


Part = str | Heading | Table

_CELL = "padding:.2em 1em .2em 0;text-align:left;vertical-align:top"


@dataclass(frozen=True)
class Sheet:
    """The words of a mail to the operator."""

    subject: str
    html: str
    text: str


def sheet(subject: str, parts: Sequence[Part]) -> Sheet:
    """The same parts make the same bytes."""
    body = "\n".join(map(_html, parts))
    html = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"></head>\n'
        f'<body style="font-family:sans-serif;line-height:1.5;max-width:46em">\n{body}\n</body></html>\n'
    )
    return Sheet(subject, html, "\n\n".join(map(_text, parts)) + "\n")


def _html(part: Part) -> str:
    match part:
        case Heading(words):
            return f"<h2 style='font-size:1.1em'>{escape(words)}</h2>"
        case Table(rows, titled):
            return f"<table style='border-collapse:collapse'>\n{_rows(rows, titled=titled)}\n</table>"
        case words:
            return "<p>" + escape(words).replace("\n", "<br>\n") + "</p>"


def _rows(rows: Sequence[Sequence[str]], *, titled: bool) -> str:
    return "\n".join(_row(row, "th" if titled and at == 0 else "td") for at, row in enumerate(rows))


def _row(row: Sequence[str], tag: str) -> str:
    return "<tr>" + "".join(f"<{tag} style='{_CELL}'>{escape(cell)}</{tag}>" for cell in row) + "</tr>"


def _text(part: Part) -> str:
    match part:
        case Heading(words):
            return f"{words}\n{'-' * len(words)}"
        case Table(rows, _):
            return "\n".join(_line(row, _widths(rows)) for row in rows)
        case words:
            return words


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(len, column)) for column in zip(*rows, strict=True)]


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
