"""A report of Cal.com on its way through the whole stack: a call ends one campaign, a missed one starts another."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx

from tests.bookings import report, signed
from tests.world import World, somebody, until

RUNS = (
    "SELECT s.id::text FROM signup s WHERE s.flow = 'no-show-signup-handler' AND s.parameters->>'email' = %s"
)
MAILS = """
    SELECT campaign, step, state::text, m.reason FROM message m JOIN enrolment e ON e.id = enrolment_id
    JOIN contact c ON c.id = contact_id WHERE c.email = %s AND state <> 'sent' ORDER BY campaign DESC, step"""


def told(world: World, name: str, person: Mapping[str, Any], **changes: Any) -> int:
    """The status with which a report about this person is answered."""
    address = {"email": person["parameters"]["email"], "noShow": True}
    event = report(name, attendees=[address], **changes) | {"createdAt": datetime.now(UTC).isoformat()}
    body = json.dumps(event).encode()
    headers = signed("cal", body, datetime.now(UTC))
    return httpx.post(f"{world.stack.web_url}/events/cal", content=body, headers=headers).status_code


PLANNED = """
    DELETE FROM flow_run WHERE name LIKE 'due %%' AND state_type = 'SCHEDULED'
    AND expected_start_time < now() + interval '10 minutes' RETURNING 1"""


def test_a_booked_call_ends_a_campaign_and_a_missed_one_becomes_a_run(world: World) -> None:
    anna = somebody()
    email = anna["parameters"]["email"]
    assert world.ended(world.post(anna))["state_type"] == "COMPLETED"
    assert told(world, "cal_created", anna) == 200
    assert {row[2:] for row in world.ledger(MAILS, email)} == {("skipped", "booked")}
    assert told(world, "cal_no_show", anna, bookingUid=f"uid of {email}") == 200
    [(run,)] = world.ledger(RUNS, email)
    ended = world.ended(run)
    assert ended["state"]["message"].startswith(
        "EVERYBODY: enrolled in no-show, 3 mails planned. Mail 1 leaves on "
    )
    assert email not in ended["name"]
    assert world.ledger(MAILS, email)[-3:] == [("christmas", step, "skipped", "booked") for step in (5, 6, 7)]
    waiting = world.ledger(MAILS, email)[:3]
    assert waiting == [("no-show", step, "scheduled", None) for step in (1, 2, 3)]
    assert told(world, "cal_rescheduled", anna) == 200
    assert world.ledger(MAILS, email)[:3] == [
        ("no-show", step, "skipped", "rescheduled") for step in (1, 2, 3)
    ]
    world.prefect(PLANNED)  # in five minutes it would take the mails of other tests


def test_notion_shows_who_has_booked(world: World) -> None:
    ben = somebody()
    world.ended(world.post(ben))
    told(world, "cal_created", ben)
    until(lambda: [page["Status"] for page in world.page(ben)] == ["Booked"], "Notion shows it")
