"""The operator's commands that ask Prefect, on the whole stack: a signup tries again, a person is erased, all is looked at."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.world import World, somebody, until


@pytest.fixture
def person(world: World) -> tuple[dict[str, Any], str]:
    """Somebody whose signup has run to its end."""
    body = somebody()
    run = world.post(body)
    assert world.ended(run)["state_type"] == "COMPLETED"
    return body, run


def campaigns(world: World, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """`campaigns` as in the worker's container."""
    environment = world.stack.environment("worker") | settings
    command = [sys.executable, "-m", "services.cli", *words]
    return subprocess.run(
        command,
        cwd=world.stack.root,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def unenrol(world: World, run: str) -> None:
    """As if the run had failed before it enrolled the person."""
    query = "DELETE FROM contact USING enrolment e WHERE e.contact_id = contact.id AND e.signup_id = %s RETURNING 1"
    assert world.ledger(query, run)
    world.ledger(
        "UPDATE signup SET handed_over_at = now() - interval '1 hour' WHERE id = %s RETURNING 1", run
    )


def enrolled(world: World, run: str) -> bool:
    return bool(world.ledger("SELECT 1 FROM enrolment WHERE signup_id = %s", run))


def test_a_signup_whose_run_failed_runs_again(world: World, person: tuple[dict[str, Any], str]) -> None:
    _, run = person
    unenrol(world, run)
    assert run in campaigns(world, "retry").stdout
    assert "the run is scheduled once more" in campaigns(world, "retry", run).stdout
    until(lambda: enrolled(world, run), "the person is enrolled")
    assert run not in campaigns(world, "retry").stdout


def test_a_signup_whose_run_prefect_has_forgotten_is_made_anew(
    world: World, person: tuple[dict[str, Any], str]
) -> None:
    _, run = person
    unenrol(world, run)
    world.operator("DELETE", f"/flow_runs/{run}")
    assert "Prefect has forgotten the run" in campaigns(world, "retry", run).stdout
    until(lambda: enrolled(world, run), "the person is enrolled")


def test_an_erased_person_is_gone_from_every_part_of_the_stack(
    world: World, person: tuple[dict[str, Any], str]
) -> None:
    body, run = person
    address = body["parameters"]["email"]
    until(lambda: world.page(body), "the person is in Notion")
    # Without the address: Prefect's events repeat an artifact, and go by its retention only.
    preview = {"key": "preview", "type": "markdown", "data": "a preview", "flow_run_id": run}
    world.operator("POST", "/artifacts/", preview)
    world.resend.mailbox.account.contacts.add(address)
    done = campaigns(world, "erase", address, "--yes", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["complete"]
    assert (world.page(body), world.resend.mailbox.account.contacts) == ([], set())
    assert world.state(run) is None
    assert world.prefect("SELECT 1 FROM artifact WHERE flow_run_id = %s", run) == []
    assert dumped(world, address) == []


def dumped(world: World, address: str) -> list[str]:
    """The tables of both databases in which the address stands anywhere."""
    return [
        f"{where.__name__} {table}"
        for where in (world.ledger, world.prefect)
        for (table,) in where("SELECT relname FROM pg_stat_user_tables WHERE schemaname = 'public'")
        if where(f'SELECT 1 FROM "{table}" it WHERE it::text LIKE %s LIMIT 1', f"%{address}%")
    ]


def test_the_doctor_finds_a_running_stack_well(world: World) -> None:
    done = campaigns(world, "doctor", "--json", RESEND_API_KEY="")  # or it would look at true DNS
    found = {one["line"]: one["state"] for one in json.loads(done.stdout)}
    inside = ("settings", "Postgres", "Prefect", "worker", "Notion")
    assert {line: found[line] for line in inside} == dict.fromkeys(inside, "ok")
