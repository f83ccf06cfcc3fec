"""The route by which the worker claims runs keeps to what the operator has set, and says what is wrong with a body."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from flows.domain.identity import deployment_id
from services.worker.pool import QUEUES, SIGNUPS
from services.worker.worker import LIMIT
from tests.world import World, somebody, until


def claim(world: World, body: Any) -> httpx.Response:
    return world.anybody("POST", "/api/claim", json=body, auth=("operator", world.stack.password))


def claimed(world: World, limit: int) -> list[tuple[str, str]]:
    """What a worker with so many idle children gets: each run's queue and id."""
    found = [entry["flow_run"] for entry in claim(world, {"pool": "campaigns", "limit": limit}).json()]
    return [(run["work_queue_name"], run["id"]) for run in found]


def pause(world: World, *, paused: bool) -> None:
    """Signups; and look-outs, which come by themselves at any moment."""
    for queue in ("signups", "look-out"):
        world.operator("PATCH", f"/work_pools/campaigns/queues/{queue}", {"is_paused": paused})


@pytest.mark.parametrize(
    ("body", "place"),
    [({"limit": 1}, "pool"), ({"pool": "campaigns", "limit": 0}, "limit"), ({"pool": "x", "limit": 1, "y": 1}, "y")],
)  # fmt: skip
def test_a_wrong_body_is_refused_by_name(world: World, body: dict[str, Any], place: str) -> None:
    answer = claim(world, body)
    assert answer.status_code == 422
    assert [problem["loc"] for problem in answer.json()["detail"]] == [[place]]


def test_an_unknown_pool_has_no_runs(world: World) -> None:
    assert claim(world, {"pool": "elsewhere", "limit": 5}).json() == []


def test_a_queue_that_the_operator_pauses_gives_no_run_until_it_goes_on(world: World) -> None:
    queues = world.operator("POST", "/work_pools/campaigns/queues/filter", {})
    assert {queue["name"]: queue["concurrency_limit"] for queue in queues} == {
        "default": None, "signups": None, "due-mails": 1, "mirror": 1, "look-out": 1,
    }  # fmt: skip
    pause(world, paused=True)
    try:
        run = world.post(somebody())
        until(lambda: world.state(run) == "SCHEDULED", "the handover")
        assert claim(world, {"pool": "campaigns", "limit": 5}).json() == []
    finally:
        pause(world, paused=False)
    assert world.ended(run)["state_type"] == "COMPLETED"


def test_while_all_our_own_flows_run_one_child_of_the_worker_is_free_for_a_signup(world: World) -> None:
    """However many runs of them wait: each has one child at most, and the worker has one more."""
    world.kill("worker")
    try:
        for flow in [*QUEUES] * LIMIT:
            world.operator("POST", f"/deployments/{deployment_id(flow)}/create_flow_run", {})
        taken = claimed(world, LIMIT)
        assert sorted(name for name, _ in taken) == sorted(queue.name for queue in QUEUES.values())
        run = world.post(somebody())
        until(lambda: world.state(run) == "SCHEDULED", "the handover")
        assert claimed(world, LIMIT - len(taken)) == [(SIGNUPS.name, run)]
    finally:
        world.stack.start_worker()
    assert {world.ended(one)["state_type"] for _, one in [*taken, ("", run)]} == {"COMPLETED"}


def test_a_run_that_was_claimed_by_somebody_who_then_vanished_runs_when_the_worker_starts(
    world: World,
) -> None:
    world.kill("worker")
    try:
        body = somebody()
        run = world.post(body)
        until(lambda: world.state(run) == "SCHEDULED", "the handover")
        claimed = claim(world, {"pool": "campaigns", "limit": 50}).json()
        assert run in [entry["flow_run"]["id"] for entry in claimed]
        assert world.state(run) == "RUNNING"
    finally:
        world.stack.start_worker()
    assert world.ended(run)["state_type"] == "COMPLETED"
    assert len(world.mails(body)) == 1
