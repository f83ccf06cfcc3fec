"""The look-out is planned by itself, and a signup's run tells the operator of a hot lead."""

from __future__ import annotations

from tests.world import World, somebody, until


def test_a_look_out_is_planned_and_runs(world: World) -> None:
    query = "SELECT id::text FROM flow_run WHERE name LIKE 'look %%' ORDER BY created LIMIT 1"
    [(run,), *_] = until(lambda: world.prefect(query), "a look-out")
    ended = world.ended(run)
    assert ended["state"]["type"] == "COMPLETED"
    assert world.ledger("SELECT 1 FROM heartbeat WHERE name = 'look-out'")


def test_the_run_of_a_hot_lead_settles_their_notices_after_mail_1(world: World) -> None:
    body = somebody()
    body["parameters"] |= {"red_systems": 2, "green_systems": 2}
    assert world.ended(world.post(body))["state"]["type"] == "COMPLETED"
    assert len(world.mails(body)) == 1
    found = world.ledger(
        "SELECT n.channel, n.reason FROM notice n JOIN enrolment e ON e.id = n.enrolment_id "
        "JOIN contact c ON c.id = e.contact_id WHERE c.email = %s ORDER BY 1",
        body["parameters"]["email"],
    )
    assert found == [("mail", "OPERATOR_EMAIL is not set"), ("webhook", "ALERT_WEBHOOK_URL is not set")]
