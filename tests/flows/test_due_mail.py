"""Mail that is due: on its day, in its window, and after downtime without a burst."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from flows.adapters.resend import Preview
from flows.delivery import deliver_first
from flows.domain.template import parse
from flows.domain.verdict import judge
from flows.send_due import send_all
from tests.desk import NOW, Rig, campaign

DAY = timedelta(days=1)
OFFICE_HOURS = {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "18:00"}


def left(rig: Rig) -> list[tuple[int, timedelta]]:
    """Which steps left, and how long after the signup."""
    return [(mail.step, mail.at - NOW) for mail in rig.provider.sent]


def due(rig: Rig) -> dict[int, timedelta]:
    found = rig.rows("SELECT step, due_at FROM message WHERE state = 'scheduled' ORDER BY step")
    return {step: at - NOW for step, at in found}


def daily(rig: Rig, days: int) -> None:
    """What is due leaves once a day."""
    for _ in range(days):
        send_all(rig.desk)
        rig.clock.forward(days=1)


def test_each_mail_leaves_on_its_day_and_only_once(here: Rig) -> None:
    here.enrol()
    daily(here, 10)
    assert left(here) == [(1, 0 * DAY), (2, DAY), (3, 3 * DAY), (4, 5 * DAY)]


def test_nothing_leaves_before_it_is_due(here: Rig) -> None:
    here.enrol()
    send_all(here.desk)
    here.clock.now = NOW + DAY - timedelta(seconds=1)
    assert send_all(here.desk)[0] == {}
    here.clock.now = NOW + DAY
    assert send_all(here.desk)[0] == {"sent": 1}


def test_after_three_days_away_one_mail_leaves_and_the_others_keep_their_distance(here: Rig) -> None:
    deliver_first(here.enrol().id, here.desk)
    here.clock.now = NOW + 4 * DAY
    assert send_all(here.desk)[0] == {"sent": 1}
    assert left(here) == [(1, 0 * DAY), (2, 4 * DAY)]
    assert due(here) == {3: 6 * DAY, 4: 8 * DAY}
    here.clock.now = NOW + 6 * DAY
    daily(here, 5)
    assert left(here)[2:] == [(3, 6 * DAY), (4, 8 * DAY)]


def test_a_mail_that_comes_too_late_is_skipped_with_the_reason_and_the_next_goes_on(
    opened: Callable[..., Rig],
) -> None:
    steps = [
        {"mail": "one", "after": 0},
        {"mail": "two", "after": "1d", "expires": "2d"},
        {"mail": "three", "after": "3d"},
    ]
    here = opened(campaign(steps=steps))
    enrolment = here.enrol()
    deliver_first(enrolment.id, here.desk)
    here.clock.now = NOW + 3 * DAY
    assert send_all(here.desk)[0] == {"skipped": 1, "sent": 1}
    assert here.messages(enrolment) == [(1, "sent", None), (2, "skipped", "too late"), (3, "sent", None)]


def test_a_pushed_mail_expires_as_much_later_as_it_is_due_later(here: Rig) -> None:
    deliver_first(here.enrol().id, here.desk)
    here.clock.now = NOW + 30 * DAY
    daily(here, 10)
    assert left(here) == [(1, 0 * DAY), (2, 30 * DAY), (3, 32 * DAY), (4, 34 * DAY)]


def test_a_late_first_mail_pushes_the_whole_sequence(here: Rig) -> None:
    here.enrol()
    here.clock.now = NOW + 2 * DAY
    daily(here, 10)
    assert left(here) == [(1, 2 * DAY), (2, 3 * DAY), (3, 5 * DAY), (4, 7 * DAY)]


def test_a_few_minutes_late_is_punctual(here: Rig) -> None:
    deliver_first(here.enrol().id, here.desk)
    here.clock.now = NOW + DAY + timedelta(minutes=59)
    send_all(here.desk)
    assert due(here) == {3: 3 * DAY, 4: 5 * DAY}


def test_what_is_due_waits_for_the_window_and_the_first_mail_does_not(opened: Callable[..., Rig]) -> None:
    here = opened(campaign(window=OFFICE_HOURS))
    here.clock.now = datetime(2026, 12, 5, 3, tzinfo=UTC)  # a Saturday, four in the morning in Berlin
    deliver_first(here.enrol().id, here.desk)
    here.clock.now = datetime(2026, 12, 6, 12, tzinfo=UTC)
    assert send_all(here.desk)[0] == {}
    here.clock.now = datetime(2026, 12, 7, 8, tzinfo=UTC)
    send_all(here.desk)
    assert [(mail.step, mail.at) for mail in here.provider.sent] == [
        (1, datetime(2026, 12, 5, 3, tzinfo=UTC)),
        (2, datetime(2026, 12, 7, 8, tzinfo=UTC)),
    ]


def test_back_from_downtime_at_night_nothing_leaves_before_the_window_opens(
    opened: Callable[..., Rig],
) -> None:
    here = opened(campaign(window=OFFICE_HOURS))
    deliver_first(here.enrol().id, here.desk)
    here.clock.now = datetime(2026, 12, 2, 22, tzinfo=UTC)
    assert send_all(here.desk)[0] == {"waiting": 1}
    [(step, reason, again)] = here.rows(
        "SELECT step, reason, next_attempt_at FROM message WHERE reason IS NOT NULL"
    )
    assert (step, reason, again) == (2, "waits for the send window", datetime(2026, 12, 3, 8, tzinfo=UTC))
    here.clock.now = again
    assert send_all(here.desk)[0] == {"sent": 1}


def test_a_try_that_was_begun_in_the_window_goes_on_outside_of_it(opened: Callable[..., Rig]) -> None:
    """The mail may have left already; to wait until morning could only make it a second one."""
    here = opened(campaign(window=OFFICE_HOURS))
    deliver_first(here.enrol().id, here.desk)
    here.clock.now = datetime(2026, 12, 2, 16, 59, tzinfo=UTC)
    here.provider.will(*[judge(500)] * 3)
    for _ in range(4):
        send_all(here.desk)
        here.clock.forward(minutes=2)
    assert [mail.step for mail in here.provider.sent] == [1, 2]
    assert here.provider.sent[-1].at > datetime(2026, 12, 2, 17, tzinfo=UTC)


NOT_READY = [
    ({"mail_from": None}, {}, "MAIL_FROM is not set"),
    ({"postal_address": None}, {}, "POSTAL_ADDRESS is not set"),
    ({}, {"offer": "<what you offer>"}, "spring/campaign.yaml:1: `offer` is still a placeholder"),
]


@pytest.mark.parametrize(("settings", "values", "said"), NOT_READY)
def test_what_is_not_filled_in_keeps_mail_from_leaving_and_being_written(
    opened: Callable[..., Rig], settings: dict[str, str | None], values: dict[str, str], said: str
) -> None:
    entered = campaign(values=campaign().values | values)
    here = opened(entered, **settings)
    delivered = deliver_first(here.enrol().id, here.desk)
    assert delivered.state == "waiting"
    assert delivered.needs_person
    assert delivered.reason is not None
    assert said in delivered.reason
    assert here.rows("SELECT state::text, rendered, first_attempt_at FROM message WHERE step = 1") == [
        ("scheduled", None, None)
    ]
    assert here.provider.attempts == []


@pytest.mark.parametrize(("settings", "values", "said"), NOT_READY)
def test_once_it_is_filled_in_what_waited_leaves(
    opened: Callable[..., Rig], settings: dict[str, str | None], values: dict[str, str], said: str
) -> None:
    before = opened(campaign(values=campaign().values | values), **settings)
    deliver_first(before.enrol().id, before.desk)
    after = opened()
    after.clock.forward(minutes=15)
    assert send_all(after.desk)[0] == {"sent": 1}


def test_preview_needs_nothing_and_sends_nothing(opened: Callable[..., Rig]) -> None:
    here = opened(
        campaign(values=campaign().values | {"offer": "<what>"}),
        resend_api_key=None, mail_from=None, postal_address=None,
    )  # fmt: skip
    enrolment = here.enrol()
    desk = replace(here.desk, mailer=Preview())
    delivered = deliver_first(enrolment.id, desk)
    assert (delivered.state, delivered.reason) == ("skipped", "preview")
    assert delivered.body is not None
    assert "Good day, Anna." in delivered.body["text"]
    assert here.rows("SELECT rendered->>'subject', sent_at FROM message WHERE step = 1") == [
        ("Mail one", None)
    ]
    here.clock.forward(days=1)
    assert send_all(desk)[0] == {"skipped": 1}


def test_a_mail_that_cannot_be_written_is_held_and_the_others_go(opened: Callable[..., Rig]) -> None:
    here = opened()
    broken = parse("one", "spring/mails/one.md", b"---\nsubject: x\n---\n{{ nobody_knows_this }}")
    templates = {"spring": {**here.desk.templates["spring"], "one": broken}}
    enrolment = here.enrol()
    delivered = deliver_first(enrolment.id, replace(here.desk, templates=templates))
    assert (delivered.state, delivered.needs_person) == ("held", True)
    assert "spring/mails/one.md:4" in (delivered.reason or "")
    assert here.provider.attempts == []
    here.clock.forward(days=1)
    assert send_all(here.desk)[0] == {"sent": 1}


@pytest.mark.parametrize("jump", [1, -1])
def test_a_clock_that_jumps_a_day_and_back_sends_each_mail_once(here: Rig, jump: int) -> None:
    here.enrol()
    send_all(here.desk)
    for day in range(12):
        here.clock.forward(days=jump if day % 2 else -jump)
        send_all(here.desk)
        here.clock.forward(days=-jump if day % 2 else jump)
        daily(here, 1)
    assert [step for step, _ in left(here)] == [1, 2, 3, 4]
