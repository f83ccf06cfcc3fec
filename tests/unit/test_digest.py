"""The daily digest: one each day at its hour, also when the clocks change, with figures and nobody's name."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from flows.domain.digest import Coming, Digest, Yesterday, digest_words, due_digest, span_of
from tests.unit.test_alert import known

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("now", "at", "day"),
    [
        ("2026-12-01 05:59", "07:00", None),
        ("2026-12-01 06:00", "07:00", date(2026, 12, 1)),
        ("2026-12-01 22:59", "07:00", date(2026, 12, 1)),
        ("2026-12-01 23:30", "00:00", date(2026, 12, 2)),  # it is tomorrow in Berlin
        ("2026-12-01 12:00", "off", None),
        # The clocks leave 02:30 out: it is due when they show 03:00.
        ("2027-03-28 00:59", "02:30", None),
        ("2027-03-28 01:00", "02:30", date(2027, 3, 28)),
        # 02:30 comes twice: it is due the first time.
        ("2026-10-25 00:29", "02:30", None),
        ("2026-10-25 00:30", "02:30", date(2026, 10, 25)),
    ],
)
def test_the_digest_is_due_from_its_hour_on_by_the_clock_on_the_wall(
    now: str, at: str, day: date | None
) -> None:
    assert due_digest(datetime.fromisoformat(now).replace(tzinfo=UTC), at, BERLIN) == day


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 12, 1), 24), (date(2027, 3, 29), 23), (date(2026, 10, 26), 25)]
)
def test_yesterday_is_from_midnight_to_midnight_even_if_it_has_23_or_25_hours(day: date, hours: int) -> None:
    begins, ends = span_of(day, BERLIN)
    assert ends - begins == hours * HOUR
    assert ends.astimezone(BERLIN).date() == day


def digest(**changes: object) -> Digest:
    parts = {
        "day": date(2026, 12, 1), "yesterday": [Yesterday("spring", 4, 3, 9, 8, 1, 0, 2)], "coming": [], "held": {},
        "alerts": [], "preview": False,
    }  # fmt: skip
    return Digest(**parts | changes)  # type: ignore[arg-type]


def test_it_has_the_funnel_what_leaves_what_is_held_and_which_alerts_are_open() -> None:
    coming = [Coming("spring", "two", 5, datetime(2026, 12, 1, 9, tzinfo=UTC))]
    words = digest_words(digest(coming=coming, held={"spring": 2}, alerts=[known("disk")]), BERLIN)
    assert words.subject == "Mon 30 Nov: 4 signups, 9 mails sent, 1 alert open"
    assert "spring    4        3        9     8          1        0           2" in words.text
    for said in ("5  spring  two  from Tue 10:00", "Held mails: 2 of spring", "disk, since"):
        assert said in words.text
    assert "<td" in words.html


def test_a_quiet_day_says_so() -> None:
    words = digest_words(digest(preview=True), BERLIN)
    for said in (
        "Nothing leaves.",
        "No mail is held.",
        "No alert is open.",
        "Preview: RESEND_API_KEY is not set",
    ):
        assert said in words.text
