"""When the operator is told of what was found: once when it begins, each day while it lasts, once when it is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from flows.domain.finding import Finding

#: How long the operator is left in peace while an alert lasts.
AGAIN = timedelta(days=1)

Moment = Literal["began", "lasts", "over"]


@dataclass(frozen=True, kw_only=True)
class Open:
    """An alert that has begun and is not over. `state` is `warn` or `fail`."""

    id: UUID
    line: str
    state: str
    said: str
    remedy: str
    began_at: datetime
    told_at: datetime


@dataclass(frozen=True)
class Change:
    """What happens to an alert now: it begins (`alert` is None), lasts, or is over; `told` if the operator hears of it."""

    moment: Moment
    alert: Open | None
    finding: Finding | None
    told: bool


def changes(known: Sequence[Open], found: Sequence[Finding], now: datetime) -> list[Change]:
    """What follows from a look. A line that is `off` stays as it was: nobody can tell.

    An alert that becomes graver is told again at once.
    """
    wrong = {one.line: one for one in found if one.state in ("warn", "fail")}
    untold = {one.line for one in found if one.state == "off"}
    by_line = {one.line: one for one in known}
    begun = [Change("began", None, one, told=True) for line, one in wrong.items() if line not in by_line]
    return begun + [
        _lasting(alert, wrong[line], now) if line in wrong else Change("over", alert, None, told=True)
        for line, alert in by_line.items()
        if line in wrong or line not in untold
    ]


def _lasting(alert: Open, finding: Finding, now: datetime) -> Change:
    graver = (alert.state, finding.state) == ("warn", "fail")
    return Change("lasts", alert, finding, told=graver or now - alert.told_at >= AGAIN)
