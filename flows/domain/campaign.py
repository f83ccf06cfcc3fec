"""A campaign as data: the shape of `campaign.yaml`, checked when it is read."""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import Annotated, Any, Literal, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    model_validator,
)

from flows.domain.expression import Expression
from flows.domain.identity import deployment_id, flow_id

_DELAY = re.compile(r"(?:(\d+)d)?\s*(?:(\d+)h)?\s*(?:(\d+)m)?")
_PLACEHOLDER = re.compile(r"^<.*>$", re.DOTALL)


def _delay(value: object) -> timedelta:
    """`14d`, `2d 12h`, `30m` or `0`."""
    match = _DELAY.fullmatch(str(value).strip())
    if value in (0, "0"):
        return timedelta()
    if not match or not any(match.groups()):
        raise ValueError("write a delay as days, hours and minutes, such as `1d`, `2d 12h` or `30m`")
    days, hours, minutes = (int(part or 0) for part in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes)


def _expression(value: object) -> Expression:
    return Expression("true" if value is True else str(value))


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError("write a zone of the IANA list, such as `Europe/Berlin`") from error
    return value


Delay = Annotated[timedelta, BeforeValidator(_delay)]
Condition = Annotated[Expression, PlainValidator(_expression)]
Zone = Annotated[str, AfterValidator(_zone)]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=60)]


class Part(BaseModel):
    """What every part of a campaign file has in common: unknown keys are errors, nothing changes later."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Parameter(Part):
    """One thing that the website may send, in JSON Schema's words."""

    type: Literal["string", "integer", "number", "boolean"]
    format: Literal["email"] | None = None
    minimum: float | None = None
    maximum: float | None = None
    min_length: int | None = Field(default=None, alias="minLength")
    max_length: int | None = Field(default=None, alias="maxLength")
    enum: tuple[str | int | float, ...] | None = None
    optional: bool = False
    description: str = ""


class Rule(Part):
    """A rule over several parameters, and the sentence that a caller reads when it does not hold."""

    that: Condition
    otherwise: str = Field(alias="else", min_length=1)


class Window(Part):
    """When mails of this campaign may leave, in the recipient's zone. The first mail does not wait for it."""

    days: tuple[Weekday, ...] = Field(min_length=1)
    opens: time = Field(alias="from")
    closes: time = Field(alias="to")

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError("`from` must be earlier than `to`")
        return self


class Step(Part):
    """One mail of the sequence: which file, how long after the signup, and for whom."""

    mail: Name
    after: Delay
    expires: Delay | None = None
    segments: tuple[str, ...] | None = None

    def is_for(self, segment: str) -> bool:
        return self.segments is None or segment in self.segments


class Campaign(Part):
    """Everything that `campaign.yaml` says. `name` is the directory's."""

    name: Name
    flow: Name
    title: str = Field(min_length=1)
    version: int = Field(ge=1)
    language: str = Field(default="en", pattern=r"^[a-z]{2}$")
    parameters: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], Parameter]
    rules: tuple[Rule, ...] = ()
    segments: dict[Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")], Condition]
    window: Window | None = None
    steps: tuple[Step, ...] = Field(min_length=1)
    values: dict[str, str] = {}

    @property
    def flow_id(self) -> UUID:
        return flow_id(self.flow)

    @property
    def deployment_id(self) -> UUID:
        return deployment_id(self.flow)

    @property
    def placeholders(self) -> list[str]:
        """The values that only the business knows and nobody has filled in yet: still `<…>`."""
        return [name for name, value in self.values.items() if _PLACEHOLDER.match(value)]

    @model_validator(mode="after")
    def _has_an_address_to_mail(self) -> Self:
        email = self.parameters.get("email")
        if email is None or email.format != "email" or email.optional:
            raise ValueError("`parameters` needs `email: {type: string, format: email}`, not optional")
        return self

    @model_validator(mode="after")
    def _conditions_name_parameters(self) -> Self:
        conditions = [rule.that for rule in self.rules] + list(self.segments.values())
        for condition in conditions:
            if unknown := condition.names - self.parameters.keys():
                raise ValueError(f"`{condition.text}` uses {_listed(unknown)}, which no parameter is called")
        return self

    @model_validator(mode="after")
    def _everyone_has_a_segment(self) -> Self:
        if list(self.segments.values())[-1].text != "true":
            raise ValueError("the last segment must be `true`: everyone belongs to one")
        return self

    @model_validator(mode="after")
    def _steps_are_in_order(self) -> Self:
        mails = [step.mail for step in self.steps]
        if len(set(mails)) < len(mails):
            raise ValueError("two steps use the same mail")
        delays = [step.after for step in self.steps]
        if delays != sorted(delays):
            raise ValueError("steps must be in the order of their delays")
        return self

    @model_validator(mode="after")
    def _steps_name_segments(self) -> Self:
        for step in self.steps:
            if unknown := set(step.segments or ()) - self.segments.keys():
                raise ValueError(f"step `{step.mail}` names {_listed(unknown)}, which is no segment")
        return self

    def segment_of(self, answers: dict[str, Any]) -> str:
        """The first segment whose condition holds."""
        return next(name for name, condition in self.segments.items() if condition.holds(answers))


def _listed(names: set[str] | frozenset[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))
