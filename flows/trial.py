"""One real mail to a colleague's address: a campaign's words as they arrive, outside the ledger of leads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from flows.adapters.office import Office
from flows.desk import Desk
from flows.domain.campaign import Campaign, Step
from flows.domain.letter import pause_after
from flows.domain.message import Envelope, compose
from flows.domain.people import people
from flows.domain.readiness import missing_settings
from flows.domain.rendering import Links, context_of, render
from flows.domain.suggestion import instead
from flows.domain.verdict import Action, Answer
from flows.settings import Settings

#: How often a test is handed over before it is given up, always under one key.
TRIES = 3
#: How long it waits for its turn at the provider's.
PATIENCE = timedelta(seconds=30)

#: Stands before the subject, so that nobody takes a test for the mail.
MARK = "[Test] "


class NotSent(ValueError):
    """The test did not leave; the message says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """Which mail, as somebody of which segment gets it, to whom. `few`: somebody who says only what is required."""

    campaign: Campaign
    step: Step
    segment: str
    to: str
    few: bool = False


def step_called(campaign: Campaign, which: str) -> Step:
    """A step by its number, counted from 1 in `campaign.yaml`, or by its mail's name; 0 asks for the confirmation."""
    by_name = {step.mail: step for step in campaign.numbered.values()}
    if which in by_name:
        return by_name[which]
    if which.isdecimal() and int(which) in campaign.numbered:
        return campaign.numbered[int(which)]
    if which.isdecimal():
        raise NotSent(f"{campaign.name} has no mail {which}; it has {len(campaign.steps)}.")
    raise NotSent(f"{campaign.name} has no mail `{which}`; {instead(which, by_name)}")


def segment_called(campaign: Campaign, step: Step, wanted: str | None) -> str:
    """The segment that was asked for, or the first that gets the mail."""
    getting = [segment for segment in campaign.segments if step.is_for(segment)]
    segment = wanted or getting[0]
    if segment not in campaign.segments:
        raise NotSent(f"{campaign.name} has no segment `{segment}`; {instead(segment, campaign.segments)}")
    if segment not in getting:
        raise NotSent(f"`{segment}` does not get the mail `{step.mail}`; {', '.join(getting)} do.")
    return segment


def refuse_unready(settings: Settings) -> None:
    """Raises `NotSent` where no real mail can leave. Values that are still `<…>` do not matter to a colleague."""
    if settings.preview:
        raise NotSent(
            "This is preview, where no mail leaves: set RESEND_API_KEY first. "
            "To look at the mails without sending any: campaigns preview CAMPAIGN"
        )
    if reasons := missing_settings(settings):
        raise NotSent("\n".join(reasons))


def send_test(desk: Desk, office: Office, trial: Trial, key: UUID) -> str:
    """Hand the mail over, and return the provider's name for it.

    Nothing of it is kept: no contact, no message, and the link under it stops nobody. The suppression list holds
    all the same: who said stop gets no test either.

    Args:
        key: of this one test; every try has it, so that it cannot arrive twice.

    Raises:
        NotSent: something keeps it from leaving.
    """
    refuse_unready(desk.settings)
    if reason := office.suppressed(trial.to):
        raise NotSent(
            f"This address is on the suppression list ({reason}): no mail goes there, and no test. Take another "
            "one, or, if the person wants it: campaigns suppressions lift ADDRESS --because …"
        )
    answer = _handed_over(desk, _body(desk, trial, key), key)
    if answer.verdict.action is not Action.SENT:
        raise NotSent(answer.verdict.reason)
    return answer.provider_id or ""


def _handed_over(desk: Desk, body: dict[str, Any], key: UUID) -> Answer:
    for attempt in range(1, TRIES + 1):
        if not desk.wait_for_turn("resend", desk.settings.resend_per_second, PATIENCE):
            paused = desk.ledger.paused("resend", desk.clock())
            raise NotSent(
                paused[1] if paused else "Other mails have their turn first. Try again in a minute."
            )
        answer = desk.mailer.send(body, f"test-{key}")
        if answer.verdict.action is not Action.RETRY:
            break
        if attempt < TRIES:
            desk.sleep(max(pause_after(attempt).total_seconds(), answer.verdict.retry_after or 0))
    return answer


def _body(desk: Desk, trial: Trial, key: UUID) -> dict[str, Any]:
    campaign = trial.campaign
    number = next(number for number, step in campaign.numbered.items() if step == trial.step)
    # Of no contact, no message and no signup: they stop nobody, show nothing and confirm nothing.
    links = Links(unsubscribe=desk.unsubscribe_url(key, campaign.name), view=desk.view_url(key))
    context = context_of(
        campaign, _answers(trial), segment=trial.segment, links=links,
        postal_address=desk.settings.postal_address or "", words=desk.words(campaign.name),
        confirm_url=None if number else desk.confirm_url(key, campaign.name),
    )  # fmt: skip
    rendered = render(desk.templates[campaign.name][trial.step.mail], desk.layout, context)
    envelope = Envelope(
        to=trial.to, sender=desk.settings.mail_from or "", reply_to=desk.reply_to(campaign.name),
        unsubscribe_url=links.unsubscribe, message_id=key, campaign=campaign.name, step=number,
    )  # fmt: skip
    body = compose(rendered, envelope)
    return body | {"subject": MARK + body["subject"], "tags": [{"name": "test", "value": campaign.name}]}


def _answers(trial: Trial) -> dict[str, Any]:
    found = list(people(trial.campaign, trial.segment))
    if not found:
        raise NotSent(f"Nobody could be made up who falls into {trial.segment}; look at its condition.")
    return found[min(1, len(found) - 1) if trial.few else 0][1]
