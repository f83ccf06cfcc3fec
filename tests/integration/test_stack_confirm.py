"""A double opt-in through the whole stack: signup, the mail that asks, the click, and mail 1 right after it."""

from __future__ import annotations

import re
import time
from typing import Any

import httpx

from flows.domain.identity import flow_id
from tests.world import World, somebody, until

RUNS = (
    "SELECT tags, state_type::text FROM flow_run WHERE name LIKE 'confirmed %%' ORDER BY created DESC LIMIT 1"
)


def asked(world: World) -> tuple[dict[str, Any], str]:
    """Somebody who has had the mail that asks, and the path of its button."""
    email = somebody()["parameters"]["email"]
    body = {"flow_id": str(flow_id("asked-signup")), "parameters": {"email": email, "consent": "2026-11"}}
    run = world.ended(world.post(body))
    assert run["state"]["message"].startswith("ALL: asked to confirm; nothing of asked leaves before")
    assert "consent" not in run["parameters"]
    [mail] = world.mails(body)
    found = re.search(r"https://localhost(/confirm/\S+)", mail["text"])
    assert found
    return body, found[1]


def subjects(world: World, body: dict[str, Any]) -> list[str]:
    return [mail["subject"] for mail in world.mails(body)]


def test_mail_1_leaves_right_after_the_click_and_the_proof_has_both_words(world: World) -> None:
    body, button = asked(world)
    assert httpx.get(world.stack.web_url + button).status_code == 200
    assert subjects(world, body) == ["Is this your address?"]
    pressed = time.monotonic()
    assert "is confirmed" in httpx.post(world.stack.web_url + button).text
    until(lambda: len(subjects(world, body)) == 2, "mail 1 leaves")
    print(f"mail 1 left {time.monotonic() - pressed:.2f} s after the click")
    assert subjects(world, body)[1] == "The first mail"
    proofs = world.ledger(
        "SELECT act, wording, words FROM consent JOIN contact c ON c.id = contact_id WHERE email = %s ORDER BY consent.id",
        body["parameters"]["email"],
    )
    assert proofs[0] == ("agreed", "2026-11", "Yes, mail me.")
    assert proofs[1][:2] == ("confirmed", "2026-11")
    [(tags, _)] = world.prefect(RUNS)
    assert tags == ["confirmed"]


def test_the_click_is_not_lost_while_the_server_is_down(world: World) -> None:
    body, button = asked(world)
    world.kill("server")
    try:
        assert httpx.post(world.stack.web_url + button).status_code == 200
    finally:
        world.stack.start_server()
    until(lambda: len(subjects(world, body)) == 2, "mail 1 leaves when the server is back")


def test_who_does_not_confirm_in_time_is_ended_by_the_server(world: World) -> None:
    body, button = asked(world)
    place = "FROM contact c WHERE c.id = contact_id AND c.email = %s"
    email = body["parameters"]["email"]
    world.ledger(f"UPDATE enrolment SET confirm_by = now() {place} RETURNING 1", email)
    ended = f"SELECT end_reason {place.replace('FROM', 'FROM enrolment,')}"
    until(lambda: world.ledger(ended, email) == [("not confirmed",)], "the server ends it")
    assert "nothing to confirm any more" in httpx.post(world.stack.web_url + button).text


def test_notion_shows_who_waits_for_a_confirmation(world: World) -> None:
    body, button = asked(world)
    until(
        lambda: [page["Status"] for page in world.page(body)] == ["Waiting for confirmation"],
        "Notion shows it",
    )
    httpx.post(world.stack.web_url + button)
    until(lambda: [page["Status"] for page in world.page(body)] == ["Running"], "Notion shows it")


def test_a_signup_without_the_consent_that_is_needed_is_refused_with_what_to_send(world: World) -> None:
    body = {"flow_id": str(flow_id("asked-signup")), "parameters": {"email": "nobody@lead.example"}}
    answer = httpx.post(f"{world.stack.web_url}/api/flow_runs/", json=body)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["parameters", "consent"]
    assert "one of: 2026-11" in answer.json()["detail"][0]["msg"]
