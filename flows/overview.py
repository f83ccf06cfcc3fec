"""All that the operator's page, its data, Prefect's artifact and Prometheus tell, read at one moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flows.adapters.figures import Behind, Mail, Pause, People
from flows.adapters.outlook import Hour, Outlook, Queue, Segment, Standing
from flows.domain.text import impersonal


@dataclass(frozen=True, kw_only=True)
class Overview:
    """The whole as it was at `at`. `accounts` is by provider; None is not known yet. Nobody is named in it."""

    at: datetime
    accounts: Mapping[str, bool | None]
    campaigns: Mapping[str, People]
    segments: Sequence[Segment]
    mails: Sequence[Mail]
    hours: Sequence[Hour]
    due: Queue
    held: Sequence[Standing]
    pauses: Sequence[Pause]
    mirror: Behind
    waiting_signups: Queue
    astray_signups: int

    @property
    def soon(self) -> int:
        """How many mails leave within a day."""
        return sum(hour.count for hour in self.hours)


def look(ledger: Outlook, flows: Mapping[str, str], now: datetime) -> Overview:
    """Count everything.

    Args:
        flows: the flows' names, and the campaign of each.

    Raises:
        LedgerError: the ledger is away.
    """
    return Overview(
        at=now,
        accounts=ledger.accounts(),
        campaigns={name: _unnamed(people) for name, people in ledger.people(flows).items()},
        segments=ledger.segments(),
        mails=ledger.mails(),
        hours=ledger.hours(now),
        due=ledger.due(now),
        held=[replace(held, reason=impersonal(held.reason)) for held in ledger.standing()],
        pauses=[replace(pause, reason=impersonal(pause.reason)) for pause in ledger.pauses(now)],
        mirror=_unnamed_failures(ledger.unmirrored()),
        waiting_signups=ledger.not_handed_over(),
        astray_signups=ledger.astray(now),
    )


def _unnamed(people: People) -> People:
    """Why somebody must not be mailed may come from a list that a person has typed."""
    return replace(people, stopped=_merged(people.stopped))


def _unnamed_failures(behind: Behind) -> Behind:
    return replace(behind, failures=_merged(behind.failures))


def _merged(counts: Mapping[str, int]) -> dict[str, int]:
    merged: Counter[str] = Counter()
    for reason, count in counts.items():
        merged[impersonal(reason)] += count
    return dict(merged)
