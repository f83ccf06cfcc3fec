"""How often somebody may be asked to confirm."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from flows.domain.confirmation import may_ask

NOW = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("days_ago", "may"),
    [
        ([], True),
        ([0], False),
        ([0.99], False),
        ([1], True),
        ([2, 1], True),
        ([3, 2, 1], False),
        ([30, 2, 1], True),
        ([29.9, 2, 1], False),
        ([90, 80, 70, 60], True),
    ],
)
def test_a_day_lies_between_two_and_no_more_than_three_fall_into_a_month(
    days_ago: list[float], may: bool
) -> None:
    assert may_ask([NOW - timedelta(days=days) for days in days_ago], NOW) is may
