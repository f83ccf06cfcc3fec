"""What is old goes by itself: Prefect's runs, logs and events by its vacuum, what people said by the server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.world import World, somebody, until


@dataclass(frozen=True)
class Runs:
    """Two signups' runs: one that ended long ago, and one of today."""

    old: str
    young: str


@pytest.fixture(scope="module")
def aged(world: World) -> Runs:
    """A year and a month have passed for one of them, and the server starts anew, as it does at every upgrade."""
    runs = Runs(world.post(somebody()), world.post(somebody()))
    for run in (runs.old, runs.young):
        world.ended(run)
        until(lambda run=run: _logs(world, run) and _events(world, run), "logs and events are written")  # type: ignore[misc]
    world.prefect(
        "UPDATE flow_run SET end_time = now() - interval '400 days' WHERE id = %s RETURNING 1", runs.old
    )
    world.prefect("UPDATE events SET occurred = now() - interval '400 days' "
                  "WHERE resource_id = 'prefect.flow-run.' || %s RETURNING 1", runs.old)  # fmt: skip
    world.ledger(
        "UPDATE signup SET created_at = now() - interval '400 days' WHERE id = %s RETURNING 1", runs.old
    )
    world.kill("server")
    world.stack.start_server()
    return runs


def _logs(world: World, run: str) -> list[Any]:
    return world.prefect("SELECT id FROM log WHERE flow_run_id = %s", run)


def _events(world: World, run: str) -> list[Any]:
    return world.prefect("SELECT id FROM events WHERE resource_id = 'prefect.flow-run.' || %s", run)


def test_a_run_that_ended_long_ago_goes_with_its_log_and_events(world: World, aged: Runs) -> None:
    until(lambda: world.state(aged.old) is None, "the old run goes")
    until(lambda: not _logs(world, aged.old) and not _events(world, aged.old), "its log and events go")


def test_a_run_of_today_stays(world: World, aged: Runs) -> None:
    until(lambda: world.state(aged.old) is None, "the old run goes")
    assert world.state(aged.young) == "COMPLETED"
    assert _logs(world, aged.young)


def test_what_somebody_said_long_ago_is_cleared_by_the_server(world: World, aged: Runs) -> None:
    said = "SELECT parameters::text FROM signup WHERE id = %s"
    until(lambda: world.ledger(said, aged.old) == [("{}",)], "the parameters go")
    assert world.ledger(said, aged.young) != [("{}",)]
