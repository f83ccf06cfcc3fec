"""Prefect's own server with one login, the ids that the website knows, and the handover of signups."""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta

import asyncpg
from fastapi import FastAPI
from prefect.server.api.server import create_app
from prefect.server.database import provide_database_interface
from prefect.settings import PREFECT_SERVER_API_AUTH_STRING
from starlette.types import ASGIApp

from flows import settings
from flows.adapters.campaign_files import read_campaigns
from flows.adapters.postgres import LedgerError
from flows.domain.identity import OUR_FLOWS
from services.collector import look_less
from services.server import board, claim, figures, identities, public_api
from services.server.lean import idle_quietly
from services.server.login import Login
from services.server.reading import Reader
from services.server.shared import Shared
from services.server.watch import watch
from services.serving import serve

#: How long one reading of the figures serves whoever asks.
KEEP = timedelta(seconds=10)

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
    if found.worker != "stock":
        idle_quietly()
    app = create_app(final=True)
    campaigns = read_campaigns().values()
    reader = Reader(found, {campaign.flow: campaign.name for campaign in campaigns})
    shared = Shared(reader.read, _utc_now, KEEP, LedgerError)
    app.router.lifespan_context = _lifespan(app, found, [c.flow for c in campaigns], shared.get)
    ours = figures.routes(shared.get, found.timezone, _utc_now)
    app.router.routes[:0] = [claim.ROUTE, public_api.ROUTE, *ours]
    return Login(app, credentials)


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _lifespan(app: FastAPI, found: settings.Settings, flows: list[str], read: figures.Read) -> Lifespan:
    prefect_lifespan = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with prefect_lifespan(app):
            await identities.ensure([*flows, *OUR_FLOWS])
            watching = asyncio.create_task(
                watch(lambda: connect(found), timedelta(days=found.answers_keep_days))
            )
            showing = asyncio.create_task(board.keep_current(read))
            look_less()
            yield
            watching.cancel()
            showing.cancel()

    return lifespan


async def connect(found: settings.Settings) -> asyncpg.Connection:
    """A connection to the ledger as the role that may hand signups over."""
    password = found.ledger_password.get_secret_value() if found.ledger_password else None
    return await asyncpg.connect(
        host=found.ledger_host, port=found.ledger_port, database=found.ledger_name,
        user=found.ledger_user, password=password, timeout=5, command_timeout=30,
    )  # fmt: skip


def _migrated() -> bool:
    """Whether Prefect's tables are as this version needs them. In a process that ends: what migrating imports would
    stay in the server, 8 MB of it.
    """
    migrating = multiprocessing.get_context("fork").Process(target=_migrate)
    migrating.start()
    migrating.join()
    return migrating.exitcode == 0


def _migrate() -> None:
    asyncio.run(provide_database_interface().create_db())


def main() -> None:
    options = argparse.ArgumentParser(prog="server", description=__doc__)
    options.add_argument("--host", default="0.0.0.0")  # noqa: S104 (inside its container)
    options.add_argument("--port", type=int, default=4200)
    chosen = options.parse_args()
    try:
        app = build(settings.load())
    except ValueError as error:
        options.exit(2, f"{error}\n")
    if not _migrated():
        options.exit(1, "Prefect's database could not be brought up to date; the reason stands above.\n")
    serve(
        app, host=chosen.host, port=chosen.port, log_level="warning",
        timeout_keep_alive=65, timeout_graceful_shutdown=3, proxy_headers=False,
    )  # fmt: skip
