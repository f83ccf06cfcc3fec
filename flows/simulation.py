"""Time travel: a person's whole sequence in seconds, by the real rules and the real renderer, on a throw-away ledger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from flows.adapters.throwaway import ThrowAway
from flows.beginning import begin_confirmed
from flows.delivery import deliver, deliver_first
from flows.desk import Desk
from flows.domain.answers import Answers
from flows.domain.lead import Enrolment, Lead, qualified
from flows.domain.sequence import plan
from flows.domain.verdict import Action, Answer, Verdict

#: Nothing is simulated further than this after the signup.
LONGEST = timedelta(days=400)


@dataclass(frozen=True)
class Line:
    """One mail of the sequence: when it left, or when it would have, and why it did not."""

    step: int
    mail: str
    at: datetime
    state: str
    reason: str | None
    subject: str | None


@dataclass(frozen=True)
class Story:
    """What happens beside the campaign.

    `start`: the person signs up. `stop_at`: they unsubscribe. `weekly_at`: they ask for at most one mail a week.
    `down`: spans during which the stack does not run. Where they have to confirm, they do it at `confirm_at`, or at
    once; not at all unless `confirms`.
    """

    start: datetime
    stop_at: datetime | None = None
    weekly_at: datetime | None = None
    down: Sequence[tuple[datetime, datetime]] = ()
    confirm_at: datetime | None = None
    confirms: bool = True

    def awake(self, moment: datetime) -> datetime:
        """The first moment at or after this one at which the stack runs."""
        for begins, ends in sorted(self.down):
            if begins <= moment < ends:
                moment = ends
        return moment


class _Clock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class _Everything:
    """A mailer that takes every mail and sends none."""

    def send(self, rendered: Mapping[str, Any], key: str) -> Answer:  # noqa: ARG002 (the port's shape)
        return Answer(Verdict(Action.SENT, "simulated"), key)


def simulate(
    desk: Desk, ledger: ThrowAway, campaign: str, answers: Mapping[str, Any], story: Story
) -> list[Line]:
    """What a person gets who signs up with these answers, by the desk's campaigns and settings.

    Raises:
        Refused: the answers do not fit the campaign.
    """
    clock = _Clock(story.awake(story.start))
    settings = desk.settings.model_copy(update={"resend_api_key": None})
    own = replace(
        desk, settings=settings, ledger=ledger, mailer=_Everything(), clock=clock, sleep=clock.sleep
    )
    lead = qualified(Answers(own.campaigns[campaign]), answers, settings.timezone)
    enrolment = _enter(own, campaign, lead, clock)
    if enrolment.waits_for and story.confirms:
        _confirm(own, ledger, enrolment, lead, story)
    for moment in _moments(ledger, story):
        clock.now = max(clock.now, moment)
        _choose(ledger, lead, story, clock.now)
        for letter in ledger.claim(clock.now, 10):
            deliver(letter, own)
    return [_line(row) for row in ledger.letters()]


def _choose(ledger: ThrowAway, lead: Lead, story: Story, now: datetime) -> None:
    if story.stop_at and now >= story.stop_at:
        ledger.suppress(lead.email, story.stop_at)
    if story.weekly_at and now >= story.weekly_at:
        ledger.choose_weekly(story.weekly_at)


def _confirm(desk: Desk, ledger: ThrowAway, enrolment: Enrolment, lead: Lead, story: Story) -> None:
    """The button is pressed; what is planned then leaves as on any day."""
    clock = desk.clock
    assert isinstance(clock, _Clock)
    clock.now = max(clock.now, story.awake(story.confirm_at or clock.now))
    _choose(ledger, lead, story, clock.now)
    ledger.confirm(enrolment.id, clock.now)
    begin_confirmed(desk)


def _enter(desk: Desk, campaign: str, lead: Lead, clock: _Clock) -> Enrolment:
    known = desk.campaigns[campaign]
    mails = plan(known, lead.segment, clock.now, ZoneInfo(lead.timezone))
    enrolment = desk.ledger.enrol(known, lead, mails, uuid4(), clock.now)
    deliver_first(enrolment.id, desk)
    return enrolment


def _moments(ledger: ThrowAway, story: Story) -> Iterator[datetime]:
    """The moments at which something is due, as the ledger has them by then."""
    while (due := ledger.next_moment()) and due < story.start + LONGEST:
        yield story.awake(due)


def _line(row: Mapping[str, Any]) -> Line:
    at = row["sent_at"] or row["due_at"]
    return Line(row["step"], row["mail"], at, row["state"], row["reason"], row["subject"])
