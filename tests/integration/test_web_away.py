"""While Postgres is away the public service says so at once, loses nothing it answered, and comes back by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from flows.domain import link
from flows.settings import Settings
from services.web.choice import ALL
from services.web.errors import Away
from services.web.store import Ledger as Store
from tests.conftest import Ledger
from tests.web_site import LINK_KEY, NOW, SIGNUP, running_site, website

TOKEN = link.sign(LINK_KEY, uuid4())


class Door:
    """The way to the ledger, which can be shut and opened."""

    def __init__(self, path: Path, ledger: Ledger) -> None:
        self.path, self.ledger = path, ledger

    def open(self) -> None:
        self.path.symlink_to(self.ledger.host)

    def shut(self) -> None:
        self.path.unlink()
        with self.ledger.connect("postgres") as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'web'")


@pytest.fixture
def door(ledger: Ledger, tmp_path: Path) -> Door:
    return Door(tmp_path / "socket", ledger)


@pytest.fixture
def site(ledger: Ledger, door: Door) -> Iterator[httpx.Client]:
    with running_site(ledger, ledger_host=str(door.path)) as client:
        yield client


Request = Callable[[httpx.Client], httpx.Response]
REQUESTS: list[Request] = [
    lambda site: site.post(SIGNUP, json=website()),
    lambda site: site.get("/healthz"),
    lambda site: site.post(f"/unsubscribe/{TOKEN}"),
]


@pytest.mark.parametrize("request_", REQUESTS)
def test_it_starts_without_postgres_and_finds_it_later(
    site: httpx.Client, door: Door, request_: Request
) -> None:
    away = request_(site)
    door.open()
    assert (away.status_code, away.headers["Retry-After"]) == (503, "5")
    assert request_(site).is_success


@pytest.mark.parametrize("request_", REQUESTS)
def test_it_survives_that_postgres_goes_and_comes(site: httpx.Client, door: Door, request_: Request) -> None:
    door.open()
    before = request_(site)
    door.shut()
    away = request_(site)
    door.open()
    assert [before.is_success, away.status_code, request_(site).is_success] == [True, 503, True]


def test_a_person_reads_that_nothing_was_stopped_yet(site: httpx.Client) -> None:
    assert "the mails are not stopped" in site.post(f"/unsubscribe/{TOKEN}").text


def test_a_retry_with_the_same_key_is_stored_once(site: httpx.Client, door: Door, ledger: Ledger) -> None:
    body = website() | {"idempotency_key": "lead-1"}
    refused = site.post(SIGNUP, json=body)
    door.open()
    assert [refused.status_code, *(site.post(SIGNUP, json=body).status_code for _ in range(2))] == [
        503,
        201,
        200,
    ]


def test_a_ledger_that_may_only_be_read_is_away(ledger: Ledger) -> None:
    with ledger.connect("postgres") as connection:
        connection.execute("ALTER ROLE web SET default_transaction_read_only = on")
        try:
            with running_site(ledger) as site:
                assert site.post(SIGNUP, json=website()).status_code == 503
        finally:
            connection.execute("ALTER ROLE web RESET default_transaction_read_only")


def test_a_ledger_that_hangs_is_away(ledger: Ledger) -> None:
    settings = Settings(ledger_host=ledger.host, ledger_user="web")

    async def stop_somebody() -> None:
        store = Store(settings, patience=0.2)
        async with store.opened():
            await store.choose(uuid4(), ALL, NOW)

    with ledger.connect("migrate") as connection, connection.transaction():
        connection.execute("LOCK TABLE contact")
        with pytest.raises(Away, match="TimeoutError"):
            asyncio.run(stop_somebody())
