"""`/confirm/{token}`: a page with one button, by which a person says that they want the mails (double opt-in)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import Response

from flows.domain import link
from services.web.errors import RETRY_AFTER, Away
from services.web.page import Page
from services.web.store import Ledger

QUESTION = "Is this your address?"
PROMISE = "One click, and you get the mails that were asked for with it. Each has a link that stops them all."
BUTTON = "Yes, send me the mails"
#: What a person has read who pressed the button: kept with the confirmation.
WORDS = f"{QUESTION} {PROMISE} [{BUTTON}]"

_PAGE = Page("confirm.html", question=QUESTION, promise=PROMISE, button=BUTTON)


class ConfirmRoute:
    """GET changes nothing, because link scanners come by; POST needs no cookie and ignores its body."""

    def __init__(self, ledger: Ledger, key: SecretStr, clock: Callable[[], datetime]) -> None:
        self._ledger, self._key, self._clock = ledger, key, clock

    async def answer(self, request: Request) -> Response:
        try:
            enrolment = link.read_confirm(self._key.get_secret_value(), request.path_params["token"])
        except link.BadLink:
            request.state.reasons = ["bad_link"]
            return _PAGE.answer("unknown", 404)
        if request.method != "POST":
            return _PAGE.answer("ask", 200)
        return await self._confirm(request, enrolment)

    async def _confirm(self, request: Request, enrolment: UUID) -> Response:
        try:
            state = await self._ledger.confirm(enrolment, WORDS, self._clock())
        except Away as away:
            request.state.reasons = away.args
            return _PAGE.answer("away", 503, {"Retry-After": RETRY_AFTER})
        return _PAGE.answer(state, 200)
