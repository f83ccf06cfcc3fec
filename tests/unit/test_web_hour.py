"""An hour that is full."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest

from services.web.errors import Refusal
from services.web.hour import Hour, start_of_hour

NOW = datetime(2026, 12, 1, 9, 59, 59, 500_000, UTC)


def _refused(hour: Hour, now: datetime) -> str | None:
    """The seconds to wait; None if it is let in."""
    try:
        hour.admit(now)
    except Refusal as refusal:
        return (refusal.headers or {})["Retry-After"]
    return None


def test_a_full_hour_refuses_until_it_ends() -> None:
    hour = Hour(2)
    hour.has_taken(start_of_hour(NOW), 1)
    before = _refused(hour, NOW)
    hour.has_taken(start_of_hour(NOW), 2)
    later = [
        _refused(hour, NOW - timedelta(minutes=30)),
        _refused(hour, NOW),
        _refused(hour, NOW + timedelta(seconds=1)),
    ]
    assert (before, later) == (None, ["1801", "1", None])


def test_the_operator_hears_of_each_full_hour_once(caplog: pytest.LogCaptureFixture) -> None:
    hour = Hour(2)
    for at, taken in ((NOW, 2), (NOW, 3), (NOW + timedelta(hours=1), 5), (NOW + timedelta(hours=1), 6)):
        hour.has_taken(start_of_hour(at), taken)
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 2
    assert "INTAKE_PER_HOUR_TOTAL" in caplog.text
