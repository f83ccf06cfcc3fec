"""`/unsubscribe/{token}`: a page with one button, and the POST of the button and of mail clients (RFC 8058)."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from uuid import UUID

from jinja2 import Environment, StrictUndefined
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from flows.domain import link
from services.web.errors import RETRY_AFTER, Away
from services.web.store import Ledger

_SOURCE = Path(__file__).with_suffix(".html").read_text(encoding="utf-8")
_PAGE = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True).from_string(_SOURCE)


class UnsubscribeRoute:
    """GET changes nothing, because link scanners come by; POST needs no cookie and ignores its body."""

    def __init__(self, ledger: Ledger, key: SecretStr, clock: Callable[[], datetime]) -> None:
        self._ledger, self._key, self._clock = ledger, key, clock

    async def answer(self, request: Request) -> Response:
        try:
            contact_id = link.read(self._key.get_secret_value(), request.path_params["token"])
        except link.BadLink:
            request.state.reasons = ["bad_link"]
            return _page("unknown", 404)
        if request.method != "POST":
            return _page("ask", 200)
        return await self._stop(request, contact_id)

    async def _stop(self, request: Request, contact_id: UUID) -> Response:
        try:
            await self._ledger.stop(contact_id, self._clock())
        except Away as away:
            request.state.reasons = away.args
            return _page("away", 503, {"Retry-After": RETRY_AFTER})
        return _page("done", 200)


def _style_hash(page: str) -> str:
    match = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert match, "unsubscribe.html has one <style>"
    return base64.b64encode(hashlib.sha256(match[1].encode()).digest()).decode()


def _page(state: str, status: int, headers: dict[str, str] | None = None) -> Response:
    page = _PAGE.render(state=state)
    own = {
        "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_style_hash(page)}'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
    }
    return HTMLResponse(page, status, own | (headers or {}))
