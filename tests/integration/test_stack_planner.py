"""What is due has a run before it happens; what slipped through is found."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from flows.domain.identity import LOOK_OUT, deployment_id
from tests.world import World, somebody, until

SEND_DUE = {"flows": {"name": {"any_": ["send-due"]}}}


def second_mail(world: World, body: dict[str, Any], due: str) -> None:
    """The person's second mail is due at another time."""
    world.ledger(
        f"UPDATE message m SET due_at = now() + interval '{due}' FROM enrolment e JOIN contact c ON c.id = e.contact_id "
        "WHERE e.id = m.enrolment_id AND c.email = %s AND m.step = 2 RETURNING 1",
        body["parameters"]["email"],
    )


def the_planner_looks(world: World, body: dict[str, Any], minutes: int) -> None:
    """It has planned what is due then."""
    second_mail(world, body, f"{minutes} minutes")
    until(lambda: _due_in(world, minutes), "the planned run")


def signed_up(world: World) -> dict[str, Any]:
    body = somebody()
    world.ended(world.post(body))
    return body


def test_a_mail_that_is_due_has_a_run_planned_for_its_minute_which_sends_it(world: World) -> None:
    body = signed_up(world)
    second_mail(world, body, "1 hour")
    names = [
        f"due {_full_minute(datetime.now(UTC) + timedelta(hours=1, seconds=late)):%Y-%m-%d %H:%M UTC}"
        for late in (-5, 0)
    ]
    query = (
        "SELECT id::text FROM flow_run WHERE name = ANY(%s) AND state_type = 'SCHEDULED' ORDER BY name DESC"
    )
    [(run,), *_] = until(lambda: world.prefect(query, names), "the planned run")
    assert run in [one["id"] for one in world.operator("POST", "/flow_runs/filter", SEND_DUE)]

    second_mail(world, body, "-1 second")  # an hour has passed
    now = {"type": "SCHEDULED", "state_details": {"scheduled_time": datetime.now(UTC).isoformat()}}
    world.operator("POST", f"/flow_runs/{run}/set_state", {"state": now, "force": True})
    assert "sent" in world.ended(run)["state"]["message"]
    assert len(world.mails(body)) == 2


def test_a_mail_that_the_planner_sees_late_does_not_wait_for_the_sweep(world: World) -> None:
    """Such as one that is tried again a second after it failed."""
    body = signed_up(world)
    second_mail(world, body, "0 seconds")
    names = [
        f"due {_full_minute(datetime.now(UTC) + timedelta(seconds=late)):%Y-%m-%d %H:%M UTC}"
        for late in (0, 15)
    ]
    until(
        lambda: world.prefect("SELECT 1 FROM flow_run WHERE name = ANY(%s)", names),
        "the planned run",
        patience=20,
    )


def test_a_minute_is_planned_once(world: World) -> None:
    for body in (signed_up(world), signed_up(world)):
        second_mail(world, body, "30 minutes")
    names = until(lambda: _due_in(world, 30), "the run")
    assert len(names) == len(set(names))


def test_a_mail_that_slipped_through_is_found_by_a_sweep(world: World) -> None:
    body = signed_up(world)
    second_mail(world, body, "-10 minutes")
    world.prefect("DELETE FROM flow_run WHERE name LIKE 'sweep %%' RETURNING 1")  # of this quarter of an hour
    until(lambda: len(world.mails(body)) == 2, "the second mail")
    sweeps = world.prefect(
        "SELECT id::text FROM flow_run WHERE name LIKE 'sweep %%'"
    )  # two, if a quarter begins now
    assert any("sent" in world.ended(run)["state"]["message"] for (run,) in sweeps)


def test_while_nobody_takes_a_look_out_no_other_is_planned_and_then_they_go_on(world: World) -> None:
    body = signed_up(world)
    waiting = deployment_id(LOOK_OUT)
    world.kill("worker")
    try:
        made = world.operator("POST", f"/deployments/{waiting}/create_flow_run", {})["id"]
        world.kill("server")
        world.prefect("DELETE FROM flow_run WHERE name LIKE 'look %%'")  # of this quarter of an hour
        world.stack.start_server()  # it remembers no planned look
        for minutes in (40, 50):
            the_planner_looks(world, body, minutes)
        assert _looks(world) == []
    finally:
        world.stack.start_worker()
    assert world.ended(made)["state_type"] == "COMPLETED"
    [(run,), *_] = until(lambda: _looks(world), "the next look-out")
    assert world.ended(run)["state_type"] == "COMPLETED"


def _looks(world: World) -> list[tuple[Any, ...]]:
    return world.prefect("SELECT id::text FROM flow_run WHERE name LIKE 'look %%'")


def _full_minute(moment: datetime) -> datetime:
    """This minute if it is full, else the next."""
    return (moment + timedelta(seconds=59.999)).replace(second=0, microsecond=0)


def _due_in(world: World, minutes: int) -> list[str]:
    rows = world.prefect(
        f"SELECT name FROM flow_run WHERE name LIKE 'due %%' AND expected_start_time > now() + interval '{minutes - 2} minutes' "
        f"AND expected_start_time < now() + interval '{minutes + 2} minutes'"
    )
    return [name for (name,) in rows]
