"""`/view/{token}`: one mail in a browser, exactly as it left."""

from __future__ import annotations

from http import HTTPStatus

from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from flows.domain import link
from services.web.errors import RETRY_AFTER, Away
from services.web.pages import HEADERS, Readers, page
from services.web.store import Ledger

#: Nothing runs and nothing is loaded. A mail's looks stand in its own elements, which no hash can name.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


class ViewRoute:
    """Whoever has the link sees the mail. A mail that is gone and one that never was look alike."""

    def __init__(self, ledger: Ledger, key: SecretStr, readers: Readers) -> None:
        self._ledger, self._key, self._readers = ledger, key, readers

    async def get(self, request: Request) -> Response:
        language = self._readers.language(None, request)
        try:
            message_id = link.read_view(self._key.get_secret_value(), request.path_params["token"])
        except link.BadLink:
            request.state.reasons = ["bad_link"]
            return page(language, language.page.unknown, HTTPStatus.NOT_FOUND)
        try:
            html = await self._ledger.mail(message_id)
        except Away as away:
            request.state.reasons = away.args
            headers = {"Retry-After": RETRY_AFTER}
            return page(language, language.page.gone_for_now, HTTPStatus.SERVICE_UNAVAILABLE, headers=headers)
        if html is None:
            request.state.reasons = ["gone"]
            return page(language, language.page.gone, HTTPStatus.GONE)
        return HTMLResponse(html, headers=HEADERS | {"Content-Security-Policy": _POLICY})
