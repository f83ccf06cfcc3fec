"""How often somebody may be asked to confirm: whoever signs up a stranger must not become their torment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

#: Between two mails that ask the same person about the same campaign.
PAUSE = timedelta(days=1)
#: Such mails within `SPAN`.
MOST = 3
SPAN = timedelta(days=30)


def may_ask(asked: Sequence[datetime], now: datetime) -> bool:
    """Whether one more mail may ask.

    Args:
        asked: when each that there was so far left, or was to leave.
    """
    recent = [moment for moment in asked if moment > now - SPAN]
    return len(recent) < MOST and all(moment <= now - PAUSE for moment in recent)
