"""How often one person gets mail, over all campaigns: at most so many in any seven days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

WEEK = timedelta(days=7)


_WEEKLY = "waits: the person asked for at most one mail a week"
_OFTEN = "waits: {} mails in seven days are enough, see MAILS_PER_WEEK"
#: What is said of mails that wait for a cap, with `%` for a number.
WHYS = (_WEEKLY, _OFTEN.format("%"))


@dataclass(frozen=True)
class Cap:
    """At most so many mails in any seven days, and what is said of a mail that waits for it."""

    most: int
    why: str


def cap_for(most: int, *, weekly: bool) -> Cap | None:
    """The stricter of what the operator has set (0: nothing) and what the person has asked for."""
    if weekly:
        return Cap(1, _WEEKLY)
    return Cap(most, _OFTEN.format(most)) if most else None


def next_free(mails: Sequence[datetime | None], cap: Cap | None, now: datetime) -> datetime:
    """When one more mail may leave: `now`, or the first moment at which the cap has room again.

    Args:
        mails: when each of the person's mails left, whatever the campaign. None: it is on its way this moment.
    """
    if cap is None or len(mails) < cap.most:
        return now
    latest_first = sorted((at or now for at in mails), reverse=True)
    return max(now, latest_first[cap.most - 1] + WEEK)
