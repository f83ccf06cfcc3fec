"""One login for everything that Prefect's server offers: its UI, its API, its documentation.

Stock Prefect serves the UI and its settings to anybody and asks for the password on a page of its own,
once more than the browser does. Here the browser's own prompt is the only one: the credentials that it
sends with every request are the ones that Prefect's server-side auth expects.
"""

from __future__ import annotations

import base64
import hmac

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: What the UI asks for first: with `auth` null it shows no login card of its own.
UI_SETTINGS = {
    "api_url": "/api",
    "csrf_enabled": False,
    "auth": None,
    "flags": [],
    "default_ui": "v2",
    "available_uis": ["v2"],
    "v1_base_url": None,
    "v2_base_url": "/v2",
}

# Even with analytics off the UI calls an analytics host; the policy stops it and the UI works. The graph of a
# run is drawn by a library that makes code from strings: without 'unsafe-eval' it stays empty.
_POLICY = (
    "default-src 'self'; connect-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
    "font-src 'self' data:; worker-src 'self' blob:; script-src 'self' 'unsafe-eval'; frame-ancestors 'none'; "
    "base-uri 'self'; form-action 'self'"
)


class Login:
    """Lets a request through that carries the operator's credentials, and answers 401 to the rest.

    Websockets pass: browsers are not given any, and Prefect asks its own clients for the same
    credentials in the first message.

    Args:
        credentials: `user:password`, the value of `PREFECT_SERVER_API_AUTH_STRING`.
    """

    def __init__(self, app: ASGIApp, credentials: str) -> None:
        self._app = app
        self._expected = base64.b64encode(credentials.encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif not self._is_operator(Headers(scope=scope)):
            await _CHALLENGE(scope, receive, send)
        elif scope["path"] == "/ui-settings":
            await JSONResponse(UI_SETTINGS)(scope, receive, send)
        else:
            await self._app(scope, receive, _with_policy(send))

    def _is_operator(self, headers: Headers) -> bool:
        scheme, _, credentials = headers.get("authorization", "").partition(" ")
        return scheme.lower() == "basic" and hmac.compare_digest(credentials.strip().encode(), self._expected)


_CHALLENGE = PlainTextResponse(
    "This is the operator's. The user is `operator`; `make password` prints the password.\n",
    status_code=401,
    headers={"WWW-Authenticate": 'Basic realm="campaigns", charset="UTF-8"'},
)


def _with_policy(send: Send) -> Send:
    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start" and not _has_policy(message):
            message["headers"] = [*message["headers"], (b"content-security-policy", _POLICY.encode())]
        await send(message)

    return wrapped


def _has_policy(message: Message) -> bool:
    """Our own pages bring a stricter one."""
    return any(name.lower() == b"content-security-policy" for name, _ in message["headers"])
