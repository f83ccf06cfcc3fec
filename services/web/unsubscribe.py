"""`/unsubscribe/{token}`: the page of a person's choices, its buttons, and the POST of mail clients (RFC 8058)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus

from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import Response

from flows.domain import link
from flows.domain.language import Language
from flows.domain.link import Link
from services.web.body import read_body
from services.web.choice import ALL, Choice, chosen, is_form
from services.web.errors import RETRY_AFTER, Away, Refusal
from services.web.pages import Button, Readers, button, page
from services.web.rows import Preferences
from services.web.store import Ledger

#: Bytes of a form; a choice has a few dozen.
_MOST = 64 * 1024


class UnsubscribeRoute:
    """GET changes nothing, because link scanners come by; POST needs no cookie, and without a choice it stops all."""

    def __init__(
        self, ledger: Ledger, key: SecretStr, clock: Callable[[], datetime], readers: Readers
    ) -> None:
        self._ledger, self._key, self._clock, self._readers = ledger, key, clock, readers

    async def answer(self, request: Request) -> Response:
        try:
            link_ = link.read(self._key.get_secret_value(), request.path_params["token"])
        except link.BadLink:
            request.state.reasons = ["bad_link"]
            language = self._readers.language(None, request)
            return page(language, language.page.unknown, HTTPStatus.NOT_FOUND)
        return await (self._choose if request.method == "POST" else self._ask)(request, link_)

    async def _ask(self, request: Request, link_: Link) -> Response:
        try:
            found = await self._ledger.preferences(link_.contact_id)
        except Away:
            found = None  # the buttons are shown all the same
        now = found or Preferences(running=(link_.campaign,) if link_.campaign else ())
        words = self._readers.language(link_.campaign or next(iter(now.running), None), request)
        if now.stopped:
            return page(words, words.page.stopped)
        note = words.page.now_weekly if now.weekly else ""
        return page(words, words.page.ask, buttons=self._choices(words, link_, now), note=note)

    async def _choose(self, request: Request, link_: Link) -> Response:
        words = self._readers.language(link_.campaign, request)
        choice = await _choice(request)
        if choice is None or not self._exists(choice, link_):
            request.state.reasons = ["choice"]
            buttons = self._choices(
                words, link_, Preferences(running=(link_.campaign,) if link_.campaign else ())
            )
            return page(words, words.page.unclear, HTTPStatus.UNPROCESSABLE_ENTITY, buttons=buttons)
        try:
            found = await self._ledger.choose(link_.contact_id, choice, self._clock())
        except Away as away:
            request.state.reasons = away.args
            again = Button(choice, words.page.again, first=True)
            headers = {"Retry-After": RETRY_AFTER}
            return page(
                words, words.page.away, HTTPStatus.SERVICE_UNAVAILABLE, buttons=[again], headers=headers
            )
        return self._done(words, choice, found or Preferences())

    def _done(self, words: Language, choice: Choice, now: Preferences) -> Response:
        said = words.page
        stop, weekly = button(ALL, said.all), button(Choice("weekly"), said.weekly)
        undo = button(Choice("usual"), said.usual)
        if choice == ALL or now.stopped:
            return page(words, said.stopped)
        if choice.what == "series":
            buttons = [stop, undo if now.weekly else weekly]
            return page(words, said.done_series, buttons=buttons, series=self._title(choice.series))
        if choice.what == "weekly":
            return page(words, said.done_weekly, buttons=[undo, stop])
        return page(words, said.done_usual, buttons=[stop, weekly])

    def _choices(self, words: Language, link_: Link, now: Preferences) -> list[Button]:
        """All mail first. A link that names its series offers that one, an older one all that are running."""
        said = words.page
        offered = [name for name in now.running if link_.campaign in (name, None)]
        series = [button(Choice("series", name), said.series, self._title(name)) for name in offered]
        pace = button(Choice("usual"), said.usual) if now.weekly else button(Choice("weekly"), said.weekly)
        return [button(ALL, said.all, first=True), *series, pace]

    def _exists(self, choice: Choice, link_: Link) -> bool:
        return choice.what != "series" or choice.series in {link_.campaign, *self._readers.campaigns}

    def _title(self, name: str) -> str:
        known = self._readers.campaigns.get(name)
        return known.title if known else name


async def _choice(request: Request) -> Choice | None:
    if not is_form(request.headers.get("content-type", "")):
        return ALL
    try:
        return chosen(await read_body(request, _MOST))
    except Refusal as refusal:
        if refusal.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return ALL  # whatever it is, it is no form of ours
        raise
