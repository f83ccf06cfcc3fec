"""Reasons for a letter to stay, the pauses between tries, and what a late letter does to the later ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from flows.domain.letter import Due, Letter, pause_after, pushed, reason_to_keep, resumes_at
from flows.domain.verdict import Action

NOW = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ID = UUID("8a0b7c0e-0000-4000-8000-000000000001")


def letter(**said: Any) -> Letter:
    plain = {
        "id": ID, "enrolment_id": ID, "contact_id": ID, "campaign": "spring", "version": 1, "segment": "ALL",
        "email": "anna@lead.example", "timezone": "Europe/Berlin", "answers": {}, "step": 2, "mail": "two",
        "entered_at": NOW - 2 * DAY, "state": "scheduled", "due_at": NOW, "expires_at": None, "rendered": None,
        "first_attempt_at": None, "unsure_since": None, "attempts": 0, "suppressed": None, "ended": None,
    }  # fmt: skip
    return Letter(**plain | said)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({}, None),
        ({"suppressed": "unsubscribed"}, ("skipped", "unsubscribed")),
        ({"ended": "booked"}, ("skipped", "booked")),
        ({"suppressed": "bounced", "ended": "booked"}, ("skipped", "bounced")),
        ({"expires_at": NOW}, ("skipped", "too late")),
        ({"expires_at": NOW + timedelta(seconds=1)}, None),
        # Whether it left is not known, so time alone does not make it a skipped one.
        ({"expires_at": NOW - DAY, "first_attempt_at": NOW - HOUR}, None),
        ({"first_attempt_at": NOW - 23 * HOUR + timedelta(seconds=1)}, None),
        ({"first_attempt_at": NOW - 23 * HOUR}, ("held", "tried for 23 hours")),
        ({"first_attempt_at": NOW - 30 * DAY, "expires_at": NOW - DAY}, ("held", "tried for 23 hours")),
        ({"unsure_since": NOW - 23 * HOUR + timedelta(seconds=1)}, None),
        ({"unsure_since": NOW - 23 * HOUR}, ("held", "due since the backup that was restored")),
        ({"unsure_since": NOW - 30 * DAY, "expires_at": NOW - DAY}, ("held", "due since the backup")),
        ({"unsure_since": NOW - HOUR, "expires_at": NOW - DAY}, ("skipped", "too late")),
        ({"unsure_since": NOW - 30 * DAY, "ended": "booked"}, ("skipped", "booked")),
        ({"first_attempt_at": NOW - 30 * DAY, "suppressed": "unsubscribed"}, ("skipped", "unsubscribed")),
    ],
)
def test_a_letter_leaves_unless_one_of_these_keeps_it(
    said: dict[str, Any], kept: tuple[str, str] | None
) -> None:
    found = reason_to_keep(letter(**said), NOW)
    if kept is None:
        assert found is None
    else:
        assert found is not None
        assert found.state == kept[0]
        assert found.reason.startswith(kept[1])


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(0, 1), (1, 1), (2, 5), (3, 60), (4, 300), (5, 900), (6, 3600), (99, 3600)]
)
def test_the_pauses_grow_until_the_tries_end(attempts: int, seconds: int) -> None:
    assert pause_after(attempts) == timedelta(seconds=seconds)


def test_the_letters_after_a_late_one_keep_their_distance() -> None:
    later = [Due(id=ID, due_at=NOW + day * DAY, expires_at=None) for day in (1, 3)]
    moved = pushed(later, 5 * HOUR, lambda moment: moment)
    assert [due.due_at for due in moved] == [NOW + DAY + 5 * HOUR, NOW + 3 * DAY + 5 * HOUR]


def test_a_pushed_letter_waits_for_the_window_and_expires_as_much_later() -> None:
    [moved] = pushed([Due(id=ID, due_at=NOW, expires_at=NOW + DAY)], HOUR, lambda moment: moment + 2 * DAY)
    assert moved == Due(id=ID, due_at=NOW + 2 * DAY + HOUR, expires_at=NOW + 3 * DAY + HOUR)


@pytest.mark.parametrize(
    ("action", "now", "again"),
    [
        (Action.PAUSE_UNTIL_TOMORROW, "2026-12-01T09:30", "2026-12-02T00:01"),
        (Action.PAUSE_UNTIL_TOMORROW, "2026-12-31T23:59:59", "2027-01-01T00:01"),
        (Action.PAUSE_UNTIL_TOMORROW, "2028-02-28T00:00", "2028-02-29T00:01"),
        (Action.PAUSE, "2026-12-01T00:00", "2027-01-01T00:01"),
        (Action.PAUSE, "2026-12-31T23:59:59", "2027-01-01T00:01"),
        (Action.PAUSE, "2026-01-31T12:00", "2026-02-01T00:01"),
        (Action.PAUSE, "2026-02-28T12:00", "2026-03-01T00:01"),
        (Action.PAUSE, "2028-02-29T12:00", "2028-03-01T00:01"),
        (Action.PAUSE, "2026-04-30T12:00", "2026-05-01T00:01"),
        (Action.STOP_SENDING, "2026-12-01T09:30", "2026-12-01T09:45"),
    ],
)
def test_sending_goes_on_when_the_quota_renews_or_somebody_may_have_mended_the_key(
    action: Action, now: str, again: str
) -> None:
    assert resumes_at(action, _utc(now)) == _utc(again)


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
