"""The website's POST, all the way: an answered id, a finished run, rows, one mail, one record."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stand_ins.samples import resend_error
from tests.world import World, somebody, until, website

BODIES = [
    "scheduled_8_parameters",
    "message_14_parameters",
    "without_state",
    "javascript_13_parameters",
]


@pytest.mark.parametrize("name", BODIES)
def test_each_body_of_the_website_ends_as_a_run_a_mail_and_a_record(world: World, name: str) -> None:
    body = website(name)
    run = world.ended(world.post(body))
    assert (run["state_type"], run["parameters"]) == ("COMPLETED", body["parameters"])
    assert "Mail 1 was sent." in run["state"]["message"]
    [mail] = world.mails(body)
    assert body["parameters"]["first_name"] in mail["text"]
    assert world.ledger(
        "SELECT e.segment, e.signup_id::text, count(*), count(*) FILTER (WHERE m.state = 'sent') FROM enrolment e "
        "JOIN message m ON m.enrolment_id = e.id JOIN contact c ON c.id = e.contact_id WHERE c.email = %s "
        "GROUP BY e.id",
        body["parameters"]["email"],
    ) == [(_segment(body), run["id"], 7, 1)]
    until(lambda: world.page(body), "the record in Notion")
    [page] = world.page(body)
    assert (page["Segment"], page["Status"], page["Step"]) == (_segment(body), "Running", 1)


def test_the_operator_sees_parameters_states_and_logs_of_a_run(world: World) -> None:
    body = somebody()
    run = world.post(body)
    world.ended(run)
    assert world.operator("GET", f"/flow_runs/{run}")["parameters"]["first_name"] == "Maria"
    states = world.operator("GET", f"/flow_run_states/?flow_run_id={run}")
    assert [state["type"] for state in states] == ["SCHEDULED", "PENDING", "RUNNING", "COMPLETED"]
    wanted = {"logs": {"flow_run_id": {"any_": [run]}}}
    until(lambda: "mail 1: sent" in str(world.operator("POST", "/logs/filter", wanted)), "the run's logs")
    [found] = world.operator(
        "POST", "/flows/filter", {"flows": {"name": {"any_": ["christmas-signup-handler"]}}}
    )
    assert found["id"] == body["flow_id"]


def test_the_operator_sees_each_step_of_a_run_and_how_long_it_took(world: World) -> None:
    run = world.post(somebody())
    world.ended(run)
    wanted = {"flow_runs": {"id": {"any_": [run]}}, "sort": "EXPECTED_START_TIME_ASC"}
    steps = until(
        lambda: len(found := world.operator("POST", "/task_runs/filter", wanted)) == 3 and found,
        "the run's steps",
    )
    assert [step["name"].rsplit("-", 1)[0] for step in steps] == ["enrol", "send_first_mail", "write_record"]
    assert {step["state_type"] for step in steps} == {"COMPLETED"}
    assert all(step["start_time"] < step["end_time"] and step["total_run_time"] > 0 for step in steps)
    assert {(step["run_count"], step["flow_run_run_count"]) for step in steps} == {(1, 1)}
    graph = world.operator("GET", f"/flow_runs/{run}/graph-v2")
    assert sorted(node["label"] for _, node in graph["nodes"]) == sorted(step["name"] for step in steps)


def test_a_second_signup_mails_nobody_twice_and_says_so(world: World) -> None:
    body = somebody()
    world.ended(world.post(body))
    body["parameters"]["email"] = body["parameters"]["email"].upper()
    second = world.ended(world.post(body))
    assert second["state_type"] == "COMPLETED"
    assert "nothing is planned or sent twice" in second["state"]["message"]
    body["parameters"]["email"] = body["parameters"]["email"].lower()
    assert len(world.mails(body)) == 1


def test_a_run_by_hand_with_answers_that_do_not_fit_fails_and_says_why(world: World) -> None:
    deployment = world.operator("GET", "/deployments/name/christmas-signup-handler/website")
    made = world.operator(
        "POST", f"/deployments/{deployment['id']}/create_flow_run", {"parameters": {"email": "nobody"}}
    )
    run = world.ended(made["id"])
    assert run["state_type"] == "FAILED"
    assert "first_name" in run["state"]["message"]
    assert "nobody" not in run["state"]["message"]


def test_mail_that_resend_refuses_fails_the_run_with_what_to_do(world: World) -> None:
    body = somebody()
    world.resend.will(resend_error(422, "validation_error", about=body["parameters"]["email"]))
    run = world.ended(world.post(body))
    assert run["state_type"] == "FAILED"
    assert "Mail 1 is held until a person looks: Resend refused the mail" in run["state"]["message"]
    assert world.mails(body) == []


def test_no_address_is_in_a_name_a_log_or_a_states_message(world: World) -> None:
    world.ended(world.post(website("message_14_parameters")))  # whose name is an address
    addresses = [address for (address,) in world.ledger("SELECT email FROM contact")]
    assert addresses
    places: list[tuple[Any, ...]] = world.prefect(
        "SELECT name FROM flow_run UNION ALL SELECT name FROM task_run UNION ALL SELECT message FROM log "
        "UNION ALL SELECT message FROM flow_run_state UNION ALL SELECT message FROM task_run_state "
        "UNION ALL SELECT payload::text FROM events UNION ALL SELECT resource::text FROM event_resources "
        "UNION ALL SELECT task_inputs::text FROM task_run UNION ALL SELECT data::text FROM artifact"
    )
    assert places
    told = [
        text for (text,) in places if text and any(address.lower() in text.lower() for address in addresses)
    ]
    assert told == []
    for name in ("server", "worker", "web", "register"):
        assert "@lead.example" not in world.stack.log(name)
        assert "@example.com" not in world.stack.log(name)


def _segment(body: dict[str, Any]) -> str:
    said = body["parameters"]
    if said["red_systems"] >= 2:
        return "CRITICAL"
    return "URGENT" if said["red_systems"] == 1 or said["orange_systems"] >= 2 else "OPTIMIZE"
