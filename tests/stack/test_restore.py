"""The machine is lost some time after a backup, and a new one takes over: what is back, and what leaves."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from typing import Any

import pytest

from tests.stack.deployment import Deployment, eventually
from tests.stack.drill import (
    LASTING,
    Drill,
    delivered,
    lasting_rows,
    link,
    project_beside,
    rehearse,
    say_stop,
    second_mail_due,
    signup_runs,
)


@pytest.fixture(scope="module")
def drill(stack: Deployment) -> Iterator[Drill]:
    """The settings are those of `stack`. The images are built anew, so that the restore's own build changes none:
    a stand-in that starts anew has forgotten what it took.
    """
    project = project_beside(stack.compose)
    project.down()
    project.up("--build")
    yield rehearse(Deployment(project))
    project.down()
    assert not project.left()


def test_the_backup_is_one_file_for_its_owner_alone(drill: Drill) -> None:
    assert stat.S_IMODE(drill.file.stat().st_mode) == 0o600
    assert [path.name for path in drill.file.parent.iterdir()] == [drill.file.name]


@pytest.mark.parametrize("table", LASTING)
def test_after_a_restore_every_row_of_the_backup_is_back(drill: Drill, table: str) -> None:
    now = lasting_rows(drill.stack)[table]
    assert drill.rows[table]
    assert [row for row in drill.rows[table] if row not in now] == []


def test_after_a_restore_prefect_shows_the_runs_of_before(drill: Drill) -> None:
    assert len(drill.runs) == 4
    assert drill.runs <= signup_runs(drill.stack)


def test_after_a_restore_the_operators_password_is_the_old_one(drill: Drill) -> None:
    assert drill.stack.password == drill.password
    assert drill.stack.operator.get("/api/health").status_code == 200


def test_no_mail_leaves_twice_because_of_a_restore(drill: Drill) -> None:
    stack, key = drill.stack, _second_of("left@example.com", drill)["key"]
    eventually(
        lambda: stack.messages("left@example.com")[1][1] == "sent" or stack.send_due(), "mail 2 is settled"
    )
    asked = [
        request
        for request in stack.vendor("resend").get("/_requests").json()
        if request["headers"].get("idempotency-key") == key
    ]
    assert len(asked) == 2  # under the same key, which Resend answered with the mail that it had taken
    assert asked[0]["body"] == asked[1]["body"]
    assert [to for to, _ in delivered(stack)].count("left@example.com") == 2
    [[provider_id]] = stack.ledger(f"SELECT provider_id FROM message WHERE id = '{key}'")
    assert provider_id == _second_of("left@example.com", drill)["id"]


def _second_of(email: str, drill: Drill) -> dict[str, Any]:
    return [mail for mail in drill.sent if mail["body"]["to"] == [email]][1]


def test_after_a_restore_what_had_not_left_leaves_once(drill: Drill) -> None:
    stack = drill.stack
    assert [to for to, _ in delivered(stack)].count("waits@example.com") == 1
    second_mail_due(stack, "waits@example.com", "-1 second")
    eventually(
        lambda: stack.messages("waits@example.com")[1][1] == "sent" or stack.send_due(), "mail 2 leaves"
    )
    assert [to for to, _ in delivered(stack)].count("waits@example.com") == 2


def test_after_a_restore_links_in_mails_sent_before_still_stop(drill: Drill) -> None:
    [mail, *_] = drill.stack.sent("waits@example.com")
    with drill.stack.caller() as person:
        assert person.get(link(mail)).status_code == 200
    say_stop(drill.stack, "waits@example.com")
    states = [state for _, state, _ in drill.stack.messages("waits@example.com")]
    assert set(states[2:]) == {"skipped"}


def test_who_said_stop_after_the_backup_is_stopped_again_because_notion_shows_it(drill: Drill) -> None:
    states = [state for _, state, _ in drill.stack.messages("regrets@example.com")]
    assert states == ["sent"] + ["skipped"] * 6


def test_whoever_signed_up_after_the_backup_is_not_known_after_the_restore(drill: Drill) -> None:
    assert drill.stack.messages("lost@example.com") == []


def test_after_a_restore_a_newcomer_is_mailed(drill: Drill) -> None:
    answer = drill.stack.sign_up("newcomer@example.com")
    assert drill.stack.ended(answer.json()["id"])["state_type"] == "COMPLETED"
    assert len(drill.stack.sent("newcomer@example.com")) == 1


def test_after_a_restore_the_next_backup_is_made_by_itself(drill: Drill) -> None:
    assert drill.stack.compose.containers()["backup"]["State"]["Health"]["Status"] == "healthy"


def test_a_restore_over_a_running_stack_is_refused(drill: Drill) -> None:
    before = lasting_rows(drill.stack)
    refused = drill.stack.compose.make("restore", f"FILE={drill.file}")
    assert refused.returncode != 0
    assert "is not empty" in refused.stderr
    assert lasting_rows(drill.stack) == before
