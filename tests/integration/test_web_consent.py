"""What the person agreed to comes with the signup, and is stored with it, word for word."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from flows.adapters.campaign_files import read_campaigns
from tests.conftest import Ledger
from tests.web_site import SIGNUP, website

WORDS = read_campaigns()["christmas"].consent.wordings["2026-11"]  # type: ignore[union-attr]


def body(**consent: Any) -> dict[str, Any]:
    made = website("message_14_parameters")
    made["parameters"] |= consent
    return made


def stored(ledger: Ledger) -> list[tuple[Any, ...]]:
    with ledger.connect("worker") as connection:
        return connection.execute("SELECT parameters, consent FROM signup").fetchall()


def test_the_wording_its_words_the_page_and_the_websites_time_are_stored_beside_the_parameters(
    site: httpx.Client, ledger: Ledger
) -> None:
    sent = body(
        consent="2026-11", consent_at="2026-12-01T09:29:58Z", consent_page="https://galatek.dev/check?x=1"
    )
    assert site.post(SIGNUP, json=sent, headers={"Origin": "https://galatek.dev"}).status_code == 201
    assert stored(ledger) == [(
        website("message_14_parameters")["parameters"],
        {"wording": "2026-11", "words": WORDS, "told_at": "2026-12-01T09:29:58+00:00",
         "page": "https://galatek.dev/check", "origin": "https://galatek.dev"},
    )]  # fmt: skip


@pytest.mark.parametrize("origin", [None, "null", "https://galatek.dev/x y", "x" * 300])
def test_an_origin_that_is_none_is_left_out(site: httpx.Client, ledger: Ledger, origin: str | None) -> None:
    site.post(SIGNUP, json=body(consent="2026-11"), headers={"Origin": origin} if origin else {})
    assert stored(ledger)[0][1] == {"wording": "2026-11", "words": WORDS}


def test_of_the_callers_address_nothing_is_kept(site: httpx.Client, ledger: Ledger) -> None:
    site.post(SIGNUP, json=body(consent="2026-11"), headers={"X-Forwarded-For": "203.0.113.7"})
    with ledger.connect("postgres") as connection:
        [(row,)] = connection.execute("SELECT to_json(s)::text FROM signup s").fetchall()
    assert "127.0.0" not in row
    assert "203.0.113" not in row


def test_the_body_of_today_stays_valid_and_stores_no_consent(site: httpx.Client, ledger: Ledger) -> None:
    assert site.post(SIGNUP, json=website("message_14_parameters")).status_code == 201
    assert stored(ledger)[0][1] is None


def test_an_unknown_wording_is_refused_with_those_that_are_known(site: httpx.Client, ledger: Ledger) -> None:
    answer = site.post(SIGNUP, json=body(consent="2025-01", email="nobody"))
    assert answer.status_code == 422
    found = {tuple(problem["loc"]): problem["msg"] for problem in answer.json()["detail"]}
    assert found.keys() == {("parameters", "email"), ("parameters", "consent")}
    assert found["parameters", "consent"].endswith("one of: 2026-11")
    assert "2025-01" not in answer.text
    assert stored(ledger) == []


def test_another_consent_under_the_same_key_is_another_request(site: httpx.Client) -> None:
    key = {"Idempotency-Key": "a"}
    first = site.post(SIGNUP, json=body(consent="2026-11"), headers=key)
    same = site.post(SIGNUP, json=body(consent="2026-11"), headers=key)
    other = site.post(SIGNUP, json=body(), headers=key)
    assert (first.json() == same.json(), other.json()["parameters"]) == (True, {})
