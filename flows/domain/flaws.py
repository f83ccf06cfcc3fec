"""What is wrong with a finished mail: traces of absent values, slips of the pen, links, size."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import unescape
from typing import Any

from flows.domain.campaign import Campaign
from flows.domain.filling import LINE, fill, prose
from flows.domain.rendering import Rendered, pieces
from flows.domain.template import Template

#: Gmail cuts a mail off at about 102 kB.
LARGEST = 90_000

_TRACES = {
    "`None` shows; put `{% if … %}` around it": r"\bNone\b",
    "two spaces show a gap; move one of them into the `{% if … %}`": r"\S {2,}\S",
    "a comma or full stop stands alone; move the space before it": r"(?:^|(?<=\s))[,.](?=\s|$)",
    "a bracket or a quotation is empty; put `{% if … %}` around it": r"\(\s*\)|“\s*”|\"\s*\"",
    "an item of a list is empty; put `{% if … %}` around it": r"^\s*(?:-|\d+\.)\s*$",
    "Markdown shows as it was written; correct it": r"\*\*|\]\(|\\|^#{1,6} ",
    "HTML shows as it was written; use Markdown": r"</?(?:a|b|br|div|em|h[1-6]|i|img|p|span|strong)\b[^>]*>",
}
_PATTERNS = {problem: re.compile(pattern, re.MULTILINE) for problem, pattern in _TRACES.items()}
_HREF = re.compile(r'\bhref="([^"]*)"')
_FOREIGN = re.compile(r"\bsrc=|\burl\(|@import|<link\b")


def flaws(
    campaign: Campaign, template: Template, rendered: Rendered, context: Mapping[str, Any]
) -> Iterator[str]:
    """Each as `path:line: what is wrong; what to do`. They quote the mail, so give no real person's."""
    yield from _traces(template, rendered, context)
    yield from _links(campaign, template, rendered)
    for name, part in (("HTML", rendered.html), ("text", rendered.text)):
        if len(part.encode()) > LARGEST:
            yield f"{template.path}:1: its {name} is larger than {LARGEST // 1000} kB; shorten it"
    if context.get("confirm_url", "") not in rendered.text:
        yield f"{template.path}:1: nobody can confirm by it; give it `{{{{ confirm_url }}}}`, best as the button's link"
    for needed in ("unsubscribe_url", "postal_address"):
        if str(context[needed]) not in unescape(rendered.html):
            yield f"{template.path}:1: its HTML lacks `{needed}`; put it into the layout"
    if _FOREIGN.search(rendered.html):
        yield f"{template.path}:1: its HTML loads something from elsewhere; remove that from the layout"


def _traces(template: Template, rendered: Rendered, context: Mapping[str, Any]) -> Iterator[str]:
    for name, piece in pieces(template).items():
        place = f"{template.path}:{template.line(name)}"
        filled = (prose(piece, context).markdown if name == "body" else fill(LINE, piece, context)).strip()
        if not filled and name != "preheader":
            yield f"{place}: the {name} is empty; write something for everyone"
        for problem, around in _seen(rendered.text if name == "body" else filled, piece.source):
            yield f"{place}: in the {name}, {problem} (“{around}”)"


def _seen(text: str, source: str) -> Iterator[tuple[str, str]]:
    for problem, pattern in _PATTERNS.items():
        match = pattern.search(text)
        if match and not (match[0] == "None" and "None" in source):  # the author's own word
            yield problem, " ".join(text[max(0, match.start() - 20) : match.end() + 20].splitlines())


def _links(campaign: Campaign, template: Template, rendered: Rendered) -> Iterator[str]:
    unfilled = {campaign.values[name].strip("<>") for name in campaign.placeholders}
    for link in map(unescape, _HREF.findall(rendered.html)):
        if not link.startswith("https://") and link not in unfilled:
            yield f"{template.path}:{_line_with(link, template)}: `{link}` is no https link; write https://…"


def _line_with(text: str, template: Template) -> int:
    lines = enumerate(template.body.splitlines(), start=template.body_line)
    return next((number for number, line in lines if text in line), template.line("link"))
