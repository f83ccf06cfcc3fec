"""How many signups one hour may bring, whoever sends them: a limit that a person hears of."""

from __future__ import annotations

import logging
import math
from datetime import UTC, datetime, timedelta

from services.web.errors import Refusal

logger = logging.getLogger("campaigns.web")


class Hour:
    """Knows from the ledger how many an hour has taken, and refuses when it is full until the next one."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._full: datetime | None = None

    def admit(self, now: datetime) -> None:
        """Raises:
        Refusal: 429, with the seconds until the hour ends.
        """
        hour = start_of_hour(now)
        if hour == self._full:
            raise too_many("too many signups in this hour", hour + timedelta(hours=1) - now)

    def has_taken(self, hour: datetime, signups: int) -> None:
        """What the ledger has counted; the operator hears once that an hour is full."""
        if signups >= self.most and hour != self._full:
            self._full = hour
            logger.error(
                "the hour from %s has its %d signups: the rest of it is refused. If these are wanted, raise "
                "INTAKE_PER_HOUR_TOTAL; if not, look who sends them in Caddy's log",
                f"{hour:%Y-%m-%d %H:%M} UTC", self.most,
            )  # fmt: skip


def start_of_hour(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def start_of_day(now: datetime) -> datetime:
    return start_of_hour(now).replace(hour=0)


def too_many(sentence: str, wait: timedelta) -> Refusal:
    """429 with the seconds to wait, at least one."""
    return Refusal(429, sentence, {"Retry-After": str(max(1, math.ceil(wait.total_seconds())))})
