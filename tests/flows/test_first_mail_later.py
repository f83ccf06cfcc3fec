"""A first mail with a delay: planned, told, and sent when it is due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from flows.adapters.campaign_files import read_campaigns
from flows.delivery import deliver_first
from flows.send_due import send_all
from tests.desk import NOW, Clock, Rig, campaign

OFFICE_HOURS = {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "18:00"}
#: A Saturday, 22:00 in Berlin.
SATURDAY = datetime(2026, 12, 5, 21, 0, tzinfo=UTC)


def delayed(opened: Callable[..., Rig], after: str, clock: Clock | None = None) -> Rig:
    steps = [{"mail": "one", "after": after}, {"mail": "two", "after": "2d"}]
    return opened(campaign(steps=steps, window=OFFICE_HOURS), clock=clock)


def test_the_run_says_when_the_first_mail_leaves(opened: Callable[..., Rig]) -> None:
    rig = delayed(opened, "5m")
    told = deliver_first(rig.enrol().id, rig.desk)
    assert (told.state, told.again_at, told.needs_person) == ("scheduled", NOW + timedelta(minutes=5), False)
    assert rig.provider.attempts == []


def test_it_leaves_when_it_is_due(opened: Callable[..., Rig]) -> None:
    rig = delayed(opened, "5m")
    enrolment = rig.enrol()
    rig.clock.forward(minutes=4)
    assert send_all(rig.desk)[0] == {}
    rig.clock.forward(minutes=1)
    assert send_all(rig.desk)[0] == {"sent": 1}
    assert deliver_first(enrolment.id, rig.desk).state == "sent"


@pytest.mark.parametrize("after", ["0", "5m", "1h"])
def test_within_an_hour_it_does_not_wait_for_the_window(opened: Callable[..., Rig], after: str) -> None:
    rig = delayed(opened, after, Clock(SATURDAY))
    rig.enrol()
    rig.clock.forward(hours=1)
    assert send_all(rig.desk)[0] == {"sent": 1}


@pytest.mark.parametrize("after", ["61m", "2h"])
def test_later_it_waits_for_the_window_like_all_others(opened: Callable[..., Rig], after: str) -> None:
    rig = delayed(opened, after, Clock(SATURDAY))
    rig.enrol()
    rig.clock.forward(hours=3)
    assert send_all(rig.desk)[0] == {}
    [(due,)] = rig.rows("SELECT due_at FROM message WHERE step = 1")
    assert due == datetime(2026, 12, 7, 8, 0, tzinfo=UTC)


def test_a_late_start_of_the_stack_leaves_the_second_mail_its_distance(opened: Callable[..., Rig]) -> None:
    rig = delayed(opened, "5m")
    rig.enrol()
    rig.clock.forward(days=2)
    assert send_all(rig.desk)[0] == {"sent": 1}
    [(due,)] = rig.rows("SELECT due_at FROM message WHERE step = 2")
    assert due > NOW + timedelta(days=3)


@pytest.mark.parametrize(
    ("name", "delays"),
    [
        ("no-show", [timedelta(minutes=5), timedelta(hours=24), timedelta(hours=48)]),
        ("post-call", [timedelta(hours=1), timedelta(days=3), timedelta(days=7)]),
        ("onboarding", [timedelta(hours=1), timedelta(days=1), timedelta(days=3)]),
    ],
)
def test_our_campaigns_leave_at_their_times(name: str, delays: list[timedelta]) -> None:
    assert [step.after for step in read_campaigns()[name].steps] == delays
