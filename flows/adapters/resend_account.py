"""Resend beside sending: the account's domains, webhooks and contacts, as an operator looks at them.

Plain HTTP: the SDK sends a body with a GET and hides the true status. Shapes are those of Resend's OpenAPI
file 1.5.0. A key with sending access alone is refused everything here, and sends none the worse.
"""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx


class AccountAway(RuntimeError):
    """Resend did not answer, or not now."""


class AccountRefused(RuntimeError):
    """Resend refuses. `sending_only`: the key is a good one that may send and nothing else."""

    def __init__(self, sentence: str, *, sending_only: bool = False) -> None:
        super().__init__(sentence)
        self.sending_only = sending_only


class ResendAccount:
    """Every method raises `AccountAway` and `AccountRefused`, whose words name nobody.

    Args:
        api_url: without a slash at the end.
    """

    def __init__(self, api_key: str, api_url: str, timeout: float = 10) -> None:
        headers = {"Authorization": f"Bearer {api_key}", "User-Agent": "campaigns"}
        self._client = httpx.Client(base_url=api_url, headers=headers, timeout=timeout)

    def domains(self) -> list[dict[str, Any]]:
        """`id`, `name` and `status` of each."""
        return list(self._all("/domains"))

    def domain(self, domain_id: str) -> dict[str, Any]:
        """With `records`: `record` (SPF, DKIM …), `name`, `type`, `value`, `status` of each."""
        return self._read(f"/domains/{domain_id}")

    def webhooks(self) -> list[dict[str, Any]]:
        """`id`, `endpoint`, `events` and `status` of each."""
        return list(self._all("/webhooks"))

    def signing_secret(self, webhook_id: str) -> str:
        return str(self._read(f"/webhooks/{webhook_id}").get("signing_secret", ""))

    def remove_contact(self, address: str) -> bool:
        """False if Resend has no such contact."""
        answer = self._ask("DELETE", f"/contacts/{quote(address, safe='')}")
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return False
        _refuse(answer)
        return True

    def clock(self) -> str | None:
        """The header `Date` of an answer; whatever the answer is."""
        date: str | None = self._ask("GET", "/domains").headers.get("date")
        return date

    def _all(self, path: str) -> Iterator[dict[str, Any]]:
        after: dict[str, str | int] = {"limit": 100}
        while True:
            page = self._read(path, after)
            yield from page["data"]
            if not page.get("has_more") or not page["data"]:
                return
            after["after"] = page["data"][-1]["id"]

    def _read(self, path: str, params: dict[str, str | int] | None = None) -> dict[str, Any]:
        answer = self._ask("GET", path, params)
        _refuse(answer)
        try:
            return dict(answer.json())
        except (ValueError, TypeError):
            raise AccountAway("Resend's answer cannot be read; ask again later.") from None

    def _ask(self, method: str, path: str, params: dict[str, str | int] | None = None) -> httpx.Response:
        try:
            return self._client.request(method, path, params=params)
        except httpx.HTTPError as error:
            raise AccountAway(f"Resend did not answer ({type(error).__name__}); ask again later.") from None


def _refuse(answer: httpx.Response) -> None:
    status = answer.status_code
    if answer.is_success:
        return
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise AccountAway(f"Resend answered {status}; ask again later.")
    if _name(answer) == "restricted_api_key":
        raise AccountRefused("The API key may send mail and nothing else.", sending_only=True)
    if status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        raise AccountRefused(
            f"Resend does not accept the API key ({status}). Put one from resend.com/api-keys into RESEND_API_KEY."
        )
    raise AccountRefused(f"Resend refused ({status}). Check RESEND_API_URL.")


def _name(answer: httpx.Response) -> str:
    try:
        return str(answer.json().get("name", ""))
    except (ValueError, AttributeError):
        return ""
