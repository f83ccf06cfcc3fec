"""A sequence that changes while it runs: never a step twice, nothing made up for, nobody hurried."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.domain.campaign import Campaign
from flows.domain.replanning import CannotMove, Mail, Moved, Place, moved, resumed
from flows.domain.sequence import plan
from tests.desk import EMAIL, NOW, campaign

DAY = timedelta(days=1)


def steps(**days: int) -> Campaign:
    """The next version, with these mails on these days."""
    return campaign(version=4, steps=[{"mail": mail, "after": f"{day}d"} for mail, day in days.items()])


def place(old: Campaign, sent: int, **changes: Any) -> Place:
    """Somebody who has had the first mails of a campaign, each punctually."""
    whole = plan(old, "ALL", NOW, ZoneInfo("UTC"))
    mails = [
        Mail(
            id=uuid4(), step=p.step, mail=p.mail, due_at=p.due_at, expires_at=p.expires_at, reason=None,
            state="sent" if p.step <= sent else "scheduled",
            first_attempt_at=p.due_at if p.step <= sent else None, sent_at=p.due_at if p.step <= sent else None,
        )
        for p in whole
    ]  # fmt: skip
    values: dict[str, Any] = {
        "id": uuid4(), "contact_id": uuid4(), "campaign": "spring", "version": 3, "segment": "ALL",
        "timezone": "UTC", "answers": {"email": EMAIL, "first_name": "Anna"}, "started_at": NOW, "mails": mails,
    }  # fmt: skip
    return Place(**values | changes)


def coming(result: Moved) -> list[tuple[int, str, int]]:
    """Step, mail and day of each mail to come."""
    return [(p.step, p.mail, (p.due_at - NOW).days) for p in result.planned]


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (steps(one=0, two=1, three=3, four=5), [(3, "three", 3), (4, "four", 5)]),
        (steps(one=0, two=1, three=6, four=9), [(3, "three", 6), (4, "four", 9)]),
        (steps(one=0, two=1, four=5), [(3, "four", 5)]),
        (steps(one=0, two=1, extra=4, three=5), [(3, "extra", 4), (4, "three", 5)]),
        (steps(one=0, extra=1, two=2, three=3), [(3, "three", 3)]),
        (steps(one=0, extra=5, two=6, three=8), [(3, "three", 8)]),
        (steps(three=0, one=1, two=2, four=5), [(3, "three", 0), (4, "four", 5)]),
        (steps(other=0), []),
    ],
    ids=[
        "the same",
        "later",
        "without one",
        "a new one",
        "a new one before the last",
        "one whose day is to come",
        "another order",
        "all new",
    ],
)
def test_the_rest_is_planned_by_the_campaign_as_it_is_now(
    new: Campaign, expected: list[tuple[int, str, int]]
) -> None:
    assert coming(moved(place(campaign(), sent=2), new, NOW + 1.5 * DAY)) == expected


def test_a_new_mail_whose_day_has_passed_is_not_made_up_for() -> None:
    somebody = place(campaign(), sent=4)
    new = steps(one=0, two=1, three=3, four=5, later=6, last=30)
    assert coming(moved(somebody, new, NOW + 10 * DAY)) == [(5, "last", 30)]


def test_whoever_runs_late_goes_on_as_late() -> None:
    somebody = place(campaign(), sent=1)
    late = [mail if mail.step > 1 else mail_sent(mail, NOW + 3 * DAY) for mail in somebody.mails]
    result = moved(place(campaign(), 1, mails=late), steps(one=0, two=1, three=3), NOW + 3 * DAY)
    assert coming(result) == [(2, "two", 4), (3, "three", 6)]


def mail_sent(mail: Mail, at: datetime) -> Mail:
    return Mail(**vars(mail) | {"sent_at": at})


def test_a_segment_that_is_gone_is_found_anew_and_one_that_is_there_stays() -> None:
    somebody = place(campaign(), 1)
    halves = campaign(version=4, segments={"FIRST": "first_name == 'Anna'", "REST": True})
    assert moved(somebody, halves, NOW).segment == "FIRST"
    assert moved(somebody, steps(one=0), NOW).segment == "ALL"


def test_nobody_is_moved_to_a_version_that_asks_for_more_than_they_said() -> None:
    parameters = {"email": {"type": "string", "format": "email"}, "budget": {"type": "integer"}}
    with pytest.raises(CannotMove, match="asks for budget"):
        moved(place(campaign(), 1), campaign(version=4, parameters=parameters), NOW)


def test_the_change_is_told_by_the_mails_names() -> None:
    result = moved(place(campaign(), 2), steps(one=0, two=1, four=5, extra=9), NOW + DAY)
    assert result.said == "version 4, without three, with extra"


@given(
    sent=st.integers(0, 4),
    new=st.dictionaries(
        st.sampled_from(["one", "two", "three", "four", "five", "six"]), st.integers(0, 20), min_size=1
    ),
    day=st.integers(0, 30),
)
def test_whatever_the_new_version_is_no_mail_and_no_step_comes_twice(
    sent: int, new: dict[str, int], day: int
) -> None:
    in_order = dict(sorted(new.items(), key=lambda item: item[1]))
    somebody = place(campaign(), sent)
    result = moved(somebody, steps(**in_order), NOW + day * DAY)
    left = [mail for mail in somebody.mails if mail not in result.gone]
    names = [mail.mail for mail in left] + [planned.mail for planned in result.planned]
    numbers = [mail.step for mail in left] + [planned.step for planned in result.planned]
    assert len(set(names)) == len(names)
    assert numbers == sorted(set(numbers))
    assert [p.due_at for p in result.planned] == sorted(p.due_at for p in result.planned)
    assert {mail.state for mail in result.gone} <= {"scheduled"}


def stopped(at_step: int) -> Place:
    """Somebody whose mails from this step on were kept back by a stop."""
    mails = [
        Mail(**vars(mail) | {"state": "skipped", "reason": "unsubscribed"}) if mail.step >= at_step else mail
        for mail in place(campaign(), at_step - 1).mails
    ]
    return place(campaign(), 0, mails=mails)


def days(somebody: Place, now: datetime, *, missed: bool) -> list[int]:
    return [(due.due_at - NOW).days for due in resumed(somebody, {"unsubscribed"}, None, now, missed=missed)]


def test_after_a_stop_only_what_is_still_to_come_goes_on() -> None:
    assert days(stopped(2), NOW + 4 * DAY, missed=False) == [5]


def test_what_was_missed_can_go_on_too_with_the_same_distances() -> None:
    assert days(stopped(2), NOW + 4 * DAY, missed=True) == [4, 6, 8]


def test_what_was_skipped_for_another_reason_or_tried_stays_so() -> None:
    somebody = stopped(2)
    assert resumed(somebody, {"bounced"}, None, NOW, missed=True) == []
    tried = [Mail(**vars(mail) | {"first_attempt_at": NOW}) for mail in somebody.mails]
    assert resumed(place(campaign(), 0, mails=tried), {"unsubscribed"}, None, NOW, missed=True) == []
