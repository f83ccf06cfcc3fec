"""Mails through Resend's API, or kept at home when there is no account.

Quirks of the SDK (2.52) that are met here, as of 2026-11:
- it reports an unreachable Resend and an unreadable 200 both as an error of code 500; the connection below
  notes the true status;
- it opens a new connection for every mail;
- it logs nothing, but its exceptions repeat the URL and Resend's words, so none leaves this file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

import certifi
import resend
import urllib3
from resend.exceptions import NoContentError, ResendError

from flows.adapters.retry_after import retry_after
from flows.domain.verdict import NO_ID, Action, Answer, Verdict, judge

#: Connections that are kept open: as many mails may be on their way at the same time.
AT_A_TIME = 8
#: A name that no true header can have.
_STATUS = ":status"


class Resend:
    """A `Mailer` over Resend's API. One for each process: the SDK has one configuration.

    Args:
        api_url: without a slash at the end.
        timeout: seconds for each of connecting, sending and waiting for the answer.
    """

    def __init__(self, api_key: str, api_url: str, timeout: float = 10) -> None:
        # The SDK keeps its configuration in its module: one account for each process, set here and nowhere else.
        resend.api_key = api_key
        resend.api_url = api_url
        resend.default_http_client = _Connection(timeout)

    def send(self, rendered: Mapping[str, Any], key: str) -> Answer:
        params = cast("resend.Emails.SendParams", dict(rendered))
        try:
            accepted: Any = resend.Emails.send(params, {"idempotency_key": key})
        except NoContentError:
            return Answer(judge(200, NO_ID))
        except ResendError as error:
            return Answer(_verdict(error))
        provider_id = accepted.get("id") if isinstance(accepted, Mapping) else None
        if not isinstance(provider_id, str) or not provider_id:
            return Answer(judge(200, NO_ID))
        return Answer(judge(200), provider_id)


class Preview:
    """A `Mailer` without an account: nothing leaves."""

    def send(self, rendered: Mapping[str, Any], key: str) -> Answer:  # noqa: ARG002 - the port's shape
        sentence = "RESEND_API_KEY is not set: the mail is kept in the ledger and nothing leaves."
        return Answer(Verdict(Action.PREVIEW, sentence))


class _Connection(resend.HTTPClient):
    """The SDK's way to the network: connections stay open, and a mail's bytes never change.

    The ledger gives a stored body back with its keys in another order; sorted, it is the same bytes every time.
    """

    def __init__(self, timeout: float) -> None:
        self._pool = urllib3.PoolManager(
            timeout=timeout, retries=False, maxsize=AT_A_TIME, ca_certs=certifi.where()
        )

    def request(  # noqa: PLR0913, PLR0917 - the SDK's signature
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        json: dict[str, object] | list[object] | None = None,
        files: dict[str, Any] | None = None,  # noqa: ARG002 - no mail of ours has one
        data: dict[str, str] | None = None,  # noqa: ARG002 - nor a form
    ) -> tuple[bytes, int, Mapping[str, str]]:
        headers = {**headers, "Content-Type": "application/json"}
        answer = self._pool.request(method, url, headers=headers, body=_bytes(json))
        return answer.data, answer.status, {**answer.headers, _STATUS: str(answer.status)}


def _bytes(body: object) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()


def _verdict(error: ResendError) -> Verdict:
    status = error.headers.get(_STATUS)
    if status is None:
        return judge(None)
    if status.startswith("2"):
        return judge(int(status), NO_ID)
    return judge(int(status), _name(error), retry_after(error.headers))


def _name(error: ResendError) -> str:
    # Resend calls a wrong key a `validation_error`, with 400 or 401, and only its words tell (seen in 2026-09).
    return "invalid_api_key" if error.message == "API key is invalid" else str(error.error_type)
