"""What came of the demo's signup: the answer, the run's states, the ledger's rows, the mails and their days."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from services.local.stack import Stack

_ENDED = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
_STATES = """
    SELECT s.type, s.name, s.timestamp, coalesce(s.message, '') AS message FROM flow_run_state s
    WHERE s.flow_run_id = %s ORDER BY s.timestamp"""
_MAILS = """
    SELECT m.step, m.mail, m.due_at, m.state::text, coalesce(m.reason, ''), m.rendered FROM message m
    JOIN enrolment e ON e.id = m.enrolment_id WHERE e.signup_id = %s ORDER BY m.step"""
_TABLES = ("signup", "contact", "enrolment", "message", "suppression", "audit")


@dataclass(frozen=True)
class Outcome:
    """The HTTP answer, the states of the flow run so far, and its mails as the ledger has them."""

    status: int
    answer: dict[str, Any]
    states: list[tuple[str, str, datetime, str]]
    mails: list[tuple[int, str, datetime, str, str, dict[str, Any] | None]]

    @property
    def state(self) -> str:
        return self.states[-1][0] if self.states else "not handed over"

    @property
    def ended(self) -> bool:
        return self.state in _ENDED

    @property
    def first_mail(self) -> dict[str, Any]:
        """The rendered mail 1; empty parts if it was not rendered."""
        return (self.mails[0][5] if self.mails else None) or {"html": "", "text": "", "subject": "none"}


def look(stack: Stack, status: int, answer: dict[str, Any]) -> Outcome:
    """The outcome as it is now, read from both databases."""
    with (
        stack.postgres.connect("postgres", "prefect") as prefect,
        stack.postgres.connect("postgres") as ledger,
    ):
        states = prefect.execute(_STATES, (answer["id"],)).fetchall()
        mails = ledger.execute(_MAILS, (answer["id"],)).fetchall()
    return Outcome(status, answer, states, mails)


def report(stack: Stack, outcome: Outcome, mail: Path) -> str:
    """The outcome for a person to read."""
    parts = [
        ("The answer to the website", _answer(outcome)),
        ("The flow run's states, in seconds after the POST", _states(outcome)),
        ("Rows in the ledger", _rows(stack)),
        (f"The sequence (times in {_zone(stack)})", _sequence(stack, outcome)),
        ("Mail 1", _mail(stack, outcome, mail)),
        ("What to do next", _NEXT),
    ]
    return "\n".join(f"{title}\n{textwrap.indent(body, '  ')}\n" for title, body in parts)


_NEXT = """\
look around while it runs:  make demo KEEP=1
the product, with Docker:   make up
real mail, real Notion:     cp .env.example .env, fill it in, make up
another campaign:           copy flows/campaigns/christmas and change it; CONTRIBUTING.md says how"""


def _answer(outcome: Outcome) -> str:
    kept = ("id", "name", "flow_id", "state_type")
    return f"HTTP {outcome.status}\n" + "\n".join(f"{key}: {outcome.answer[key]}" for key in kept)


def _states(outcome: Outcome) -> str:
    posted = datetime.fromisoformat(outcome.answer["created"])
    return "\n".join(
        f"{(at - posted).total_seconds():6.2f}  {name:<12} {message}".rstrip()
        for _, name, at, message in outcome.states
    )


def _rows(stack: Stack) -> str:
    with stack.postgres.connect("postgres") as ledger:
        counts = [(name, ledger.execute(f"SELECT count(*) FROM {name}").fetchone()) for name in _TABLES]  # noqa: S608
    return "\n".join(f"{name:<12} {count[0] if count else 0}" for name, count in counts)


def _sequence(stack: Stack, outcome: Outcome) -> str:
    zone = ZoneInfo(_zone(stack))
    return "\n".join(
        f"{step}  {due_at.astimezone(zone):%a %d %b %Y %H:%M}  {mail:<16} {state}{f': {reason}' if reason else ''}"
        for step, mail, due_at, state, reason, _ in outcome.mails
    )


def _mail(stack: Stack, outcome: Outcome, mail: Path) -> str:
    said = f"subject: {outcome.first_mail['subject']}\nopen it: {mail}"
    # The mail names the stack's public address; here web answers alone.
    view = re.search(r"/view/\S+", outcome.first_mail["text"])
    return (
        f"{said}\nas its reader views it in a browser, while the demo runs: {stack.web_url}{view[0]}"
        if view
        else said
    )


def _zone(stack: Stack) -> str:
    return stack.settings.get("TIMEZONE", "Europe/Berlin")
