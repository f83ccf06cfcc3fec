"""The stack without any settings, and the same stack started again with all of them."""

from __future__ import annotations

from flows.adapters.campaign_files import read_campaigns
from flows.domain.identity import OUR_FLOWS
from tests.stack.deployment import Deployment
from tests.stack.first_start import FirstStart, registered, secrets

SERVICES = {"postgres", "web", "server", "worker", "backup", "caddy"}
ONE_SHOTS = {"init", "migrate", "register"}


def test_every_service_is_healthy_without_any_settings(first_start: FirstStart) -> None:
    assert {name: first_start.health[name] for name in SERVICES} == dict.fromkeys(SERVICES, "healthy")
    assert {name: first_start.exit_codes[name] for name in ONE_SHOTS} == dict.fromkeys(ONE_SHOTS, 0)


def test_a_signup_completes_in_preview(first_start: FirstStart) -> None:
    assert first_start.run["state_type"] == "COMPLETED"
    assert first_start.messages[0] == ["1", "skipped", "preview"]
    assert [state for _, state, _ in first_start.messages[1:]] == ["scheduled"] * 6


def test_a_preview_shows_the_mail_in_prefect(first_start: FirstStart) -> None:
    [artifact] = first_start.artifacts
    assert "was not sent" in artifact["data"]
    assert "Paul" in artifact["data"]


def test_nobody_is_asked_for_anything_in_preview(first_start: FirstStart) -> None:
    assert first_start.asked_of_vendors == [[], []]


def test_nobodys_forwarded_address_is_believed_without_trusted_proxies(first_start: FirstStart) -> None:
    # The signup itself was the first of the thirty that one caller has.
    assert first_start.statuses == [415] * 29 + [429] * 2


def test_starting_again_keeps_every_secret(first_start: FirstStart, stack: Deployment) -> None:
    assert stack.password == first_start.password
    assert secrets(stack) == first_start.secrets


def test_starting_again_registers_the_same_things(first_start: FirstStart, stack: Deployment) -> None:
    assert registered(stack) == first_start.registered
    assert len(first_start.registered["deployments"]) == len(read_campaigns()) + len(OUR_FLOWS)


def test_starting_again_keeps_the_ledger(first_start: FirstStart, stack: Deployment) -> None:
    assert stack.ledger("SELECT id FROM signup WHERE parameters->>'email' = 'first@example.com'") == [
        [first_start.run["id"]]
    ]
