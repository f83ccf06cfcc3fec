"""The figures by which one tells whether all is well, as the ledger has them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Rate:
    """What became of the mails that were sent since a moment."""

    sent: int
    complained: int
    bounced: int


@dataclass(frozen=True, kw_only=True)
class Overdue:
    """Letters of a campaign in one time zone that could have left: how many, the oldest's time, what they wait for.

    `prompt`: first mails that answer a signup, and so leave at any hour.
    """

    campaign: str
    timezone: str
    prompt: bool
    count: int
    oldest: datetime
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class Mailing:
    """How it goes with the mail provider.

    `refusing_since`: it has said no, at `refused_at` the last time, with no mail taken between the first and that.
    `unanswered_since`: the oldest first attempt whose outcome nobody knows.
    """

    taken_at: datetime | None
    refusing_since: datetime | None
    refused_at: datetime | None
    refusal: str | None
    unanswered_since: datetime | None
    unanswered: str | None


@dataclass(frozen=True, kw_only=True)
class Mirroring:
    """Records that every try since `since` has failed to show."""

    count: int
    since: datetime | None
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class Vitals:
    """All of it. `held` counts by campaign, `sent_lately` names the campaigns of which a mail left within an hour."""

    held: Mapping[str, int]
    overdue: Sequence[Overdue]
    sent_lately: Collection[str]
    week: Rate
    #: The same, without what was sent before a person last released the brake.
    since_release: Rate
    mailing: Mailing
    mirroring: Mirroring
    strays: int
    complaint_brake: str | None
    doctors_brake: str | None
