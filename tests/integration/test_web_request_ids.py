"""Each answer has an id by which its line in the log is found."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from uuid import UUID

import httpx
import pytest

from tests.conftest import Ledger
from tests.web_site import SIGNUP, running_site, website


@pytest.fixture(scope="module")
def site(postgres: Ledger) -> Iterator[httpx.Client]:
    with running_site(postgres, intake_per_minute=1000) as client:
        yield client


def test_an_id_that_caddy_made_is_answered_and_logged(
    site: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "campaigns.web")
    given = {"X-Request-Id": "0d9f2c1e-7a4b-4c55-9a3e-1f2e3d4c5b6a"}
    refused, taken = (
        site.post(SIGNUP, json={}, headers=given),
        site.post(SIGNUP, json=website(), headers=given),
    )
    assert {refused.headers["X-Request-Id"], taken.headers["X-Request-Id"]} == {given["X-Request-Id"]}
    assert caplog.text.count(given["X-Request-Id"]) == 1


@pytest.mark.parametrize(
    "forged", ["x", "maria@example.com", "0" * 32, "0D9F2C1E-7A4B-4C55-9A3E-1F2E3D4C5B6A", ""]
)
def test_an_id_of_another_kind_is_replaced(
    site: httpx.Client, caplog: pytest.LogCaptureFixture, forged: str
) -> None:
    caplog.set_level(logging.INFO, "campaigns.web")
    answer = site.post(SIGNUP, json={}, headers={"X-Request-Id": forged})
    assert UUID(answer.headers["X-Request-Id"]).version == 4
    assert answer.headers["X-Request-Id"] != forged
    assert f"request={forged}\n" not in caplog.text


@pytest.mark.parametrize("path", ["/nowhere", "/unsubscribe/x", "/events/resend", SIGNUP])
def test_every_answer_has_an_id(site: httpx.Client, path: str) -> None:
    assert UUID(site.post(path, json={}).headers["X-Request-Id"]).version == 4
