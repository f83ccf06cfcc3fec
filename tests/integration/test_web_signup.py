"""`POST /api/flow_runs/` against a real ledger: what the website sends is stored, once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import httpx
import pytest

from flows.domain.identity import deployment_id, flow_id
from tests.conftest import Ledger
from tests.web_site import SIGNUP, running_site, website

FLOW = "christmas-signup-handler"
CREATED = "2026-12-01T09:30:00Z"


def _signups(ledger: Ledger) -> list[tuple[Any, ...]]:
    with ledger.connect("server") as connection:
        return connection.execute("SELECT id, flow, name, tags, parameters FROM signup").fetchall()


@pytest.mark.parametrize("path", ["/api/flow_runs/", "/api/flow_runs"])
@pytest.mark.parametrize(
    "body", ["scheduled_8_parameters", "message_14_parameters", "without_state", "javascript_13_parameters"]
)
def test_each_body_of_the_website_is_stored(site: httpx.Client, ledger: Ledger, body: str, path: str) -> None:
    answer = site.post(path, json=website(body))
    assert answer.status_code == 201
    [(stored_id, flow, name, tags, parameters)] = _signups(ledger)
    assert (str(stored_id), name) == (answer.json()["id"], answer.json()["name"])
    assert (flow, tags, parameters) == (FLOW, [], website(body)["parameters"])


def test_the_answer_has_the_fields_of_prefects_flow_run(site: httpx.Client) -> None:
    answer = site.post(
        SIGNUP, json=website() | {"tags": ["website"]}, headers={"Idempotency-Key": "a"}
    ).json()
    assert UUID(answer.pop("id")).version == 4
    assert answer == {
        "created": CREATED,
        "updated": CREATED,
        "name": "christmas-signup-2026-12-01",
        "flow_id": str(flow_id(FLOW)),
        "deployment_id": str(deployment_id(FLOW)),
        "parameters": website()["parameters"],
        "state": {"type": "SCHEDULED", "name": "Scheduled", "timestamp": CREATED, "message": None},
        "state_type": "SCHEDULED",
        "state_name": "Scheduled",
        "tags": ["website"],
        "idempotency_key": "a",
    }


def test_no_persons_data_gets_into_the_name(site: httpx.Client, ledger: Ledger) -> None:
    site.post(SIGNUP, json=website("message_14_parameters"))
    assert _signups(ledger)[0][2].startswith(f"{FLOW}-")


def test_a_repeated_key_answers_with_the_first_run(site: httpx.Client, ledger: Ledger) -> None:
    body = website() | {"tags": ["first"], "idempotency_key": "lead-1"}
    first = site.post(SIGNUP, json=body)
    again = site.post(SIGNUP, json=body | {"name": "another", "tags": []})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert len(_signups(ledger)) == 1


def test_somebody_elses_key_shows_nothing_of_their_signup(site: httpx.Client) -> None:
    site.post(SIGNUP, json=website(), headers={"Idempotency-Key": "a"})
    stranger = site.post(SIGNUP, json=website("without_state"), headers={"Idempotency-Key": "a"})
    assert stranger.status_code == 200
    assert stranger.json()["parameters"] == {}
    assert "maria" not in stranger.text.lower()


def test_a_null_is_the_same_as_an_absent_parameter(site: httpx.Client) -> None:
    body = website() | {"idempotency_key": "a"}
    site.post(SIGNUP, json=body)
    body["parameters"]["gps_score"] = None
    assert site.post(SIGNUP, json=body).json()["parameters"] == website()["parameters"]


def test_without_a_key_each_post_is_a_run(site: httpx.Client, ledger: Ledger) -> None:
    assert [site.post(SIGNUP, json=website()).status_code for _ in range(2)] == [201, 201]
    assert len(_signups(ledger)) == 2


def test_a_key_used_by_many_at_the_same_moment_makes_one_run(site: httpx.Client, ledger: Ledger) -> None:
    def post(number: int) -> httpx.Response:
        return site.post(SIGNUP, json=website(), headers={"Idempotency-Key": f"key-{number % 5}"})

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(post, range(100)))
    assert sorted(answer.status_code for answer in answers) == [200] * 95 + [201] * 5
    assert {answer.json()["id"] for answer in answers} == {str(row[0]) for row in _signups(ledger)}


def test_two_processes_with_the_same_keys_do_not_block_each_other(site: httpx.Client, ledger: Ledger) -> None:
    with running_site(ledger, intake_per_minute=1000) as other, ThreadPoolExecutor(16) as pool:

        def post(number: int) -> int:
            client, key = (site, number % 40) if number % 2 else (other, 39 - number % 40)
            return client.post(SIGNUP, json=website(), headers={"Idempotency-Key": str(key)}).status_code

        statuses = list(pool.map(post, range(200)))
    assert sorted(set(statuses)) == [200, 201]
    assert len(_signups(ledger)) == statuses.count(201) == 20


def test_a_value_that_postgres_cannot_keep_is_the_callers_error(site: httpx.Client, ledger: Ledger) -> None:
    body = website() | {"name": "fine"}
    body["parameters"]["first_name"] = "Ma\x00ria"
    assert site.post(SIGNUP, json=body).status_code == 422
    assert _signups(ledger) == []
