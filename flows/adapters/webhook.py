"""Alerts as JSON to an address of the operator's choice: Slack's, Discord's, or a program of their own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx


class Webhook:
    """The address is a secret with some services, so no failure repeats it.

    Args:
        timeout: seconds for each of connecting, sending and waiting for the answer.
    """

    def __init__(self, url: str, timeout: float = 10) -> None:
        self._url = url
        self._client = httpx.Client(timeout=timeout, headers={"User-Agent": "campaigns"})

    def post(self, payload: Mapping[str, Any], key: str) -> str | None:
        """Why it was not taken; None if it was. Posted again it has the same key and bytes, for who looks at them."""
        # The ledger gives a stored body back with its keys in another order.
        content = json.dumps(dict(payload), sort_keys=True).encode()
        headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
        try:
            answer = self._client.post(self._url, content=content, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return f"the webhook did not answer ({type(error).__name__}). Check ALERT_WEBHOOK_URL"
        return (
            None
            if answer.is_success
            else f"the webhook answered {answer.status_code}. Check ALERT_WEBHOOK_URL"
        )


class Pulse:
    """An address that wants to be asked again and again, and tells somebody when it is not: a dead man's switch."""

    def __init__(self, url: str, timeout: float = 10) -> None:
        self._url = url
        self._client = httpx.Client(timeout=timeout, headers={"User-Agent": "campaigns"})

    def beat(self) -> str | None:
        """Why it was not taken; None if it was."""
        try:
            answer = self._client.get(self._url)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return f"it did not answer ({type(error).__name__}). Check HEARTBEAT_URL"
        return None if answer.is_success else f"it answered {answer.status_code}. Check HEARTBEAT_URL"
