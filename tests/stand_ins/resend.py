"""Resend as far as sending goes: `POST /emails` with idempotency keys that are forgotten after 24 hours.

Domains, webhooks and contacts stand in resend_account.py. Beside it, for tests: `GET /_sent` (every accepted mail), `GET /_sent/count`, `GET /_requests`, `POST /_script` (see script.py) and
`POST /_clock` with `{"forward": seconds}`. Any key `re_…` is a good one. What it refuses
stands in resend_rules.py.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.stand_ins.resend_account import ROUTES as ACCOUNT
from tests.stand_ins.resend_account import Account
from tests.stand_ins.resend_rules import RefusedError, check_key, check_login, check_mail
from tests.stand_ins.script import Script
from tests.stand_ins.serving import serve

KEYS_LAST = timedelta(hours=24)


class Mailbox:
    """What the stand-in knows: accepted mails, keys in use, keys under way."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._forward = timedelta(0)
        self._keys: dict[str, dict[str, Any]] = {}
        self._under_way: set[str] = set()
        self.sent: list[dict[str, Any]] = []
        self.script = Script()
        self.account = Account()

    @property
    def now(self) -> datetime:
        return self._clock() + self._forward

    def pass_time(self, seconds: float) -> None:
        self._forward += timedelta(seconds=seconds)

    def forget(self) -> None:
        """Be as new."""
        self._forward = timedelta(0)
        self._keys.clear()
        self._under_way.clear()
        self.sent.clear()
        self.script.forget()
        self.account = Account()

    async def post(self, request: Request) -> Response:
        """`POST /emails`. A key is under way until its answer has left, however long a fault delays it."""
        key, raw = request.headers.get("idempotency-key"), await request.body()
        if key in self._under_way:
            busy = RefusedError(
                409, "concurrent_idempotent_requests", "Original request is still in progress."
            )
            return await self.script.play(request, lambda: busy.answer)
        self._under_way |= {key} if key else set()
        try:
            return await self.script.play(request, lambda: self._accept(request, key, raw))
        finally:
            self._under_way.discard(key or "")

    def _accept(self, request: Request, key: str | None, raw: bytes) -> Response:
        try:
            check_login(request.headers.get("authorization", ""))
            check_key(key)
            body = check_mail(raw)
            return JSONResponse({"id": self._known(key, body) or self._send(key, body)})
        except RefusedError as error:
            return error.answer

    def _known(self, key: str | None, body: dict[str, Any]) -> str | None:
        """The id that the key's mail got before, if Resend has not forgotten it."""
        known = self._keys.get(key or "")
        if known is None or self.now - known["at"] >= KEYS_LAST:
            return None
        if known["body"] != body:
            raise RefusedError(409, "invalid_idempotent_request", "Same key used with a different payload.")
        return str(known["id"])

    def _send(self, key: str | None, body: dict[str, Any]) -> str:
        mail = {"id": str(uuid4()), "key": key, "at": self.now, "body": body}
        self.sent.append(mail)
        if key:
            self._keys[key] = mail
        return str(mail["id"])


def account_routes(mailbox: Mailbox) -> list[Route]:
    """The account's own routes; a key `re_sending…` may send and nothing else."""

    def route(path: str, method: str, work: str) -> Route:
        async def endpoint(request: Request) -> Response:
            await request.body()
            act = partial(mailbox.account.answer, work, request)
            return await mailbox.script.play(request, act)

        return Route(path, endpoint, methods=[method])

    return [route(path, method, work) for path, method, work in ACCOUNT]


def make_app(clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Starlette:
    """The stand-in. Its `Mailbox` is `app.state.mailbox`."""
    mailbox = Mailbox(clock)

    async def sent(_: Request) -> Response:
        return JSONResponse([{**mail, "at": mail["at"].isoformat()} for mail in mailbox.sent])

    async def count(_: Request) -> Response:
        return JSONResponse(len(mailbox.sent))

    async def forward(request: Request) -> Response:
        mailbox.pass_time((await request.json())["forward"])
        return Response(status_code=204)

    app = Starlette(routes=[
        Route("/emails", mailbox.post, methods=["POST"]),
        *account_routes(mailbox),
        Route("/_sent", sent, methods=["GET"]),
        Route("/_sent/count", count, methods=["GET"]),
        Route("/_clock", forward, methods=["POST"]),
        *mailbox.script.routes(),
    ])  # fmt: skip
    app.state.mailbox, app.state.title = mailbox, __doc__
    return app


if __name__ == "__main__":
    serve(make_app())
