"""One mail for one person: subject, HTML and plain text from a template, a layout and values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any

import mrml
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.tree import SyntaxTreeNode

from flows.domain import filling
from flows.domain.campaign import Campaign
from flows.domain.filling import LAYOUT, LINE, Piece, Unrenderable, fill, in_address, one_line, prose, safe
from flows.domain.language import MailWords
from flows.domain.plain_text import plain, wrapped
from flows.domain.template import Template

__all__ = ["LAYOUT_PATH", "Links", "Rendered", "Unrenderable", "context_of", "make_ready", "pieces", "render"]

#: What messages call the layout.
LAYOUT_PATH = "layout.mjml"

#: What stands under the plain text; the layout does the same for HTML.
CLOSING = """\
{{ signature }}

--
{{ reason }}
{{ view_in_browser }}: {{ view_url }}
{{ unsubscribe }}: {{ unsubscribe_url }}
{{ postal_address }}
"""


@dataclass(frozen=True, kw_only=True)
class Links:
    """The addresses that one mail has for itself: where its person stops it, and where a browser shows it."""

    unsubscribe: str
    view: str


@dataclass(frozen=True)
class Rendered:
    """What the recipient gets. The same inputs give the same bytes."""

    subject: str
    html: str
    text: str


class _Markdown(MarkdownIt):
    def normalizeLink(self, url: str) -> str:  # noqa: N802 (its name)
        return in_address(url)


def _markdown() -> MarkdownIt:
    markdown = _Markdown("commonmark", {"html": False, "xhtmlOut": True}).disable(["image", "code"])
    # mrml drops a line break between two elements, and with it the space that it stands for.
    markdown.add_render_rule("softbreak", _space)
    return markdown


def _space(_renderer: RendererHTML, *_: object) -> str:
    return " "


_MARKDOWN = _markdown()
_MARKDOWN.render("a *b* [c](d)")  # makes its rules ready, which two threads at once would do wrongly
#: No fonts: mrml would load those that it knows from elsewhere.
_OPTIONS = mrml.RenderOptions(fonts={})


def context_of(  # noqa: PLR0913 (all that a mail is written from)
    campaign: Campaign,
    answers: Mapping[str, Any],
    *,
    segment: str,
    links: Links,
    postal_address: str,
    words: MailWords,
    confirm_url: str | None = None,
) -> dict[str, Any]:
    """Everything that a mail may use: all parameters (absent ones `None`), the campaign's values, and ours.

    Args:
        words: those of the campaign's language; its own `values` of the same names come first.
        confirm_url: for the mail that asks for a confirmation; no other knows the name.
    """
    return {
        **words.model_dump(),
        **dict.fromkeys(campaign.parameters),
        **answers,
        **campaign.values,
        "segment": segment,
        "title": campaign.title,
        "language": campaign.language,
        "unsubscribe_url": links.unsubscribe,
        "view_url": links.view,
        "postal_address": postal_address,
        **({"confirm_url": confirm_url} if confirm_url else {}),
    }


def pieces(template: Template) -> dict[str, Piece]:
    """The parts of a template that have gaps, by name, each with its place in the file."""
    sources = {"subject": template.subject, "preheader": template.preheader, "body": template.body}
    if template.button:
        sources["label"], sources["link"] = template.button
    return {name: Piece(text, template.path, template.line(name)) for name, text in sources.items()}


def make_ready(template: Template, layout: str) -> None:
    """Compile what `render` will fill, before anybody waits for it. Raises `Unrenderable` as `render` does."""
    parts = pieces(template)
    filling.compiled(filling.PROSE, parts.pop("body"))
    for piece in [*parts.values(), Piece(CLOSING, LAYOUT_PATH, 1)]:
        filling.compiled(LINE, piece)
    filling.compiled(LAYOUT, Piece(layout, LAYOUT_PATH, 1))


def render(template: Template, layout: str, context: Mapping[str, Any]) -> Rendered:
    """The mail for one person.

    Raises:
        Unrenderable: naming the file and line, without the person's values.
    """
    parts = pieces(template)
    body = prose(parts.pop("body"), context)
    lines = {name: one_line(piece, context) for name, piece in parts.items()}
    fragment, tree = _read(body.markdown)
    button = {"label": lines.pop("label"), "link": lines.pop("link").strip("<>")} if template.button else None
    html = _html(layout, {**context, **lines, "body": safe(body.said(fragment, _in_html)), "button": button})
    closing = wrapped(fill(LINE, Piece(CLOSING, LAYOUT_PATH, 1), context))
    call = [f"{button['label']}: {button['link']}"] if button else []
    return Rendered(lines["subject"], html, "\n\n".join([plain(tree, body.said), *call, closing]) + "\n")


@lru_cache(maxsize=256)
def _read(markdown: str) -> tuple[str, SyntaxTreeNode]:
    tokens = _MARKDOWN.parse(markdown)
    return _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}), SyntaxTreeNode(tokens)


def _in_html(value: str) -> str:
    return escape(value).replace("\n", "<br />\n")


def _html(layout: str, context: Mapping[str, Any]) -> str:
    source = fill(LAYOUT, Piece(layout, LAYOUT_PATH, 1), context)
    try:
        return mrml.to_html(source, render_options=_OPTIONS).content
    except OSError as error:
        raise Unrenderable(f"{LAYOUT_PATH}:1: this is not MJML: {error}; correct the layout") from None
