"""The daily digest: how yesterday went, what leaves today, what waits for a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flows.domain.alert import Open
from flows.domain.sheet import Heading, Part, Sheet, Table, sheet

OFF = "off"

_COLUMNS = ("campaign", "signups", "entered", "sent", "delivered", "bounced", "complained", "stopped")


@dataclass(frozen=True)
class Yesterday:
    """One campaign's day. What was delivered, bounced or complained of are the mails that left on it."""

    campaign: str
    signups: int
    entered: int
    sent: int
    delivered: int
    bounced: int
    complained: int
    stopped: int


@dataclass(frozen=True)
class Coming:
    """How many of a mail leave within a day, and when the first does."""

    campaign: str
    mail: str
    count: int
    first_at: datetime


@dataclass(frozen=True, kw_only=True)
class Digest:
    """What a digest is written from. `day` is the one on which it is read; `held` counts by campaign."""

    day: date
    yesterday: Sequence[Yesterday]
    coming: Sequence[Coming]
    held: Mapping[str, int]
    alerts: Sequence[Open]
    preview: bool


def due_digest(now: datetime, at: str, zone: ZoneInfo) -> date | None:
    """The day whose digest should be there by now; None before its hour, or if there is none.

    An hour that the clocks leave out is over when they have; one that comes twice is due the first time.
    """
    local = now.astimezone(zone)
    if at == OFF or local.time() < time.fromisoformat(at):
        return None
    return local.date()


def span_of(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The day before, from midnight to midnight on the wall; UTC. It has 23 or 25 hours when the clocks change."""
    midnights = (datetime.combine(one, time(), zone) for one in (day - timedelta(days=1), day))
    begins, ends = (midnight.astimezone(UTC) for midnight in midnights)
    return begins, ends


def digest_words(digest: Digest, zone: ZoneInfo) -> Sheet:
    """The mail. It names campaigns and figures, and nobody."""
    before = digest.day - timedelta(days=1)
    parts = [*_yesterday(digest, before), *_coming(digest, zone), *_waiting(digest, zone)]
    sent, signups = (sum(getattr(one, name) for one in digest.yesterday) for name in ("sent", "signups"))
    alerts = len(digest.alerts)
    subject = f"{before:%a %d %b}: {_count(signups, 'signup')}, {_count(sent, 'mail')} sent"
    return sheet(subject + (f", {_count(alerts, 'alert')} open" if alerts else ""), parts)


def _yesterday(digest: Digest, before: date) -> Iterator[Part]:
    yield Heading(f"Yesterday, {before:%A %d %B}")
    if digest.preview:
        yield "Preview: RESEND_API_KEY is not set, and no mail leaves."
    yield Table([_COLUMNS, *([str(cell) for cell in astuple(one)] for one in digest.yesterday)], titled=True)


def _coming(digest: Digest, zone: ZoneInfo) -> Iterator[Part]:
    yield Heading("Within 24 hours")
    rows = [
        [str(one.count), one.campaign, one.mail, f"from {one.first_at.astimezone(zone):%a %H:%M}"]
        for one in digest.coming
    ]
    yield Table(rows) if rows else "Nothing leaves."


def _waiting(digest: Digest, zone: ZoneInfo) -> Iterator[Part]:
    yield Heading("Waits for a person")
    held = ", ".join(f"{count} of {name}" for name, count in sorted(digest.held.items()))
    yield f"Held mails: {held}. See campaigns held." if held else "No mail is held."
    if not digest.alerts:
        yield "No alert is open."
        return
    for alert in digest.alerts:
        since = f"{alert.began_at.astimezone(zone):%a %d %b %H:%M}"
        yield f"{alert.line}, since {since}: {alert.said}.\nWhat to do: {alert.remedy}."


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"
