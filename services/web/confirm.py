"""`/confirm/{token}`: a page with one button, by which a person says that they want the mails (double opt-in)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus

from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import Response

from flows.domain import link
from flows.domain.language import Language, Said
from flows.domain.link import Asked
from services.web.errors import RETRY_AFTER, Away
from services.web.pages import Button, Readers, page
from services.web.store import Ledger


class ConfirmRoute:
    """GET changes nothing, because link scanners come by; POST needs no cookie and ignores its body."""

    def __init__(
        self, ledger: Ledger, key: SecretStr, clock: Callable[[], datetime], readers: Readers
    ) -> None:
        self._ledger, self._key, self._clock, self._readers = ledger, key, clock, readers

    async def answer(self, request: Request) -> Response:
        try:
            asked = link.read_confirm(self._key.get_secret_value(), request.path_params["token"])
        except link.BadLink:
            request.state.reasons = ["bad_link"]
            language = self._readers.language(None, request)
            return page(language, language.page.unknown, HTTPStatus.NOT_FOUND)
        language = self._readers.language(asked.campaign, request)
        if request.method != "POST":
            question = language.confirm.ask
            return page(language, question, buttons=[Button(None, question.button, first=True)])
        return await self._confirm(request, asked, language)

    async def _confirm(self, request: Request, asked: Asked, language: Language) -> Response:
        try:
            state = await self._ledger.confirm(asked.enrolment_id, language.confirm.ask.words, self._clock())
        except Away as away:
            request.state.reasons = away.args
            again, headers = Button(None, language.page.again, first=True), {"Retry-After": RETRY_AFTER}
            status = HTTPStatus.SERVICE_UNAVAILABLE
            return page(language, language.confirm.away, status, buttons=[again], headers=headers)
        return page(language, _said(state, language))


def _said(state: str, language: Language) -> Said:
    """What `confirm` in the ledger has answered, in words."""
    words = language.confirm
    return {"done": words.done, "stopped": words.stopped, "late": words.late}[state]
