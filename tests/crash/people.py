"""The people of a crash run: they sign up as the website does it, and a tenth of them say stop."""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import httpx

from flows.domain.link import sign
from tests.crash.place import PATIENCE, Place, patiently
from tests.web_site import website

#: Signups at the same time.
AT_ONCE = 4


class Away(Exception):
    """The website got no answer, or one that asks it to come again."""


def email(number: int) -> str:
    return f"person{number}@lead.example"


def sign_up(place: Place, numbers: Iterable[int]) -> None:
    """All of these people sign up; each is taken in the end, however often the website has to ask."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda number: _sign_up(place, number), numbers))


def _sign_up(place: Place, number: int) -> None:
    body = website("message_14_parameters")
    body["parameters"]["email"] = email(number)
    key = {"Idempotency-Key": f"assessment-{number}"}
    url = f"{place.stack.web_url}/api/flow_runs/"
    patiently(lambda: _post(url, headers=key, json=body), Away)


def _post(url: str, **request: Any) -> None:
    try:
        answer = httpx.post(url, timeout=PATIENCE, **request)
    except httpx.TransportError as error:
        raise Away from error
    if answer.status_code >= 500:
        time.sleep(min(2, float(answer.headers.get("Retry-After", 1))))
        raise Away(answer.status_code)
    answer.raise_for_status()


class Stoppers:
    """Those who say stop. `stopped` has the moment at which each of them was told that it is so, by address."""

    def __init__(self, place: Place, dice: Random) -> None:
        self._place, self._dice = place, dice
        self._key = Path(place.stack.environment("worker")["LINK_KEY_FILE"]).read_text()
        self.stopped: dict[str, datetime] = {}

    def stop(self, people: int, seconds: float) -> None:
        """So many of those who are known by then say stop, within about this time."""
        for _ in range(people):
            time.sleep(self._dice.uniform(0, 2 * seconds / people))
            self._stop(*patiently(lambda: self._dice.choice(self._others()), IndexError))

    def _others(self) -> list[tuple[UUID, str]]:
        known = self._place.rows("SELECT id, email FROM contact ORDER BY email")
        return [(contact, address) for contact, address in known if address not in self.stopped]

    def _stop(self, contact: UUID, address: str) -> None:
        if self._dice.random() < 0.5:
            url = f"{self._place.stack.web_url}/unsubscribe/{sign(self._key, contact)}"
            patiently(lambda: _post(url), Away)
        else:
            self._place.rows("SELECT stop(%s, 'page', now())", contact, role="web")
        self.stopped[address] = datetime.now(UTC)
