"""When each mail of a sequence is due: delays, windows, and clocks that change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.domain.campaign import Campaign, Window
from flows.domain.sequence import next_open, plan
from tests.desk import campaign

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
ZONES = [BERLIN, NEW_YORK, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Asia/Kathmandu"), ZoneInfo("UTC")]
OFFICE_HOURS = {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "18:00"}
WINDOW = Window.model_validate(OFFICE_HOURS)


def at(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    """A moment by the clock on a wall in this zone."""
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def with_steps(*steps: dict[str, Any], **more: Any) -> Campaign:
    return campaign(steps=[{"mail": f"mail-{n}", **step} for n, step in enumerate(steps, start=1)], **more)


def second_due(signup: datetime, after: str, zone: ZoneInfo = BERLIN, **more: Any) -> datetime:
    return plan(with_steps({"after": 0}, {"after": after}, **more), "ALL", signup, zone)[1].due_at


@pytest.mark.parametrize(
    ("after", "due"),
    [
        ("1d", "2026-12-02T10:30"),
        ("14d", "2026-12-15T10:30"),
        ("2d 12h", "2026-12-03T22:30"),
        ("30m", "2026-12-01T11:00"),
        ("40d", "2027-01-10T10:30"),
    ],
)
def test_delays_count_from_the_signup(after: str, due: str) -> None:
    assert second_due(at("2026-12-01T10:30"), after) == at(due)


@pytest.mark.parametrize(
    ("signup", "after", "zone", "due"),
    [
        # Spring: the night is an hour shorter.
        ("2027-03-27T10:30", "1d", BERLIN, "2027-03-28T10:30"),
        ("2027-03-27T10:30", "24h", BERLIN, "2027-03-28T10:30"),  # which is one day
        ("2027-03-27T10:30", "23h", BERLIN, "2027-03-28T10:30"),
        ("2027-03-13T10:30", "1d", NEW_YORK, "2027-03-14T10:30"),
        # Half past two does not exist on that day: the moment is half past three.
        ("2027-03-27T02:30", "1d", BERLIN, "2027-03-28T03:30"),
        # Autumn: it is an hour longer.
        ("2026-10-24T10:30", "1d", BERLIN, "2026-10-25T10:30"),
        ("2026-10-24T10:30", "25h", BERLIN, "2026-10-25T11:30"),
        ("2026-10-24T10:30", "14d", BERLIN, "2026-11-07T10:30"),
        ("2026-10-31T10:30", "1d", NEW_YORK, "2026-11-01T10:30"),
        ("2026-10-31T10:30", "20h", NEW_YORK, "2026-11-01T05:30"),
    ],
)
def test_days_keep_the_hour_on_the_wall_and_hours_are_real(
    signup: str, after: str, zone: ZoneInfo, due: str
) -> None:
    assert second_due(at(signup, zone), after, zone) == at(due, zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "zone", "opens"),
    [
        ("2026-12-01T10:30", BERLIN, "2026-12-01T10:30"),
        ("2026-12-01T09:00", BERLIN, "2026-12-01T09:00"),
        ("2026-12-01T08:59:59", BERLIN, "2026-12-01T09:00"),
        ("2026-12-01T00:00", BERLIN, "2026-12-01T09:00"),
        ("2026-12-01T17:59:59", BERLIN, "2026-12-01T17:59:59"),
        ("2026-12-01T18:00", BERLIN, "2026-12-02T09:00"),
        ("2026-12-04T18:00", BERLIN, "2026-12-07T09:00"),
        ("2026-12-05T12:00", BERLIN, "2026-12-07T09:00"),
        ("2026-12-06T23:59", BERLIN, "2026-12-07T09:00"),
        ("2026-12-31T20:00", BERLIN, "2027-01-01T09:00"),
        # Over both changes of the clocks, in both zones, nine o'clock stays nine o'clock.
        ("2027-03-26T20:00", BERLIN, "2027-03-29T09:00"),
        ("2026-10-23T20:00", BERLIN, "2026-10-26T09:00"),
        ("2027-03-12T20:00", NEW_YORK, "2027-03-15T09:00"),
        ("2026-10-30T20:00", NEW_YORK, "2026-11-02T09:00"),
    ],
)
def test_a_mail_waits_until_the_window_opens_where_its_person_is(
    moment: str, zone: ZoneInfo, opens: str
) -> None:
    found = next_open(WINDOW, at(moment, zone).astimezone(UTC), zone)
    assert found == at(opens, zone).astimezone(UTC)


def test_the_same_moment_is_open_in_one_zone_and_not_in_another() -> None:
    moment = at("2026-12-01T10:30").astimezone(UTC)
    assert next_open(WINDOW, moment, BERLIN) == moment
    assert next_open(WINDOW, moment, NEW_YORK) == at("2026-12-01T09:00", NEW_YORK).astimezone(UTC)


def test_a_window_on_the_day_that_the_clocks_change_is_as_long_as_the_wall_says() -> None:
    sundays = Window.model_validate({"days": ["sun"], "from": "01:00", "to": "04:00"})
    early = at("2026-10-25T00:00").astimezone(UTC)
    assert next_open(sundays, early, BERLIN) == datetime(2026, 10, 24, 23, tzinfo=UTC)
    assert next_open(sundays, datetime(2026, 10, 25, 2, 59, tzinfo=UTC), BERLIN).hour == 2
    assert next_open(sundays, datetime(2026, 10, 25, 3, tzinfo=UTC), BERLIN).day == 1


def test_without_a_window_mail_leaves_at_any_hour() -> None:
    night = at("2026-12-06T03:00").astimezone(UTC)
    assert next_open(None, night, BERLIN) == night


@pytest.mark.parametrize("signup", ["2026-12-05T23:59", "2026-12-06T03:00", "2026-12-01T18:00"])
def test_the_first_mail_leaves_at_once_whatever_the_hour(signup: str) -> None:
    start = at(signup).astimezone(UTC)
    first, second = plan(with_steps({"after": 0}, {"after": "1d"}, window=OFFICE_HOURS), "ALL", start, BERLIN)
    assert first.due_at == start
    assert second.due_at == next_open(WINDOW, start + timedelta(days=1), BERLIN) != start + timedelta(days=1)


def test_a_segment_gets_its_own_steps_numbered_from_one() -> None:
    sequence = with_steps(
        {"after": 0, "segments": ["HOT"]},
        {"after": "1d"},
        {"after": "2d", "segments": ["HOT"]},
        {"after": "3d", "segments": ["HOT", "ALL"]},
        parameters={"email": {"type": "string", "format": "email"}, "red": {"type": "integer"}},
        segments={"HOT": "red > 1", "ALL": True},
    )
    start = at("2026-12-01T10:30")
    steps = {
        name: [(one.step, one.mail) for one in plan(sequence, name, start, BERLIN)] for name in ("HOT", "ALL")
    }
    assert steps["HOT"] == [(1, "mail-1"), (2, "mail-2"), (3, "mail-3"), (4, "mail-4")]
    assert steps["ALL"] == [(1, "mail-2"), (2, "mail-4")]


def test_a_mail_expires_counted_from_when_it_is_due() -> None:
    sequence = with_steps({"after": 0}, {"after": "1d", "expires": "7d"}, window=OFFICE_HOURS)
    first, second = plan(sequence, "ALL", at("2026-12-04T20:00").astimezone(UTC), BERLIN)
    assert first.expires_at is None
    assert second.due_at == at("2026-12-07T09:00")
    assert second.expires_at == second.due_at + timedelta(days=7)


moments = st.datetimes(datetime(2026, 1, 1), datetime(2029, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
zones = st.sampled_from(ZONES)


@given(moments, zones)
def test_the_moment_found_is_in_the_window_and_none_before_it_is(moment: datetime, zone: ZoneInfo) -> None:
    opens = next_open(WINDOW, moment, zone)
    wall = opens.astimezone(zone)
    assert WINDOW.opens <= wall.time() < WINDOW.closes
    assert wall.weekday() < 5
    assert opens >= moment
    just_before = opens - timedelta(microseconds=1)
    assert opens == moment or next_open(WINDOW, just_before, zone) == opens


@given(moments, moments, zones)
def test_what_was_earlier_stays_earlier_or_becomes_equal(
    one: datetime, other: datetime, zone: ZoneInfo
) -> None:
    first, second = sorted([one, other])
    assert next_open(WINDOW, first, zone) <= next_open(WINDOW, second, zone)


@given(moments, zones)
def test_a_plan_is_in_order_and_nothing_is_early(start: datetime, zone: ZoneInfo) -> None:
    entered = campaign(window=OFFICE_HOURS)
    mails = plan(entered, "ALL", start, zone)
    assert [mail.step for mail in mails] == [1, 2, 3, 4]
    assert [mail.due_at for mail in mails] == sorted(mail.due_at for mail in mails)
    for mail, step in zip(mails, entered.steps, strict=True):
        assert mail.due_at >= start + step.after - timedelta(hours=1)  # when the clocks go forward
