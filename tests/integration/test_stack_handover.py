"""From the ledger to Prefect: whatever dies or is lost in between, each signup becomes one run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from services.local.stack import DidNotStart
from tests.working_copy import CAMPAIGN, copy_to
from tests.world import World, somebody, until

MAILS = "flows/campaigns/christmas/mails"


def test_signups_that_come_while_the_server_dies_have_one_run_each(world: World) -> None:
    bodies = [somebody() for _ in range(12)]
    try:
        runs = [world.post(body) for body in bodies[:6]]
        world.kill("server")
        runs += [world.post(body) for body in bodies[6:]]
    finally:
        world.stack.start_server()
    assert {world.ended(run)["state_type"] for run in runs} == {"COMPLETED"}
    assert [len(world.mails(body)) for body in bodies] == [1] * 12
    assert world.prefect("SELECT count(*) FROM flow_run WHERE idempotency_key = ANY(%s)", runs) == [(12,)]


def test_a_server_that_dies_after_making_the_run_makes_no_second(world: World) -> None:
    """As if it had died between Prefect's commit and the ledger's: the signup is handed over again."""
    body = somebody()
    run = world.post(body)
    world.ended(run)
    world.ledger("UPDATE signup SET handed_over_at = NULL WHERE id = %s RETURNING 1", run)
    until(
        lambda: world.ledger("SELECT 1 FROM signup WHERE id = %s AND handed_over_at IS NOT NULL", run),
        "the handover",
    )
    assert world.prefect("SELECT count(*) FROM flow_run WHERE idempotency_key = %s", run) == [(1,)]
    assert len(world.mails(body)) == 1


def test_a_lost_notice_delays_a_signup_and_nothing_else(world: World) -> None:
    world.ledger(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%%' OR usename = 'server'"
    )
    body = somebody()
    assert world.ended(world.post(body))["state_type"] == "COMPLETED"
    assert len(world.mails(body)) == 1


def test_every_connection_cut_at_once_is_mended_by_itself(world: World) -> None:
    world.ended(world.post(somebody()))
    world.ledger(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename IN ('web', 'server', 'worker')"
    )
    body = somebody()
    run = until(lambda: _posted(world, body), "a signup is taken")
    assert world.ended(run)["state_type"] == "COMPLETED"
    assert len(world.mails(body)) == 1


def test_signups_of_a_flow_that_nobody_registered_do_not_hold_up_the_others(world: World) -> None:
    world.ledger(
        "INSERT INTO signup (id, flow, fingerprint, name, parameters, created_at) SELECT gen_random_uuid(), "
        "'not-registered', '', 'waits', '{}', now() - interval '1 hour' FROM generate_series(1, 40) RETURNING 1"
    )
    try:
        assert world.ended(world.post(somebody()))["state_type"] == "COMPLETED"
        assert world.ledger("SELECT count(*) FROM signup WHERE handed_over_at IS NULL") == [(40,)]
    finally:
        world.ledger("DELETE FROM signup WHERE flow = 'not-registered' RETURNING 1")


def test_registering_again_changes_no_id_and_makes_nothing_new(world: World) -> None:
    def known() -> list[tuple[object, ...]]:
        return world.prefect(
            "SELECT 'flow', id::text, name FROM flow UNION ALL SELECT 'deployment', id::text, name FROM deployment "
            "UNION ALL SELECT 'pool', id::text, name FROM work_pool UNION ALL SELECT 'queue', id::text, name "
            "FROM work_queue ORDER BY 1, 2"
        )

    before = known()
    world.stack.register()
    assert known() == before
    assert ("flow", "ec71b1c3-1cd0-5983-a9b2-19ad50aacc56", "christmas-signup-handler") in before
    assert ("deployment", "819e36e0-fafd-5f39-96e8-2fed61cdb72b", "website") in before


def test_an_empty_file_is_refused_with_its_place(world: World, tmp_path: Path) -> None:
    copy_to(tmp_path)
    (tmp_path / MAILS / "direction.md").write_text("")
    assert "christmas/mails/direction.md:1: " in refusal(world, tmp_path)


def test_everything_that_is_not_sound_is_refused_at_once_with_its_place(world: World, tmp_path: Path) -> None:
    copy_to(tmp_path)
    (tmp_path / MAILS / "direction.md").write_text("---\nsubject: Your year\n---\n")
    (tmp_path / MAILS / "offer.md").write_text("---\nsubject: A call\n---\nGood day {{ frist_name }}.")
    campaign = tmp_path / CAMPAIGN
    campaign.write_text(campaign.read_text().replace("Anna Beispiel", '"<Your name>"'))
    said = refusal(world, tmp_path)
    assert "christmas/mails/direction.md:" in said
    assert "christmas/mails/offer.md:4: " in said
    assert ": `signature` is still a placeholder" in said


def refusal(world: World, tree: Path) -> str:
    """What the registration of another tree says, which must fail."""
    (world.stack.directory / "register.log").unlink()
    with pytest.raises(DidNotStart) as refused:
        replace(world.stack, root=tree).register()
    assert "Traceback" not in str(refused.value)
    return str(refused.value)


def _posted(world: World, body: dict[str, object]) -> str | None:
    try:
        return world.post(body)
    except AssertionError:
        return None


def test_a_signup_whose_run_failed_before_the_ledger_had_it_runs_again_by_itself(world: World) -> None:
    world.ledger("REVOKE INSERT ON contact FROM worker")
    try:
        body = somebody()
        run = world.post(body)
        assert world.ended(run)["state_type"] == "FAILED"
    finally:
        world.ledger("GRANT INSERT ON contact TO worker")
    assert world.ledger("SELECT entered_at FROM signup WHERE id = %s", run) == [(None,)]
    world.ledger(
        "UPDATE signup SET handed_over_at = handed_over_at - interval '11 minutes' WHERE id = %s", run
    )
    until(lambda: world.state(run) == "COMPLETED", "the run that is retried")
    assert len(world.mails(body)) == 1
    assert world.ledger("SELECT retries FROM signup WHERE id = %s AND entered_at IS NOT NULL", run) == [(1,)]
