"""The worker and its children, killed, ended and told to cancel: no run is lost and no mail leaves twice."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from tests.stand_ins.script import Captured, Fault
from tests.world import World, about, somebody, until


@pytest.fixture
def ended_worker(world: World) -> Iterator[World]:
    """A world whose worker may be ended: afterwards there is one again."""
    yield world
    if world.stack.processes["worker"].poll() is not None:
        world.stack.start_worker()


def test_a_run_whose_child_is_killed_runs_again_and_the_mail_leaves_once(world: World) -> None:
    body, run = world.post_slowly(30)
    world.claims_end()
    world.asking(world.asked(body)[0]).kill()
    assert world.ended(run)["state_type"] == "COMPLETED"
    assert "AwaitingRetry" in [name for name, _ in world.states(run)]
    assert len(world.mails(body)) == 1
    assert len({request.body for request in world.asked(body)}) == 1


def test_a_run_that_ends_three_processes_is_crashed_and_the_next_run_works(world: World) -> None:
    body = somebody()
    slow = Fault(status=503, delay=60, on="POST /v1/pages", about=body["parameters"]["email"])
    world.notion.will(slow, slow, slow)
    run = world.post(body)
    for tries in range(3):
        creations = until(lambda tries=tries: _creations(world, body)[tries:], f"try {tries}")  # type: ignore[misc]
        world.asking(creations[0]).kill()
    crashed = world.ended(run)
    assert crashed["state_type"] == "CRASHED"
    assert "Retry it: it mails nobody twice." in crashed["state"]["message"]
    assert len(world.mails(body)) == 1
    assert world.ended(world.post(somebody()))["state_type"] == "COMPLETED"


def _creations(world: World, body: dict[str, Any]) -> list[Captured]:
    """The requests to Notion for a page of the person's."""
    return about(world.notion.workspace.script, body, "/v1/pages")


def test_a_worker_that_is_told_to_end_lets_its_run_end(ended_worker: World) -> None:
    body, run = ended_worker.post_slowly(3)
    worker = ended_worker.stack.processes["worker"]
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0
    assert [name for name, _ in ended_worker.states(run)][-1] == "Completed"
    assert len(ended_worker.mails(body)) == 1


def test_what_comes_while_there_is_no_worker_waits_for_the_next(ended_worker: World) -> None:
    ended_worker.kill("worker")
    bodies = [somebody() for _ in range(5)]
    runs = [ended_worker.post(body) for body in bodies]
    ended_worker.stack.start_worker()
    assert {ended_worker.ended(run)["state_type"] for run in runs} == {"COMPLETED"}
    assert [len(ended_worker.mails(body)) for body in bodies] == [1] * 5


def test_a_worker_that_is_killed_leaves_a_run_that_runs_again_and_a_mail_that_left_once(
    ended_worker: World,
) -> None:
    body, run = ended_worker.post_slowly(30)
    ended_worker.kill("worker")
    ended_worker.claims_end()
    ended_worker.stack.start_worker()
    until(lambda: ended_worker.state(run) == "COMPLETED", "the run that is handed back")
    assert "AwaitingRetry" in [name for name, _ in ended_worker.states(run)]
    assert len(ended_worker.mails(body)) == 1
    assert len({request.body for request in ended_worker.asked(body)}) == 1


def test_a_worker_that_can_make_no_more_children_ends_so_that_it_starts_anew(ended_worker: World) -> None:
    body, run = ended_worker.post_slowly(3)
    worker = ended_worker.stack.processes["worker"]
    [nursery] = psutil.Process(worker.pid).children()
    nursery.kill()
    assert worker.wait(30) == 1
    assert "The process that children are forked from has died" in ended_worker.stack.log("worker")
    ended_worker.stack.start_worker()
    ended_worker.claims_end()
    assert ended_worker.ended(run)["state_type"] == "COMPLETED"
    assert len(ended_worker.mails(body)) == 1


def test_a_run_that_is_cancelled_ends_as_cancelled_and_the_next_one_works(world: World) -> None:
    _, run = world.post_slowly(30)
    world.operator("POST", f"/flow_runs/{run}/set_state", {"state": {"type": "CANCELLING"}})
    assert world.ended(run)["state_type"] == "CANCELLED"
    assert world.ended(world.post(somebody()))["state_type"] == "COMPLETED"


def test_a_server_that_dies_in_the_middle_of_a_run_finds_it_ended(world: World) -> None:
    body, run = world.post_slowly(3)
    try:
        world.kill("server")
    finally:
        world.stack.start_server()
    assert world.ended(run)["state_type"] == "COMPLETED"
    assert len(world.mails(body)) == 1


def test_prefects_own_worker_runs_a_signup_too_and_listens_to_no_job_variables(ended_worker: World) -> None:
    stack, warm = ended_worker.stack, ended_worker.stack.settings
    stack.processes["worker"].terminate()
    stack.processes["worker"].wait(30)
    marker = stack.directory / "touched-by-the-stock-worker"
    body = {**somebody(), "work_pool_name": "campaigns", "job_variables": {"command": f"touch {marker}"}}
    try:
        stack.settings = {**warm, "WORKER": "stock"}
        stack.start_worker()
        website = somebody()
        runs = [ended_worker.post(website), ended_worker.operator("POST", "/flow_runs/", body)["id"]]
        assert [ended_worker.ended(run)["state_type"] for run in runs] == ["COMPLETED"] * 2
    finally:
        stack.settings = warm
        ended_worker.kill("worker")
    assert len(ended_worker.mails(website)) == 1
    assert not marker.exists()
