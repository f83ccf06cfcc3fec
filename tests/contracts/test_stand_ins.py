"""The stand-ins refuse what the true services refuse, and remember what they remember. Nothing here is judged."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.stand_ins.notion import DATA_SOURCE_ID, DATABASE_ID
from tests.stand_ins.servers import notion_server, resend_server

MAIL = {"from": "a@a.example", "to": ["b@b.example"], "subject": "s", "html": "h", "text": "t"}
DAY = 24 * 3600


@pytest.fixture(scope="module")
def resend() -> Iterator[httpx.Client]:
    with resend_server() as server, httpx.Client(base_url=server.url) as client:
        client.headers["Authorization"] = "Bearer re_test"
        yield client


@pytest.fixture(scope="module")
def notion() -> Iterator[httpx.Client]:
    with notion_server() as server, httpx.Client(base_url=server.url) as client:
        client.headers.update({"Authorization": "Bearer ntn_test", "Notion-Version": "2026-03-11"})
        yield client


def post(resend: httpx.Client, key: str, **changes: Any) -> httpx.Response:
    return resend.post("/emails", json={**MAIL, **changes}, headers={"Idempotency-Key": key})


def test_resend_gives_one_id_to_one_key_and_forgets_the_key_after_a_day(resend: httpx.Client) -> None:
    first = post(resend, "day").json()["id"]
    resend.post("/_clock", json={"forward": DAY - 60})
    within = post(resend, "day").json()["id"]
    resend.post("/_clock", json={"forward": 120})
    after = post(resend, "day").json()["id"]

    assert first == within != after
    assert [mail["id"] for mail in resend.get("/_sent").json()] == [first, after]


@pytest.mark.parametrize(("changes", "status", "name"), [
    ({"from": ""}, 422, "missing_required_field"),
    ({"from": "nobody"}, 422, "invalid_from_address"),
    ({"to": ["b@b.example"] * 51}, 422, "validation_error"),
    ({"to": ["b b@b.example"]}, 422, "validation_error"),
    ({"html": "", "text": ""}, 422, "missing_required_field"),
    ({"tags": [{"name": "step", "value": "größer"}]}, 422, "validation_error"),
])  # fmt: skip
def test_resend_refuses_a_bad_mail(
    resend: httpx.Client, changes: dict[str, Any], status: int, name: str
) -> None:
    answer = post(resend, f"bad {name}", **changes)

    assert (answer.status_code, answer.json()["name"]) == (status, name)


def test_resend_refuses_a_long_key_and_another_mail_under_a_known_one(resend: httpx.Client) -> None:
    post(resend, "known")

    assert post(resend, "k" * 257).json()["name"] == "invalid_idempotency_key"
    assert post(resend, "known", subject="other").json()["name"] == "invalid_idempotent_request"


@pytest.mark.parametrize(
    ("login", "message"), [("Basic x", "Missing API key"), ("Bearer x", "API key is invalid")]
)
def test_resend_refuses_who_has_no_key(resend: httpx.Client, login: str, message: str) -> None:
    answer = resend.post("/emails", json=MAIL, headers={"Authorization": login})

    assert (answer.status_code, message in answer.json()["message"]) == (401, True)


def test_a_script_sent_over_http_is_played_and_the_requests_are_told(resend: httpx.Client) -> None:
    resend.post("/_script", json=[{"status": 503, "body": {"name": "x"}, "headers": {"Retry-After": "9"}}])

    answer = post(resend, "scripted")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "9")
    assert resend.get("/_requests").json()[-1]["headers"]["idempotency-key"] == "scripted"


def page(**properties: Any) -> dict[str, Any]:
    return {"parent": {"data_source_id": DATA_SOURCE_ID}, "properties": properties}


@pytest.mark.parametrize(("method", "path", "body", "message"), [
    ("POST", "pages", page(Nmae={"title": []}), "Nmae is not a property that exists."),
    ("POST", "pages", page(Score={"rich_text": []}), "Score is expected to be number."),
    ("POST", "pages", page(Email={"email": ""}), "not a valid email"),
    ("POST", "pages", page(Segment={"select": {"name": "a,b"}}), "not a valid select"),
    ("POST", "pages", page(Name={"title": [{"text": {"content": "x" * 2001}}]}), "not a valid title"),
    ("POST", "pages", {**page(), "archived": False}, "archived should be not present"),
    ("POST", "pages", {"parent": {"database_id": DATABASE_ID}}, "data_source_id should be defined"),
    ("POST", f"data_sources/{DATA_SOURCE_ID}/query", {"page_size": 500}, "page_size"),
    ("POST", f"data_sources/{DATA_SOURCE_ID}/query", {"filter": {"property": "Email", "rich_text": {}}}, "filter"),
    ("POST", f"data_sources/{DATA_SOURCE_ID}/query", {"filter": {"property": "E", "email": {}}}, "Could not find"),
])  # fmt: skip
def test_notion_refuses_what_does_not_fit_the_database(
    notion: httpx.Client, method: str, path: str, body: dict[str, Any], message: str
) -> None:
    answer = notion.request(method, f"/v1/{path}", json=body)

    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")
    assert message in answer.json()["message"]


def test_notion_edits_no_page_in_the_trash_and_finds_none_there(notion: httpx.Client) -> None:
    key = {"property": "Contact key", "rich_text": {"equals": "k"}}
    made = notion.post(
        "/v1/pages", json=page(**{"Contact key": {"rich_text": [{"text": {"content": "k"}}]}})
    ).json()
    found = notion.post(f"/v1/data_sources/{DATA_SOURCE_ID}/query", json={"filter": key}).json()
    notion.patch(f"/v1/pages/{made['id']}", json={"in_trash": True})

    assert [result["id"] for result in found["results"]] == [made["id"]]
    assert (
        notion.post(f"/v1/data_sources/{DATA_SOURCE_ID}/query", json={"filter": key}).json()["results"] == []
    )
    assert notion.patch(f"/v1/pages/{made['id']}", json=page()["properties"]).status_code == 400


def test_a_stand_in_runs_as_a_process() -> None:
    ports = {"resend": _free_port(), "notion": _free_port()}
    running = [
        subprocess.Popen([sys.executable, "-m", f"tests.stand_ins.{name}", "--port", str(port)])
        for name, port in ports.items()
    ]
    try:
        assert [_answer(f"http://127.0.0.1:{port}/_requests") for port in ports.values()] == [[], []]
    finally:
        for process in running:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _answer(url: str) -> Any:
    """What the address answers as soon as it does, within ten seconds."""
    deadline = time.monotonic() + 10
    with httpx.Client() as client:
        while True:
            try:
                return client.get(url).json()
            except httpx.ConnectError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
