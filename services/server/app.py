"""Prefect's own server with one login, the ids that the website knows, and the handover of signups."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta

import asyncpg
import uvicorn
from fastapi import FastAPI
from prefect.server.api.server import create_app
from prefect.settings import PREFECT_SERVER_API_AUTH_STRING
from starlette.types import ASGIApp

from flows import settings
from flows.adapters.campaign_files import read_campaigns
from flows.domain.identity import MIRROR, SEND_DUE
from services.server import claim, identities, public_api
from services.server.login import Login
from services.server.watch import watch

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def build(found: settings.Settings) -> ASGIApp:
    """The ASGI application; its lifespan starts Prefect's services and ours.

    Raises:
        WrongSetting: Prefect's server-side auth is off, so anybody could use it.
    """
    credentials = PREFECT_SERVER_API_AUTH_STRING.value()
    if not credentials:
        raise settings.WrongSetting(
            "PREFECT_SERVER_API_AUTH_STRING is not set: nobody may start without a login"
        )
    app = create_app(final=True)
    app.router.lifespan_context = _lifespan(app, found)
    app.router.routes[:0] = [claim.ROUTE, public_api.ROUTE]
    return Login(app, credentials)


def _lifespan(app: FastAPI, found: settings.Settings) -> Lifespan:
    prefect_lifespan = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with prefect_lifespan(app):
            await identities.ensure([c.flow for c in read_campaigns().values()] + [SEND_DUE, MIRROR])
            watching = asyncio.create_task(
                watch(lambda: connect(found), timedelta(days=found.answers_keep_days))
            )
            yield
            watching.cancel()

    return lifespan


async def connect(found: settings.Settings) -> asyncpg.Connection:
    """A connection to the ledger as the role that may hand signups over."""
    password = found.ledger_password.get_secret_value() if found.ledger_password else None
    return await asyncpg.connect(
        host=found.ledger_host, port=found.ledger_port, database=found.ledger_name,
        user=found.ledger_user, password=password, timeout=5, command_timeout=30,
    )  # fmt: skip


def main() -> None:
    options = argparse.ArgumentParser(prog="server", description=__doc__)
    options.add_argument("--host", default="0.0.0.0")  # noqa: S104 (inside its container)
    options.add_argument("--port", type=int, default=4200)
    chosen = options.parse_args()
    try:
        app = build(settings.load())
    except ValueError as error:
        options.exit(2, f"{error}\n")
    uvicorn.run(
        app, host=chosen.host, port=chosen.port, log_level="warning",
        timeout_keep_alive=65, timeout_graceful_shutdown=3, proxy_headers=False,
    )  # fmt: skip
