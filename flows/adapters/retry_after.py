"""How long a provider asks to wait: the header `Retry-After` (RFC 9110, 10.2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

#: Seconds. Whoever asks for more is asked again after a day.
LONGEST = 24 * 3600.0


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, between 0 and `LONGEST`; None without a header that can be read.

    A date is counted from the answer's own `Date`, so that the two clocks need not agree.
    """
    found = {name.lower(): value for name, value in headers.items()}
    wanted = found.get("retry-after", "").strip()
    seconds = _number(wanted)
    if seconds is None:
        until, sent = _moment(wanted), _moment(found.get("date", ""))
        seconds = (until - sent).total_seconds() if until and sent else None
    # `not >=` also turns away NaN.
    return None if seconds is None or not seconds >= 0 else min(seconds, LONGEST)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _moment(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone()
    except ValueError:
        return None
