"""A campaign as data: the shape of `campaign.yaml`, checked when it is read."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, PrivateAttr, ValidationInfo, model_validator

from flows.domain.agreement import as_error, of_campaign
from flows.domain.consent import Consent
from flows.domain.identity import deployment_id, flow_id
from flows.domain.marked_yaml import Lines, line_of
from flows.domain.parameter import Parameter, Part
from flows.domain.words import Clock, Condition, Delay, Name, Occasion, Sender, Weekday

_PLACEHOLDER = re.compile(r"^<.*>$", re.DOTALL)


class Rule(Part):
    """A rule over several parameters, and the sentence that a caller reads when it does not hold."""

    that: Condition = Field(description="A condition over parameters that every signup has to meet.")
    otherwise: str = Field(
        alias="else", min_length=1, description="What the caller reads when it does not hold."
    )


class Window(Part):
    """When mails of this campaign may leave, in the recipient's zone. A prompt first mail does not wait for it."""

    days: tuple[Weekday, ...] = Field(min_length=1, description="The weekdays on which mails may leave.")
    opens: Clock = Field(alias="from", description="The time of day from which on they may, in quotes.")
    closes: Clock = Field(alias="to", description="The time of day until which they may, in quotes.")

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError("`from` must be earlier than `to`")
        return self


class Step(Part):
    """One mail of the sequence: which file, how long after the signup, and for whom."""

    mail: Name = Field(description="The mail's file: `mails/NAME.md`.")
    after: Delay = Field(description="How long after the signup: `0`, `30m`, `2d 12h`.")
    expires: Delay | None = Field(
        None, description="How late the mail may be; later it is skipped. Without it, it is never too late."
    )
    segments: tuple[str, ...] | None = Field(
        None, description="The segments that get this mail; without it, everybody."
    )

    def is_for(self, segment: str) -> bool:
        return self.segments is None or segment in self.segments


class DoubleOptIn(Part):
    """One mail asks for a confirmation, and nothing of the sequence leaves before it is given."""

    mail: Name = Field(description="The mail that asks: `mails/NAME.md`. It has `{{ confirm_url }}`.")
    within: Delay = Field(
        default="7d", validate_default=True, description="How long the person has; then nothing more leaves."
    )


class Campaign(Part):
    """Everything that `campaign.yaml` says. `name` is the directory's."""

    name: Name
    flow: Name = Field(
        description="The name from which the website's flow_id is derived: never change it once the website uses it."
    )
    title: str = Field(min_length=1, description="What the reader sees above every mail.")
    version: int = Field(
        ge=1, description="Raise it when steps change: who signed up before keeps the steps of then."
    )
    language: str = Field(
        default="en",
        pattern=r"^[a-z]{2}$",
        description="The mails' language: two letters. What stands below them, and the pages behind their links, speak it.",
    )
    reply_to: Sender | None = Field(
        None,
        description="Where answers go: an address that a person reads. Without it, to MAIL_REPLY_TO or the sender.",
    )
    starts_on: tuple[Occasion, ...] = Field(
        (), description="What happens to a booked call that makes a person whom we know enter this campaign."
    )
    ends_on: tuple[Occasion, ...] = Field(
        (), description="What happens to a booked call that ends this campaign for the person who booked it."
    )
    ends: tuple[Name, ...] = Field((), description="The campaigns that end for a person who enters this one.")
    parameters: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], Parameter] = Field(
        description="What the website may send. `email` must be among it; everything else is up to the campaign."
    )
    consent: Consent | None = Field(
        None, description="What the form asks people to agree to. It is kept with the signup, as a proof."
    )
    double_opt_in: DoubleOptIn | None = Field(
        None, description="Nothing but one mail leaves until the person has confirmed by its link."
    )
    rules: tuple[Rule, ...] = Field((), description="Conditions over several parameters.")
    segments: dict[Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")], Condition] = Field(
        description="Kinds of people, each with its condition. The first that holds counts; the last is `true`."
    )
    notify: tuple[str, ...] = Field(
        (), description="The segments of whose leads the operator is told at once, with what they said."
    )
    window: Window | None = Field(
        None, description="When mails may leave, by the recipient's clock. Without it, at any hour."
    )
    steps: tuple[Step, ...] = Field(min_length=1, description="The mails, in the order in which they leave.")
    values: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], str] = Field(
        {}, description="Words that all mails may use. No real mail leaves while one of them is still `<…>`."
    )
    _lines: Lines = PrivateAttr(default={(): 1})

    @property
    def flow_id(self) -> UUID:
        return flow_id(self.flow)

    @property
    def deployment_id(self) -> UUID:
        return deployment_id(self.flow)

    @property
    def numbered(self) -> dict[int, Step]:
        """Every mail of the campaign by its number: the steps from 1, and 0 for the mail that asks for a confirmation."""
        asking = {0: Step(mail=self.double_opt_in.mail, after=timedelta())} if self.double_opt_in else {}
        return asking | dict(enumerate(self.steps, start=1))

    @property
    def placeholders(self) -> list[str]:
        """The values that only the business knows and nobody has filled in yet: still `<…>`."""
        return [name for name, value in self.values.items() if _PLACEHOLDER.match(value)]

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if found := list(of_campaign(self)):
            raise as_error("Campaign", found)
        return self

    @model_validator(mode="after")
    def _knows_its_lines(self, info: ValidationInfo) -> Self:
        self._lines = info.context or self._lines
        return self

    def line(self, *place: str | int) -> int:
        """The line of a part in `campaign.yaml`, such as `line("steps", 2, "mail")`.

        Known if the lines were given as pydantic's validation context; else 1.
        """
        return line_of(self._lines, place)

    def segment_of(self, answers: dict[str, Any]) -> str:
        """The first segment whose condition holds."""
        return next(name for name, condition in self.segments.items() if condition.holds(answers))
