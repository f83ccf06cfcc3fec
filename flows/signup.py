"""One lead enters a campaign. The flow knows no campaign by name: what it does is in the campaign's files."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import Parameter, Signature
from typing import Any
from uuid import UUID, uuid4

from prefect import Flow, State, flow
from prefect.runtime import flow_run

from flows.domain.answers import Answers
from flows.domain.campaign import Campaign
from flows.steps import enrol, mirror, qualify, send_first_mail, tell_operator
from flows.summary import summary


def enter(form: Answers, answers: Mapping[str, Any]) -> State[Any]:
    """What happens when somebody signs up, in this order; each step is safe to repeat."""
    campaign = form.campaign
    lead = qualify(form, answers)
    enrolment = enrol(campaign.name, lead, _signup_id())
    mail = send_first_mail(enrolment)
    record = mirror(enrolment)
    tell_operator(campaign, lead, enrolment)
    return summary(campaign, lead, enrolment, mail, record)


def signup_flow(campaign: Campaign) -> Flow[Any, Any]:
    """The flow by which a campaign's signups run: its name and parameters are the campaign's own.

    Prefect's own validation is off: it would put a person's answers into the log. `qualify` does it.
    """
    form = Answers(campaign)

    def signup(**answers: Any) -> State[Any]:
        return enter(form, answers)

    signup.__signature__ = _signature(campaign)  # type: ignore[attr-defined]
    entering = flow(
        name=campaign.flow,
        description=f"{campaign.title}: one lead enters.",
        validate_parameters=False,
        persist_result=False,
    )
    return entering(signup)


def _signature(campaign: Campaign) -> Signature:
    return Signature(
        [
            Parameter(name, Parameter.KEYWORD_ONLY, default=None if declared.optional else Parameter.empty)
            for name, declared in campaign.parameters.items()
        ]
    )


def _signup_id() -> UUID:
    """The flow run's id is the signup's; a run without one is somebody calling the function by hand."""
    return UUID(flow_run.id) if flow_run.id else uuid4()
