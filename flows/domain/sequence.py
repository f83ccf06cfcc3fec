"""When each mail of a sequence is due: delays from the signup, inside the campaign's send window."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from flows.domain.campaign import Campaign, Step, Window

#: A first mail that is due so soon answers what the person just did, so it leaves at any hour.
PROMPT = timedelta(hours=1)

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, kw_only=True)
class Planned:
    """One mail that is to leave: its step, its file's name, when it is due and until when it makes sense.

    Steps count from 1; the mail that asks for a confirmation is 0, and when it asks again -1, -2 and so on.
    """

    step: int
    mail: str
    due_at: datetime
    expires_at: datetime | None


def plan(campaign: Campaign, segment: str, start: datetime, zone: ZoneInfo) -> list[Planned]:
    """What is planned when a person of this segment signs up at `start`: all mails that they get.

    With a double opt-in that is the one that asks; the `sequence` is planned when they have confirmed.
    """
    if asking := campaign.double_opt_in:
        return [Planned(step=0, mail=asking.mail, due_at=start, expires_at=start + asking.within)]
    return sequence(campaign, segment, start, zone)


def sequence(campaign: Campaign, segment: str, start: datetime, zone: ZoneInfo) -> list[Planned]:
    """The mails of the campaign's steps, from the signup on, or from the confirmation.

    The first leaves when it is due, whatever the hour, if that is soon: see `PROMPT`.
    """
    steps = [step for step in campaign.steps if step.is_for(segment)]
    return [_planned(campaign, number, step, start, zone) for number, step in enumerate(steps, start=1)]


def answers_signup(number: int, delay: timedelta) -> bool:
    """Whether this mail is the prompt answer to what the person just did, and so does not wait for the window."""
    return number <= 0 or (number == 1 and delay <= PROMPT)


def next_open(window: Window | None, instant: datetime, zone: ZoneInfo) -> datetime:
    """The first moment at or after `instant` at which the window is open in `zone`; UTC."""
    if window is None:
        return instant
    day = instant.astimezone(zone).date()
    while True:
        opens = datetime.combine(day, window.opens, zone).astimezone(UTC)
        closes = datetime.combine(day, window.closes, zone).astimezone(UTC)
        if _WEEKDAYS[day.weekday()] in window.days and instant < closes:
            return max(instant, opens)
        day += timedelta(days=1)


def _planned(campaign: Campaign, number: int, step: Step, start: datetime, zone: ZoneInfo) -> Planned:
    due_at = _later(start, step.after, zone)
    if not answers_signup(number, due_at - start):
        due_at = next_open(campaign.window, due_at, zone)
    expires_at = due_at + step.expires if step.expires is not None else None
    return Planned(step=number, mail=step.mail, due_at=due_at, expires_at=expires_at)


def _later(start: datetime, delay: timedelta, zone: ZoneInfo) -> datetime:
    """Whole days keep the hour on the wall when the clocks change; hours and minutes are real time."""
    days = timedelta(days=delay.days)
    return (start.astimezone(zone) + days).astimezone(UTC) + (delay - days)
