"""How a signup's run ends: one sentence for the operator, without anybody's data, and what to do if it failed."""

from __future__ import annotations

from typing import Any

from prefect import State
from prefect.states import Completed, Failed

from flows.delivery import Delivered
from flows.domain.campaign import Campaign
from flows.domain.lead import Enrolment, Lead


def summary(
    campaign: Campaign, lead: Lead, enrolment: Enrolment, mail: Delivered, behind: str | None
) -> State[Any]:
    """COMPLETED, or FAILED where a person must act before mail 1 can leave."""
    said = [_enrolled(campaign, lead, enrolment), _mailed(enrolment, mail)]
    if behind:
        said.append(f"Notion is behind and will catch up: {behind}")
    message = " ".join(said)
    return Failed(message=message) if mail.needs_person else Completed(message=message)


def _enrolled(campaign: Campaign, lead: Lead, enrolment: Enrolment) -> str:
    if enrolment.waits_for and campaign.double_opt_in:
        return f"{lead.segment}: asked to confirm; nothing of {campaign.name} leaves before the person has."
    if not enrolment.new:
        day = enrolment.created_at.strftime("%Y-%m-%d")
        return f"This address has been in {campaign.name} since {day}: nothing is planned or sent twice."
    mails = sum(step.is_for(lead.segment) for step in campaign.steps)
    return f"{lead.segment}: enrolled in {campaign.name}, {mails} mails planned."


def _mailed(enrolment: Enrolment, mail: Delivered) -> str:
    name = "The mail that asks" if enrolment.waits_for else "Mail 1"
    match mail.state, mail.reason:
        case "sent", _:
            return f"{name} was sent." if enrolment.new or mail.letter else f"{name} was sent then."
        case "skipped", "preview":
            return f"{name} was rendered and kept, not sent: RESEND_API_KEY is not set."
        case "scheduled", _ if mail.again_at:
            return f"{name} leaves on {mail.again_at:%Y-%m-%d at %H:%M} UTC."
        case "waiting", reason:
            return f"{name} waits until {mail.again_at:%Y-%m-%d %H:%M} UTC: {reason}"
        case "held", reason:
            return f"{name} is held until a person looks: {reason}"
        case state, reason:
            return f"{name} is {state}{f' ({reason})' if reason else ''}."
