"""At most so many mails in any seven days, however they come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.domain.frequency import WEEK, WHYS, Cap, cap_for, next_free

NOW = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)


def test_the_stricter_cap_holds() -> None:
    assert cap_for(0, weekly=False) is None
    assert [
        cap.most
        for cap in (cap_for(5, weekly=False), cap_for(5, weekly=True), cap_for(0, weekly=True))
        if cap
    ] == [5, 1, 1]


def test_what_is_said_of_a_waiting_mail_is_what_the_figures_look_for() -> None:
    for cap, why in zip((cap_for(0, weekly=True), cap_for(5, weekly=False)), WHYS, strict=True):
        assert cap is not None
        assert cap.why == why.replace("%", "5")


@pytest.mark.parametrize(
    ("mails", "most", "free"),
    [
        ([], 1, NOW),
        ([NOW - WEEK], 1, NOW),
        ([NOW - WEEK + DAY], 1, NOW + DAY),
        ([NOW - WEEK + DAY], 2, NOW),
        ([NOW - 3 * DAY, NOW - 5 * DAY, NOW - 30 * DAY], 2, NOW + 2 * DAY),
        ([None], 1, NOW + WEEK),  # on its way
        ([NOW - 5 * DAY, None], 2, NOW + 2 * DAY),
        ([NOW + DAY], 1, NOW + 8 * DAY),  # may have left as late as then
    ],
)
def test_there_is_room_again_a_week_after_the_mail_that_filled_it(
    mails: list[datetime | None], most: int, free: datetime
) -> None:
    assert next_free(mails, Cap(most, "why"), NOW) == free


@given(st.lists(st.floats(0, 60), max_size=40), st.integers(1, 8))
def test_nobody_gets_more_in_any_seven_days_and_nothing_is_lost(wanted: list[float], most: int) -> None:
    left: list[datetime | None] = []
    moment = NOW
    for day in sorted(wanted):
        moment = next_free(left, Cap(most, "why"), max(moment, NOW + day * DAY))
        left.append(moment)
    times = [at for at in left if at]
    assert len(times) == len(wanted)
    assert all(sum(end - WEEK < at <= end for at in times) <= most for end in times)
