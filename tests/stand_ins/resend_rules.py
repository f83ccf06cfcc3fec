"""What Resend refuses, and how; resend.com/docs/api-reference/errors, as of 2026-11."""

from __future__ import annotations

import json
import re
from typing import Any

from starlette.responses import JSONResponse, Response

_ADDRESS = re.compile(r"(?:[^<>@]*<[^<>@\s]+@[^<>@\s]+\.[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+\.[^<>@\s]+)")
_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")


class RefusedError(Exception):
    """An error of Resend's: its status, name and message."""

    def __init__(self, status: int, name: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"statusCode": status, "name": name, "message": message}

    @property
    def answer(self) -> Response:
        return JSONResponse(self.body, self.status)


def check_login(authorization: str) -> None:
    if not authorization.startswith("Bearer "):
        raise RefusedError(401, "missing_api_key", "Missing API key in the authorization header.")
    if not authorization.startswith("Bearer re_"):
        raise RefusedError(401, "validation_error", "API key is invalid")


def check_key(key: str | None) -> None:
    if key is not None and not 1 <= len(key) <= 256:
        raise RefusedError(400, "invalid_idempotency_key", "The key must be between 1-256 chars.")


def check_mail(raw: bytes) -> dict[str, Any]:
    """The mail, if Resend would take it."""
    try:
        body = json.loads(raw)
    except ValueError:
        raise RefusedError(400, "validation_error", "The body is not JSON.") from None
    if missing := [name for name in ("from", "to", "subject") if not body.get(name)]:
        raise RefusedError(422, "missing_required_field", f"Missing `{missing[0]}` field.")
    if not body.get("html") and not body.get("text"):
        raise RefusedError(422, "missing_required_field", "Missing `html` or `text` field.")
    _check_people(body)
    for tag in body.get("tags", []):
        if not all(_TAG.fullmatch(str(tag.get(part, ""))) for part in ("name", "value")):
            raise RefusedError(422, "validation_error", "Tags may hold ASCII letters, numbers, _ and -.")
    return dict(body)


def _check_people(body: dict[str, Any]) -> None:
    to = [body["to"]] if isinstance(body["to"], str) else body["to"]
    if not _ADDRESS.fullmatch(str(body["from"])):
        raise RefusedError(422, "invalid_from_address", "Invalid `from` field.")
    if len(to) > 50 or not all(_ADDRESS.fullmatch(str(address)) for address in to):
        raise RefusedError(422, "validation_error", "Invalid `to` field.")
