"""Jinja over one piece of a mail: values fill its gaps, and no value can become markup."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from traceback import extract_tb
from typing import Any

from jinja2 import (
    Environment,
    StrictUndefined,
    TemplateSyntaxError,
    UndefinedError,
    meta,
    nodes,
    pass_context,
)
from jinja2 import Template as Compiled
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markdown_it.common.normalize_url import normalizeLink, validateLink
from markupsafe import Markup

_ABSENT = "an absent value would show as None; put `{% if … %}` around it or give a default with `or`"
_TAGS = re.compile(r"^[ \t]*((?:\{%[^%\n]*%\}[ \t]*)+)\n", re.MULTILINE)
_IN_TEXT, _IN_ADDRESS, _END = "\ue000", "\ue002", "\ue001"
#: What `Prose` calls its list of values in Jinja's context.
_VALUES = "\ue000values"
#: Where a value stands: its number between characters of Unicode's private use, of which `text.clean` lets none
#: through. A gap in a link's address opens otherwise: what belongs there is written in another way.
_GAP = re.compile(f"([{_IN_TEXT}{_IN_ADDRESS}])(\\d+){_END}")


class Unrenderable(ValueError):
    """A mail cannot be written. The message names file and line, and repeats no value of a person."""


@dataclass(frozen=True)
class Piece:
    """A Jinja source and where it stands: file and line, for messages."""

    source: str
    path: str
    line: int


def money(amount: float) -> str:
    """1234.5 as `1,234`: whole units, as one says it in a letter."""
    if amount is None:
        raise UndefinedError(_ABSENT)
    return f"{amount:,.0f}"


def _plain(value: object) -> object:
    if value is None:
        raise UndefinedError(_ABSENT)
    return int(value) if isinstance(value, float) and value.is_integer() else value


@pass_context
def _gap(context: Context, value: object) -> str:
    said = "\n".join(line.strip() for line in str(_plain(value)).splitlines())
    if not said or _GAP.search(said):  # nothing, or a piece of the template's own with its gaps in it
        return said
    values: list[str] = context[_VALUES]
    values.append(said)
    return f"{_IN_TEXT}{len(values) - 1}{_END}"


def _environment(**options: Any) -> Environment:
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, **options)
    environment.globals.clear()
    environment.filters["money"] = money
    return environment


PROSE = _environment(finalize=_gap)
LINE = _environment(finalize=_plain)
LAYOUT = _environment(finalize=_plain, autoescape=True)


def fill(environment: Environment, piece: Piece, context: Mapping[str, Any]) -> str:
    """The piece with its gaps filled.

    Raises:
        Unrenderable: a syntax error, an unknown variable, an absent value, or code that fails.
    """
    template = compiled(environment, piece)
    try:
        return template.render(context)
    except Exception as error:  # noqa: BLE001 - a template is code: it can raise anything
        line = _line(error, piece)
        raise Unrenderable(f"{piece.path}:{line}: {_why(error)}") from None


@dataclass(frozen=True)
class Prose:
    """Markdown with a gap where each value belongs. It is read with its gaps in it, so that no value is ever
    taken for markup, and so that it is read once for all to whom it says the same.
    """

    markdown: str
    values: Sequence[str]

    def said(self, text: str, say: Callable[[str], str] = str) -> str:
        """A part of what has become of the Markdown, with each value in its gap as `say` writes it."""

        def value(gap: re.Match[str]) -> str:
            found = self.values[int(gap[2])]
            return say(_address(found) if gap[1] == _IN_ADDRESS else found)

        return _GAP.sub(value, text)


def in_address(url: str) -> str:
    """A link's address as Markdown has it, with its gaps marked as such."""
    return url.replace(_IN_TEXT, _IN_ADDRESS) if _IN_TEXT in url else normalizeLink(url)


def _address(value: str) -> str:
    address = normalizeLink(value)
    return address if validateLink(address) else ""


def prose(piece: Piece, context: Mapping[str, Any]) -> Prose:
    """A mail's body. Raises `Unrenderable` as `fill` does."""
    values: list[str] = []
    markdown = fill(PROSE, piece, {**context, _VALUES: values})
    return Prose(markdown.strip("\n"), values)


@lru_cache(maxsize=1024)
def compiled(environment: Environment, piece: Piece) -> Compiled:
    """The piece made ready, once. Raises `Unrenderable` for a syntax error or an unknown filter."""
    try:
        code = environment.compile(_placed(piece), name=piece.path, filename=piece.path)
    except TemplateSyntaxError as error:
        raise Unrenderable(f"{piece.path}:{error.lineno}: {error.message}; correct the template") from None
    return Compiled.from_code(environment, code, {})


def tree(environment: Environment, piece: Piece) -> nodes.Template:
    """The piece as Jinja understands it, with the file's line numbers."""
    return environment.parse(_placed(piece))


def unknown(tree: nodes.Template, known: set[str]) -> list[tuple[int, str]]:
    """Line and name of every variable that is neither known nor set in the piece itself."""
    names = meta.find_undeclared_variables(tree) - known
    used = [(node.lineno, node.name) for node in tree.find_all(nodes.Name) if node.name in names]
    return sorted(set(used))


def one_line(piece: Piece, context: Mapping[str, Any]) -> str:
    """A subject, a label or a link: filled, and on one line, so that it cannot add a header.

    Raises:
        Unrenderable: as `fill`, or it has become more than one line.
    """
    text = fill(LINE, piece, context).strip()
    if len(text.splitlines()) > 1:
        raise Unrenderable(f"{piece.path}:{piece.line}: this must be one line; remove the line breaks")
    return text


def safe(html: str) -> Markup:
    """HTML of our own making, for a layout to take as it is."""
    return Markup(html)  # noqa: S704 - markdown-it made it with HTML switched off


def _placed(piece: Piece) -> str:
    """Moved down, so that Jinja's lines are the file's; a line of nothing but tags leaves none behind.

    Jinja's own `trim_blocks` would also swallow the end of a paragraph that ends in a tag.
    """
    return "\n" * (piece.line - 1) + _TAGS.sub(r"\1{#\n#}", piece.source)


def _line(error: Exception, piece: Piece) -> int:
    lines = [f.lineno for f in extract_tb(error.__traceback__) if f.filename == piece.path]
    return (lines[-1] if lines else None) or piece.line


def _why(error: Exception) -> str:
    if isinstance(error, UndefinedError):
        return _ABSENT if error.message == _ABSENT else f"{error.message}; correct the name"
    return f"the template fails with {type(error).__name__}; look at what it does with absent values"
