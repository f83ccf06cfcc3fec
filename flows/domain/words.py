"""The words of a campaign file that are more than a string: delays, times of day, conditions."""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, WithJsonSchema

from flows.domain.address import sender
from flows.domain.expression import Expression

_DELAY = re.compile(r"(?:(\d+)d)?\s*(?:(\d+)h)?\s*(?:(\d+)m)?")
_CLOCK = re.compile(r"\d\d:\d\d")


def _delay(value: object) -> timedelta:
    """`14d`, `2d 12h`, `30m` or `0`."""
    if isinstance(value, timedelta):
        return value
    text = str(value).strip()
    if text == "0":
        return timedelta()
    match = _DELAY.fullmatch(text)
    if not match or not any(match.groups()):
        raise ValueError("write a delay as days, hours and minutes, such as `1d`, `2d 12h` or `30m`")
    days, hours, minutes = (int(part or 0) for part in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes)


def _clock(value: object) -> object:
    """YAML reads a bare 10:30 as the number 630, base sixty."""
    if not isinstance(value, str) or not _CLOCK.fullmatch(value):
        raise ValueError('write a time of day in quotes, such as "09:00"')
    return value


def _expression(value: object) -> Expression:
    return Expression("true" if value is True else str(value))


_DELAYS = {"anyOf": [{"const": 0}, {"type": "string", "pattern": r"^(0|(?=\d)(\d+d)?\s*(\d+h)?\s*(\d+m)?)$"}]}
_CLOCKS = {"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d$"}
_CONDITIONS = {"anyOf": [{"const": True}, {"type": "string", "minLength": 1}]}

# Each with what it looks like in the file, for its JSON Schema.
Delay = Annotated[timedelta, BeforeValidator(_delay), WithJsonSchema(_DELAYS)]
Clock = Annotated[time, BeforeValidator(_clock), WithJsonSchema(_CLOCKS)]
Condition = Annotated[Expression, PlainValidator(_expression), WithJsonSchema(_CONDITIONS)]
#: What a booking service reports of a call, whichever service it is.
Occasion = Literal["booked", "rescheduled", "cancelled", "no-show", "no-show-undone"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Sender = Annotated[str, AfterValidator(sender)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=60)]
