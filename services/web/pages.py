"""The pages that people see who follow a link of a mail. They need no JavaScript and load nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from flows.domain.campaign import Campaign
from flows.domain.language import SERIES, Language, Languages, Offer, OfferOfSeries, Said, SaidOfSeries
from services.web.choice import Choice

_SOURCE = Path(__file__).with_name("page.html").read_text(encoding="utf-8")
_PAGE = Environment(
    autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
).from_string(_SOURCE)

#: Of every page: its address is nobody else's business, and so is what it shows.
HEADERS = {
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


@dataclass(frozen=True)
class Button:
    """One choice, its words, and what it does. `first`: the one that most people come for.

    Without a `choice` the page has one button, and there is nothing to choose.
    """

    choice: Choice | None
    label: str
    text: str = ""
    first: bool = False


def button(choice: Choice, offer: Offer | OfferOfSeries, series: str = "", *, first: bool = False) -> Button:
    """Args: series: the title of the campaign that it is about."""
    return Button(choice, offer.button.replace(SERIES, series), offer.text, first)


def page(  # noqa: PLR0913 (all that a page may show)
    language: Language,
    said: Said | SaidOfSeries,
    status: int = 200,
    *,
    buttons: Sequence[Button] = (),
    series: str = "",
    note: str = "",
    headers: dict[str, str] | None = None,
) -> Response:
    """A page that says this, in this language, with these buttons.

    Args:
        series: the title of the campaign that it is about.
        note: how it is now.
    """
    head = said.head.replace(SERIES, series)
    shown = _PAGE.render(code=language.code, head=head, text=said.text, note=note, buttons=buttons)
    policy = f"default-src 'none'; style-src 'sha256-{_STYLE}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    return HTMLResponse(shown, status, HEADERS | {"Content-Security-Policy": policy} | (headers or {}))


@dataclass(frozen=True)
class Readers:
    """Who reads a page: people of these campaigns, in one of these languages."""

    campaigns: Mapping[str, Campaign]
    languages: Languages

    def language(self, campaign: str | None, request: Request) -> Language:
        """The campaign's; where none is known, the browser's."""
        if known := self.campaigns.get(campaign or ""):
            return self.languages.of(known.language)
        return self.languages.best(request.headers.get("accept-language", ""))


def _style_hash(source: str) -> str:
    match = re.search(r"<style>(.*?)</style>", source, re.DOTALL)
    assert match, "page.html has one <style>"
    return base64.b64encode(hashlib.sha256(match[1].encode()).digest()).decode()


_STYLE = _style_hash(_SOURCE)
