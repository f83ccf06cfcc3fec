"""The drill of a restore: people sign up, a backup is made, more happens, the machine is lost, a new one takes over."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

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


def project_beside(compose: Compose) -> Compose:
    campaign = (compose.directory / "flows/campaigns/christmas/campaign.yaml").read_text()
    (compose.directory / "any-hour.yaml").write_text(re.sub(r"(?m)^window: .*\n", "", campaign))
    ports = {name: str(free_port()) for name in ("HTTP_PORT", "HTTPS_PORT")}
    return Compose(
        "campaigns-test-restore",
        compose.directory,
        (*compose.files, "tests/stack/compose.restore.yml"),
        ports,
    )


def rehearse(before: Deployment) -> Drill:
    for email in ("left@example.com", "waits@example.com", "stopped@example.com", "regrets@example.com"):
        before.ended(before.sign_up(email, key=email).json()["id"])
    say_stop(before, "stopped@example.com")
    runs, password = signup_runs(before), before.password
    second_mail_due(before, "waits@example.com", "1 hour")
    second_mail_due(before, "left@example.com", f"{SOON} seconds")
    rows, file = lasting_rows(before), _back_up(before)
    time.sleep(SOON)
    before.send_due()
    say_stop(before, "regrets@example.com")
    eventually(lambda: _shows_stop(before, "regrets@example.com"), "the stop in Notion")
    before.ended(before.sign_up("lost@example.com").json()["id"])
    sent = before.vendor("resend").get("/_sent").json()

    before.compose.destroy(*STAND_INS)
    done = before.compose.make("restore", f"FILE={file}")
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{before.compose.state()}"
    return Drill(file, password, rows, runs, sent, Deployment(before.compose))


def second_mail_due(stack: Deployment, email: str, later: str) -> None:
    stack.ledger(
        f"UPDATE message m SET due_at = now() + interval '{later}' FROM enrolment e JOIN contact c ON c.id = e.contact_id "
        f"WHERE e.id = m.enrolment_id AND c.email = '{email}' AND m.step = 2"
    )


def say_stop(stack: Deployment, email: str) -> None:
    with stack.caller() as person:
        assert person.post(link(stack.sent(email)[0])).status_code == 200


def _shows_stop(stack: Deployment, email: str) -> bool:
    [page] = stack.pages(email)
    return bool(page["Unsubscribed"]["checkbox"])


def link(mail: dict[str, Any]) -> str:
    return urlsplit(mail["headers"]["List-Unsubscribe"].strip("<>")).path


def _back_up(stack: Deployment) -> Path:
    done = stack.compose.make("backup")
    assert done.returncode == 0, done.stderr
    return stack.compose.directory / done.stdout.strip()


def lasting_rows(stack: Deployment) -> dict[str, list[list[str]]]:
    return {
        table: stack.ledger(f"SELECT {columns} FROM {table} ORDER BY 1") for table, columns in LASTING.items()
    }


def signup_runs(stack: Deployment) -> set[str]:
    """The flow runs of signups, by their ids."""
    found = stack.operator.post("/api/flow_runs/filter", json={"limit": 200}).json()
    return {run["id"] for run in found if "email" in run["parameters"]}


def delivered(stack: Deployment) -> list[tuple[str, str]]:
    """To whom Resend has delivered what."""
    mails = stack.vendor("resend").get("/_sent").json()
    return [(mail["body"]["to"][0], mail["body"]["subject"]) for mail in mails]
