"""Pages with one button, behind a link in a mail: nothing loaded from elsewhere, no script, no cookie."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

_STYLE = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


class Page:
    """One HTML file with its states. Its `style` is `page.css`, which all pages share.

    Args:
        file: beside this one.
        values: what the file may show beside `state`.
    """

    def __init__(self, file: str, **values: str) -> None:
        source = Path(__file__).with_name(file).read_text(encoding="utf-8")
        environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
        self._template = environment.from_string(source)
        self._values = {"style": Markup(_STYLE), **values}  # noqa: S704 - our own file

    def answer(self, state: str, status: int, headers: Mapping[str, str] | None = None) -> Response:
        page = self._template.render(state=state, **self._values)
        return HTMLResponse(page, status, _HEADERS | dict(headers or {}))
