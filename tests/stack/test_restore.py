"""The drill: the machine is lost some time after a backup, and a new one takes over."""

from __future__ import annotations

import re
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from services.local.stack import free_port
from tests.stack.compose import Compose
from tests.stack.deployment import Deployment, eventually

#: What no service changes of a row once it is there, by table.
LASTING = {
    "signup": "id, parameters, idempotency_key, created_at",
    "contact": "id, email, created_at",
    "enrolment": "id, contact_id, campaign, segment, answers, signup_id",
    "message": "id, enrolment_id, step, mail, due_at",
    "message WHERE rendered IS NOT NULL": "id, rendered",
    "suppression": "email, reason, created_at",
    "audit": "id, at, actor, action, subject, detail",
}
STAND_INS = ("resend", "notion")
#: Seconds within which a backup is made.
SOON = 15


@dataclass(frozen=True)
class Drill:
    """What was before the loss, and the stack after it."""

    file: Path
    password: str
    rows: dict[str, list[list[str]]]
    runs: set[str]
    #: Every mail that had left, as Resend has it.
    sent: list[dict[str, Any]]
    stack: Deployment


@pytest.fixture(scope="module")
def drill(stack: Deployment) -> Iterator[Drill]:
    """The settings are those of `stack`. The images are built anew, so that the restore's own build changes none:
    a stand-in that starts anew has forgotten what it took.
    """
    project = _project(stack.compose)
    project.down()
    project.up("--build")
    yield _rehearse(Deployment(project))
    project.down()
    assert not project.left()


def _project(compose: Compose) -> Compose:
    campaign = (compose.directory / "flows/campaigns/christmas/campaign.yaml").read_text()
    (compose.directory / "any-hour.yaml").write_text(re.sub(r"(?m)^window: .*\n", "", campaign))
    ports = {name: str(free_port()) for name in ("HTTP_PORT", "HTTPS_PORT")}
    return Compose(
        "campaigns-test-restore",
        compose.directory,
        (*compose.files, "tests/stack/compose.restore.yml"),
        ports,
    )


def _rehearse(before: Deployment) -> Drill:
    for email in ("left@example.com", "waits@example.com", "stopped@example.com", "regrets@example.com"):
        before.ended(before.sign_up(email, key=email).json()["id"])
    _stop(before, "stopped@example.com")
    runs, password = _runs(before), before.password
    _second_mail(before, "waits@example.com", "1 hour")
    _second_mail(before, "left@example.com", f"{SOON} seconds")
    rows, file = _rows(before), _back_up(before)
    time.sleep(SOON)
    before.send_due()
    _stop(before, "regrets@example.com")
    eventually(lambda: _shows_stop(before, "regrets@example.com"), "the stop in Notion")
    before.ended(before.sign_up("lost@example.com").json()["id"])
    sent = before.vendor("resend").get("/_sent").json()

    before.compose.destroy(*STAND_INS)
    done = before.compose.make("restore", f"FILE={file}")
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{before.compose.state()}"
    return Drill(file, password, rows, runs, sent, Deployment(before.compose))


def _second_mail(stack: Deployment, email: str, later: str) -> None:
    stack.ledger(
        f"UPDATE message m SET due_at = now() + interval '{later}' FROM enrolment e JOIN contact c ON c.id = e.contact_id "
        f"WHERE e.id = m.enrolment_id AND c.email = '{email}' AND m.step = 2"
    )


def _stop(stack: Deployment, email: str) -> None:
    with stack.caller() as person:
        assert person.post(_link(stack.sent(email)[0])).status_code == 200


def _shows_stop(stack: Deployment, email: str) -> bool:
    [page] = stack.pages(email)
    return bool(page["Unsubscribed"]["checkbox"])


def _link(mail: dict[str, Any]) -> str:
    return urlsplit(mail["headers"]["List-Unsubscribe"].strip("<>")).path


def _back_up(stack: Deployment) -> Path:
    done = stack.compose.make("backup")
    assert done.returncode == 0, done.stderr
    return stack.compose.directory / done.stdout.strip()


def _rows(stack: Deployment) -> dict[str, list[list[str]]]:
    return {
        table: stack.ledger(f"SELECT {columns} FROM {table} ORDER BY 1") for table, columns in LASTING.items()
    }


def _runs(stack: Deployment) -> set[str]:
    """The flow runs of signups, by their ids."""
    found = stack.operator.post("/api/flow_runs/filter", json={"limit": 200}).json()
    return {run["id"] for run in found if "email" in run["parameters"]}


def _delivered(stack: Deployment) -> list[tuple[str, str]]:
    """To whom Resend has delivered what."""
    mails = stack.vendor("resend").get("/_sent").json()
    return [(mail["body"]["to"][0], mail["body"]["subject"]) for mail in mails]


def test_the_backup_is_one_file_for_its_owner_alone(drill: Drill) -> None:
    assert stat.S_IMODE(drill.file.stat().st_mode) == 0o600
    assert [path.name for path in drill.file.parent.iterdir()] == [drill.file.name]


@pytest.mark.parametrize("table", LASTING)
def test_after_a_restore_every_row_of_the_backup_is_back(drill: Drill, table: str) -> None:
    now = _rows(drill.stack)[table]
    assert drill.rows[table]
    assert [row for row in drill.rows[table] if row not in now] == []


def test_after_a_restore_prefect_shows_the_runs_of_before(drill: Drill) -> None:
    assert len(drill.runs) == 4
    assert drill.runs <= _runs(drill.stack)


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
    assert [to for to, _ in _delivered(stack)].count("left@example.com") == 2
    [[provider_id]] = stack.ledger(f"SELECT provider_id FROM message WHERE id = '{key}'")
    assert provider_id == _second_of("left@example.com", drill)["id"]


def _second_of(email: str, drill: Drill) -> dict[str, Any]:
    return [mail for mail in drill.sent if mail["body"]["to"] == [email]][1]


def test_after_a_restore_what_had_not_left_leaves_once(drill: Drill) -> None:
    stack = drill.stack
    assert [to for to, _ in _delivered(stack)].count("waits@example.com") == 1
    _second_mail(stack, "waits@example.com", "-1 second")
    eventually(
        lambda: stack.messages("waits@example.com")[1][1] == "sent" or stack.send_due(), "mail 2 leaves"
    )
    assert [to for to, _ in _delivered(stack)].count("waits@example.com") == 2


def test_after_a_restore_links_in_mails_sent_before_still_stop(drill: Drill) -> None:
    [mail, *_] = drill.stack.sent("waits@example.com")
    with drill.stack.caller() as person:
        assert person.get(_link(mail)).status_code == 200
    _stop(drill.stack, "waits@example.com")
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
    before = _rows(drill.stack)
    refused = drill.stack.compose.make("restore", f"FILE={drill.file}")
    assert refused.returncode != 0
    assert "is not empty" in refused.stderr
    assert _rows(drill.stack) == before
