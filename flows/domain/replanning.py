"""A sequence that changes while it runs: a person moves to another version, or goes on after a stop."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flows.domain.campaign import Campaign, Window
from flows.domain.letter import PUNCTUAL, Due, pushed
from flows.domain.sequence import Planned, next_open, sequence


class CannotMove(ValueError):
    """Somebody cannot be moved to that version; the sentence says why, and not who."""


@dataclass(frozen=True, kw_only=True)
class Mail:
    """One mail of a person's sequence, as the ledger has it."""

    id: UUID
    step: int
    mail: str
    due_at: datetime
    expires_at: datetime | None
    state: str
    reason: str | None
    first_attempt_at: datetime | None
    sent_at: datetime | None

    @property
    def untried(self) -> bool:
        """Nobody has tried to send it, so it may still be planned otherwise."""
        return self.state == "scheduled" and self.first_attempt_at is None


@dataclass(frozen=True, kw_only=True)
class Place:
    """A person in a campaign with all mails of their sequence, in order. `started_at`: the delays count from then."""

    id: UUID
    contact_id: UUID
    campaign: str
    version: int
    segment: str
    timezone: str
    answers: Mapping[str, Any]
    started_at: datetime
    mails: Sequence[Mail] = ()

    def opens(self, window: Window | None, moment: datetime) -> datetime:
        return next_open(window, moment, ZoneInfo(self.timezone))


@dataclass(frozen=True, kw_only=True)
class Moved:
    """A place as it is after the move: the mails that go, and those that come instead of them."""

    version: int
    segment: str
    gone: Sequence[Mail]
    planned: Sequence[Planned] = field(default=())

    @property
    def said(self) -> str:
        """What changes for the person, by the mails' names."""
        before, after = [mail.mail for mail in self.gone], [mail.mail for mail in self.planned]
        out = ", ".join(f"without {name}" for name in before if name not in after)
        new = ", ".join(f"with {name}" for name in after if name not in before)
        return ", ".join(filter(None, [f"version {self.version}", out, new]))


def moved(place: Place, campaign: Campaign, now: datetime) -> Moved:
    """The rest of this person's sequence by the campaign as it is now.

    What was sent, tried, held or skipped stays as it is and is never planned again. A mail that is new stands
    before what the person has had, or before now, is not made up for. Whoever runs late goes on as late.

    Raises:
        CannotMove: the campaign as it is now asks for more than the person has said.
    """
    segment = _segment(place, campaign)
    kept = [mail for mail in place.mails if not mail.untried]
    gone = [mail for mail in place.mails if mail.untried]
    whole = sequence(campaign, segment, place.started_at, ZoneInfo(place.timezone))
    rest = _rest(whole, {mail.mail for mail in kept}, {mail.mail for mail in gone})
    late = _lateness(whole, kept)
    first = max((mail.step for mail in kept), default=0) + 1
    shifted = [_shifted(planned, late, place, campaign.window) for planned in rest]
    waited = {mail.mail for mail in gone}
    coming = [planned for planned in shifted if planned.due_at >= now or planned.mail in waited]
    numbered = [replace(planned, step=step) for step, planned in enumerate(coming, start=first)]
    return Moved(version=campaign.version, segment=segment, gone=gone, planned=numbered)


def resumed(
    place: Place, reasons: Collection[str], window: Window | None, now: datetime, *, missed: bool
) -> list[Due]:
    """When the mails leave that a stop with one of these reasons had kept.

    Args:
        missed: also those whose day has passed; the first goes at once, and all keep their distances. Else
            they stay skipped, and the others go on their day.
    """
    kept = [m for m in place.mails if m.state == "skipped" and not m.first_attempt_at and m.reason in reasons]
    dues = [Due(id=mail.id, due_at=mail.due_at, expires_at=mail.expires_at) for mail in kept]
    if missed and dues and dues[0].due_at < now:
        return pushed(dues, now - dues[0].due_at, lambda moment: place.opens(window, moment))
    return [due for due in dues if due.due_at >= now]


def begun(campaign: Campaign, place: Place) -> Moved:
    """The sequence of somebody who has just confirmed, by the campaign as it is now."""
    segment = _kind(place, campaign)
    mails = sequence(campaign, segment, place.started_at, ZoneInfo(place.timezone))
    return Moved(version=campaign.version, segment=segment, gone=(), planned=mails)


def _segment(place: Place, campaign: Campaign) -> str:
    wanted = {name for name, parameter in campaign.parameters.items() if not parameter.optional}
    if missing := sorted(name for name in wanted if name not in place.answers):
        raise CannotMove(
            f"version {campaign.version} asks for {', '.join(missing)}, which was not asked then"
        )
    return _kind(place, campaign)


def _kind(place: Place, campaign: Campaign) -> str:
    """Their segment, as long as the campaign has it."""
    if place.segment in campaign.segments:
        return place.segment
    return campaign.segment_of({**dict.fromkeys(campaign.parameters), **place.answers})


def _rest(whole: Sequence[Planned], had: Collection[str], waiting: Collection[str]) -> list[Planned]:
    """What comes after the last mail that the person has had, and what they wait for anyway."""
    passed = max((at for at, planned in enumerate(whole) if planned.mail in had), default=-1)
    return [planned for at, planned in enumerate(whole) if at > passed or planned.mail in waiting]


def _lateness(whole: Sequence[Planned], kept: Sequence[Mail]) -> timedelta:
    """How late the last mail left by the new plan; nothing if it was punctual or early."""
    due = {planned.mail: planned.due_at for planned in whole}
    late = [mail.sent_at - due[mail.mail] for mail in kept if mail.sent_at and mail.mail in due]
    return late[-1] if late and late[-1] > PUNCTUAL else timedelta()


def _shifted(planned: Planned, late: timedelta, place: Place, window: Window | None) -> Planned:
    if not late:
        return planned
    due_at = place.opens(window, planned.due_at + late)
    return replace(
        planned,
        due_at=due_at,
        expires_at=planned.expires_at and planned.expires_at + (due_at - planned.due_at),
    )
