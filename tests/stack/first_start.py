"""`docker compose up --build --wait` with no `.env` at all, and what is seen then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.stack.deployment import Deployment, caller_address
from tests.web_site import SIGNUP

EMAIL = "first@example.com"


@dataclass(frozen=True)
class FirstStart:
    health: dict[str, str]
    exit_codes: dict[str, int]
    password: str
    secrets: str
    run: dict[str, Any]
    messages: list[list[str]]
    artifacts: list[dict[str, Any]]
    asked_of_vendors: list[Any]
    registered: dict[str, list[tuple[str, str]]]
    #: The statuses of POSTs by one caller who says each time to be another.
    statuses: list[int]


def start_without_settings(stack: Deployment) -> FirstStart:
    stack.compose.up("--build")
    containers = stack.compose.containers()
    run = stack.ended(stack.sign_up(EMAIL).json()["id"])
    return FirstStart(
        health={name: one["State"].get("Health", {}).get("Status", "") for name, one in containers.items()},
        exit_codes={name: one["State"]["ExitCode"] for name, one in containers.items()},
        password=stack.password,
        secrets=secrets(stack),
        run=run,
        messages=stack.messages(EMAIL),
        artifacts=stack.operator.post("/api/artifacts/filter", json=_mails_of(run)).json(),
        asked_of_vendors=[stack.vendor(name).get("/_requests").json() for name in ("resend", "notion")],
        registered=registered(stack),
        statuses=_pretending(stack),
    )


def _mails_of(run: dict[str, Any]) -> dict[str, Any]:
    """Which artifacts: the mails to the lead that a run would have sent."""
    return {"artifacts": {"flow_run_id": {"any_": [run["id"]]}, "key": {"like_": "preview-"}}}


def secrets(stack: Deployment) -> str:
    """Every secret's fingerprint and path."""
    return stack.compose.once("init", "sh", "-c", "cd /secrets && sha256sum originals/* */*").stdout


def registered(stack: Deployment) -> dict[str, list[tuple[str, str]]]:
    """What Prefect knows of ours, by its ids."""
    kinds = ("flows", "deployments", "work_pools")
    found = {kind: stack.operator.post(f"/api/{kind}/filter", json={}).json() for kind in kinds}
    return {kind: sorted((row["id"], row["name"]) for row in rows) for kind, rows in found.items()}


def _pretending(stack: Deployment) -> list[int]:
    with stack.caller() as caller:
        return [
            caller.post(SIGNUP, content="x", headers={"X-Forwarded-For": caller_address()}).status_code
            for _ in range(31)
        ]
