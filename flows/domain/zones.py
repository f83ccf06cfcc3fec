"""The time zones that there are. Listing them reads a directory tree, so it is done once."""

from functools import cache
from zoneinfo import available_timezones


@cache
def zones() -> frozenset[str]:
    """Every name that `ZoneInfo` knows."""
    return frozenset(available_timezones())
