"""What is due has a run before it happens; what slipped through is found."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.world import World, somebody, until

SEND_DUE = {"flows": {"name": {"any_": ["send-due"]}}}


def second_mail(world: World, body: dict[str, Any], due: str) -> None:
    """The person's second mail is due at another time."""
    world.ledger(
        f"UPDATE message m SET due_at = now() + interval '{due}' FROM enrolment e JOIN contact c ON c.id = e.contact_id "
        "WHERE e.id = m.enrolment_id AND c.email = %s AND m.step = 2 RETURNING 1",
        body["parameters"]["email"],
    )


def signed_up(world: World) -> dict[str, Any]:
    body = somebody()
    world.ended(world.post(body))
    return body


def test_a_mail_that_is_due_has_a_run_planned_for_its_minute(world: World) -> None:
    body = signed_up(world)
    second_mail(world, body, "90 seconds")
    minute = (datetime.now(UTC) + timedelta(seconds=90) + timedelta(seconds=59.9)).replace(
        second=0, microsecond=0
    )
    name = f"due {minute:%Y-%m-%d %H:%M UTC}"
    [(run, expected)] = until(
        lambda: world.prefect("SELECT id::text, expected_start_time FROM flow_run WHERE name = %s", name),
        name,
    )
    assert abs(expected - minute) <= timedelta(minutes=1)
    assert world.state(run) == "SCHEDULED"
    planned = world.operator("POST", "/flow_runs/filter", SEND_DUE)
    assert name in [one["name"] for one in planned]


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
    [(run, message)] = world.prefect(
        "SELECT r.id::text, s.message FROM flow_run r JOIN flow_run_state s ON s.id = r.state_id "
        "WHERE r.name LIKE 'sweep %%' ORDER BY r.created DESC LIMIT 1"
    )
    assert world.ended(run)["state_type"] == "COMPLETED"
    assert message is not None


def test_a_mail_leaves_by_itself_when_it_is_due(world: World) -> None:
    """Its run is planned for the full minute after it, so this takes up to a minute."""
    body = signed_up(world)
    second_mail(world, body, "5 seconds")
    until(lambda: len(world.mails(body)) == 2, "the second mail", patience=100)
    until(lambda: [page for page in world.page(body) if page["Step"] == 2], "the record")


def _due_in(world: World, minutes: int) -> list[str]:
    rows = world.prefect(
        f"SELECT name FROM flow_run WHERE name LIKE 'due %%' AND expected_start_time > now() + interval '{minutes - 2} minutes' "
        f"AND expected_start_time < now() + interval '{minutes + 2} minutes'"
    )
    return [name for (name,) in rows]
