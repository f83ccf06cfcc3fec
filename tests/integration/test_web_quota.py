"""Limits that the ledger keeps: signups of one address in a day, and of everybody in an hour."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from flows.settings import Settings
from services.web.rows import Signup, Stored, sealed
from services.web.store import Ledger as Store
from tests.conftest import Ledger
from tests.web_site import LINK_KEY, NOW, SIGNUP, running_site, website

#: Seconds from NOW until the next day and the next hour.
TO_MIDNIGHT, TO_THE_HOUR = str(14 * 3600 + 30 * 60), str(30 * 60)


class Watch:
    """A clock that is put forward by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def _post(site: httpx.Client, email: str, key: str | None = None) -> httpx.Response:
    body = website()
    body["parameters"]["email"] = email
    return site.post(SIGNUP, json=body, headers={"Idempotency-Key": key} if key else {})


def _statuses(site: httpx.Client, *emails: str) -> list[int]:
    return [_post(site, email).status_code for email in emails]


def _rows(ledger: Ledger, query: str) -> list[tuple[Any, ...]]:
    with ledger.connect("worker") as connection:
        return connection.execute(query).fetchall()


def test_an_address_is_signed_up_only_so_often_a_day_however_it_is_written(ledger: Ledger) -> None:
    with running_site(ledger, intake_per_address_per_day=3) as site:
        spellings = ["anna.smith@gmail.com", "AnnaSmith@gmail.com", "annasmith+x@googlemail.com"]
        assert _statuses(site, *spellings) == [201] * 3
        refused = _post(site, "a.nnasmith+again@gmail.com")
        assert _statuses(site, "somebody.else@gmail.com") == [201]
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, TO_MIDNIGHT)
    assert refused.json() == {"detail": "too many signups of this address today"}
    stored = _rows(ledger, "SELECT parameters->>'email' FROM signup ORDER BY created_at")
    assert {email for (email,) in stored} == {*spellings, "somebody.else@gmail.com"}


def test_the_next_day_an_address_may_be_signed_up_again(ledger: Ledger) -> None:
    watch = Watch()
    with running_site(ledger, watch, intake_per_address_per_day=1) as site:
        today = _statuses(site, "anna@example.com", "anna@example.com")
        watch.now += timedelta(seconds=int(TO_MIDNIGHT))
        assert [*today, *_statuses(site, "anna@example.com")] == [201, 429, 201]


def test_many_signups_of_an_address_at_once_are_no_more_than_its_share(ledger: Ledger) -> None:
    with running_site(ledger, intake_per_address_per_day=4) as site, ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(lambda n: _post(site, f"anna+{n}@example.com").status_code, range(20)))
    assert sorted(statuses) == [201] * 4 + [429] * 16


def test_an_address_has_its_share_over_restarts_and_several_processes(ledger: Ledger) -> None:
    with running_site(ledger, intake_per_address_per_day=2) as one:
        first = _statuses(one, "anna@example.com")
        with running_site(ledger, intake_per_address_per_day=2) as other:
            assert [*first, *_statuses(other, "anna@example.com")] == [201, 201]
    with running_site(ledger, intake_per_address_per_day=2) as again:
        assert _statuses(again, "anna@example.com") == [429]


def test_a_retry_is_answered_with_the_first_run_and_counts_once(ledger: Ledger) -> None:
    with running_site(ledger, intake_per_address_per_day=2) as site:
        answers = [_post(site, "anna@example.com", key) for key in ("a", "a", "b", "c", "a", "b")]
    assert [answer.status_code for answer in answers] == [201, 200, 201, 429, 200, 200]


def _add(
    ledger: Ledger, flows: Sequence[str], keys: Sequence[str | None] = (None, None, None)
) -> list[Stored | None]:
    """Signups of one person at the same moment, of whom a day takes two."""
    settings = Settings(ledger_host=ledger.host, ledger_user="web", intake_per_address_per_day=2)
    mailbox = sealed("anna@example.com", LINK_KEY)
    group = [
        Signup(uuid4(), flow, key, "a run", [], {}, mailbox, NOW)
        for flow, key in zip(flows, keys, strict=False)
    ]

    async def add() -> list[Stored | None]:
        store = Store(settings)
        async with store.opened():
            return await asyncio.gather(*map(store.add, group))

    return asyncio.run(add())


def test_an_address_has_one_share_for_all_flows(ledger: Ledger) -> None:
    answers = _add(ledger, ["christmas", "easter"]) + _add(ledger, ["summer"])
    assert [answer is not None for answer in answers] == [True, True, False]


def test_a_key_that_comes_twice_at_the_same_moment_counts_once(ledger: Ledger) -> None:
    _add(ledger, ["christmas"], ["before"])  # opens the connection; all that follow go in one statement
    ledger.empty()
    answers = _add(ledger, ["christmas"] * 3, ["a", "a", "b"])
    assert sorted(answer is not None and answer.new for answer in answers[:2]) == [False, True]
    assert answers[2] is not None


def test_web_counts_addresses_and_reads_none(ledger: Ledger) -> None:
    with ledger.connect("web") as connection:
        assert connection.execute("SELECT signups_of('x', now())").fetchone() == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT mailbox FROM signup")


def test_a_full_hour_refuses_the_rest_and_the_operator_hears_it_once(
    ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    watch = Watch()
    with running_site(ledger, watch, intake_per_hour_total=2) as site:
        before = _statuses(site, "a@example.com", "b@example.com")
        refused = [_post(site, "c@example.com") for _ in range(3)]
        watch.now += timedelta(seconds=int(TO_THE_HOUR))
        after = _statuses(site, "c@example.com")
    assert (before, after) == ([201, 201], [201])
    assert [(r.status_code, r.headers["Retry-After"]) for r in refused] == [(429, TO_THE_HOUR)] * 3
    [alert] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert alert.getMessage().startswith("the hour from 2026-12-01 09:00 UTC has its 2 signups")
    assert _rows(ledger, "SELECT taken, most FROM intake_hour ORDER BY hour") == [(2, 2), (1, 2)]


def test_an_hour_is_counted_over_restarts_and_several_processes(ledger: Ledger) -> None:
    with running_site(ledger, intake_per_hour_total=2) as one:
        assert _statuses(one, "a@example.com") == [201]
    with running_site(ledger, intake_per_hour_total=2) as again:
        assert _statuses(again, "b@example.com", "c@example.com") == [201, 429]


def test_what_is_refused_or_repeated_takes_nothing_from_the_hour(ledger: Ledger) -> None:
    with running_site(ledger, intake_per_address_per_day=1) as site:
        for key in ("a", "a", "b"):
            _post(site, "anna@example.com", key)
    assert _rows(ledger, "SELECT taken FROM intake_hour") == [(1,)]
