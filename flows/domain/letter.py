"""One mail to one person: what the ledger holds of it, and every reason for it not to leave."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flows.domain.verdict import Action

#: Resend forgets an idempotency key after 24 hours (resend.com/docs, "Idempotency Keys"), so a try
#: whose outcome nobody knows is not repeated after this: the person might get the mail twice.
TRIES_END = timedelta(hours=23)

_LOOK_UP = "and nobody knows whether it left: look it up at Resend, then release or drop it"

#: Less than this after its time a letter counts as punctual: sending many takes a while.
PUNCTUAL = timedelta(hours=1)

#: The pauses between tries, by how many there were; the last one repeats until the tries end.
PAUSES = tuple(timedelta(seconds=s) for s in (1, 5, 60, 300, 900, 3600))


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A message of the ledger with all that is needed to write it, send it, or see that it must not leave."""

    id: UUID
    enrolment_id: UUID
    contact_id: UUID
    campaign: str
    version: int
    segment: str
    email: str
    timezone: str
    answers: Mapping[str, Any]
    step: int
    mail: str
    #: When the person entered the campaign, or confirmed that they want to.
    entered_at: datetime
    state: str
    due_at: datetime
    expires_at: datetime | None
    rendered: Mapping[str, Any] | None
    first_attempt_at: datetime | None
    #: Set after a restore: since the backup's moment it may have left, which the ledger does not know.
    unsure_since: datetime | None
    attempts: int
    suppressed: str | None
    ended: str | None
    #: The person wants at most one mail a week.
    weekly: bool = False
    #: When their other mails left, of whatever campaign; None for one that is on its way this moment.
    mails: Sequence[datetime | None] = ()


@dataclass(frozen=True, kw_only=True)
class Due:
    """When a message is due, and until when it makes sense."""

    id: UUID
    due_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True)
class Settled:
    """The end of a letter that does not leave: the state it gets, and why."""

    state: str
    reason: str


def reason_to_keep(letter: Letter, now: datetime) -> Settled | None:
    """Why this letter must not leave now; None if it may.

    A person's stop comes first: it holds even for a letter that somebody ought to look at.
    """
    if stopped := letter.suppressed or letter.ended:
        return Settled("skipped", stopped)
    if letter.first_attempt_at and now - letter.first_attempt_at >= TRIES_END:
        return Settled("held", f"tried for 23 hours {_LOOK_UP}")
    if letter.unsure_since and now - letter.unsure_since >= TRIES_END:
        return Settled("held", f"due since the backup that was restored, {_LOOK_UP}")
    if letter.expires_at and now >= letter.expires_at and letter.first_attempt_at is None:
        return Settled("skipped", "too late")
    return None


def pushed(later: Sequence[Due], lateness: timedelta, opens: Callable[[datetime], datetime]) -> list[Due]:
    """The letters after one that left late, each as much later, so that they keep their distance.

    Args:
        opens: the first moment at or after another at which the campaign's window is open.
    """
    moved = [(due, opens(due.due_at + lateness)) for due in later]
    return [
        replace(due, due_at=at, expires_at=due.expires_at and due.expires_at + (at - due.due_at))
        for due, at in moved
    ]


def pause_after(attempts: int) -> timedelta:
    """How long to wait after this many tries before the next one."""
    return PAUSES[min(max(attempts, 1), len(PAUSES)) - 1]


def resumes_at(action: Action, now: datetime) -> datetime:
    """When sending goes on after the provider takes nothing for a while.

    Resend counts days and months in UTC, so a used-up quota renews at midnight; a wrong key is tried again
    every quarter of an hour, so that mending it is enough.
    """
    midnight = now.replace(hour=0, minute=1, second=0, microsecond=0)
    if action is Action.PAUSE_UNTIL_TOMORROW:
        return midnight + timedelta(days=1)
    if action is Action.PAUSE:
        return (midnight.replace(day=28) + timedelta(days=4)).replace(day=1)
    return now + timedelta(minutes=15)
