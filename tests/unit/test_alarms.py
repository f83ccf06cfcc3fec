"""The rules of the look-out: from which figures on a person is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from flows.domain.alarms import alarms, reason_to_brake
from flows.domain.campaign import Window
from flows.domain.vitals import Mailing, Mirroring, Overdue, Rate, Vitals

#: A Tuesday, 10:30 in Berlin.
NOW = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
MINUTES = timedelta(minutes=1)
OFFICE = Window.model_validate({"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "18:00"})
SHORT = Window.model_validate({"days": ["tue"], "from": "10:00", "to": "10:50"})
NOTHING = Rate(sent=0, complained=0, bounced=0)
QUIET = Mailing(
    taken_at=None, refusing_since=None, refused_at=None, refusal=None, unanswered_since=None, unanswered=None
)
WELL = Vitals(
    held={}, overdue=[], sent_lately=set(), week=NOTHING, since_release=NOTHING, mailing=QUIET,
    mirroring=Mirroring(count=0, since=None, reason=None), strays=0, complaint_brake=None, doctors_brake=None,
)  # fmt: skip


def found(window: Window | None = None, now: datetime = NOW, **changes: Any) -> dict[str, str]:
    """State by line."""
    return {one.line: one.state for one in alarms(replace(WELL, **changes), {"spring": window}, now)}


def waiting(minutes: float, *, prompt: bool = False) -> list[Overdue]:
    """A letter of spring that was due so many minutes ago."""
    one = Overdue(
        campaign="spring",
        timezone="Europe/Berlin",
        prompt=prompt,
        count=1,
        oldest=NOW - minutes * MINUTES,
        reason=None,
    )
    return [one]


def test_where_all_is_well_nobody_is_told() -> None:
    assert found() == {}


@pytest.mark.parametrize(
    ("sent", "complained", "brakes"),
    [
        (1000, 3, True),  # 0.3 %: never reach it
        (1001, 3, False),
        (100_000, 300, True),
        (20, 1, False),  # one angry person of twenty
        (20, 5, False),  # too few mails to say anything
        (100, 2, False),  # 2 %, and still two people
        (100, 3, True),
        (0, 0, False),
    ],
)
def test_complaints_brake_from_a_rate_a_number_and_a_volume_on(
    sent: int, complained: int, brakes: bool
) -> None:
    assert (reason_to_brake(Rate(sent=sent, complained=complained, bounced=0)) is not None) == brakes


@pytest.mark.parametrize(
    ("sent", "complained", "told"),
    [
        (2000, 2, True),
        (2001, 2, False),
        (20, 1, False),
        (20, 2, True),
        (10_000, 9, False),
        (10_000, 10, True),
    ],
)
def test_complaints_over_a_tenth_of_a_percent_are_told(sent: int, complained: int, told: bool) -> None:
    rate = Rate(sent=sent, complained=complained, bounced=0)
    assert found(week=rate, since_release=rate) == ({"complaints": "warn"} if told else {})


@pytest.mark.parametrize(
    ("sent", "bounced", "told"),
    [(150, 3, True), (151, 3, False), (20, 2, False), (1000, 20, True), (0, 0, False)],
)
def test_bounces_over_two_percent_are_told(sent: int, bounced: int, told: bool) -> None:
    assert found(week=Rate(sent=sent, complained=0, bounced=bounced)) == ({"bounces": "warn"} if told else {})


def test_what_was_complained_of_before_the_release_is_no_news() -> None:
    before = Rate(sent=1000, complained=9, bounced=0)
    assert found(week=before, since_release=Rate(sent=10, complained=0, bounced=0)) == {}


def test_held_mails_and_signups_without_a_person_are_told() -> None:
    assert found(held={"spring": 2}, strays=1) == {"held": "warn", "signups": "fail"}


def test_both_brakes_are_told_each_on_a_line_of_its_own() -> None:
    assert found(complaint_brake="a", doctors_brake="b") == {"brake": "fail", "doctor": "fail"}


@pytest.mark.parametrize(
    ("minutes", "window", "prompt", "state"),
    [
        (59, None, False, None),
        (60, None, False, "fail"),
        (600, OFFICE, False, "fail"),  # since nine in the morning
        (30, OFFICE, False, None),
        (59, None, True, None),
        (61, SHORT, True, "fail"),  # the answer to a signup waits for no window
        (600, SHORT, False, "fail"),  # half of a window of 50 minutes
    ],
)
def test_a_campaign_is_silent_when_letters_could_leave_for_an_hour_and_none_does(
    minutes: float, window: Window | None, prompt: bool, state: str | None
) -> None:
    expected = {"silent: spring": state} if state else {}
    assert found(window, overdue=waiting(minutes, prompt=prompt)) == expected


def test_right_after_the_window_has_opened_nobody_is_told_of_what_waited_overnight() -> None:
    assert found(OFFICE, now=NOW - 60 * MINUTES, overdue=waiting(900)) == {}  # half past nine


def test_while_the_window_is_closed_nobody_can_tell() -> None:
    assert found(OFFICE, now=NOW + timedelta(hours=10), overdue=waiting(900)) == {"silent: spring": "off"}


def test_a_campaign_of_which_mail_left_within_the_hour_is_not_silent() -> None:
    assert found(overdue=waiting(600), sent_lately={"spring"}) == {}


def test_a_campaign_that_is_gone_is_not_silent() -> None:
    one = replace(waiting(600)[0], campaign="autumn")
    assert found(overdue=[one]) == {}


def test_what_another_line_explains_is_told_once() -> None:
    assert found(overdue=waiting(600), complaint_brake="a") == {"brake": "fail", "silent: spring": "off"}


def test_a_campaign_that_waits_for_resend_is_not_silent_for_a_reason_of_its_own() -> None:
    lately = replace(
        QUIET, refusing_since=NOW - 50 * MINUTES, refused_at=NOW - 10 * MINUTES, refusal="the key"
    )
    assert found(overdue=waiting(60), mailing=lately) == {"silent: spring": "off"}


@pytest.mark.parametrize(
    ("refusing", "refused", "taken", "told"),
    [
        (70, 10, None, True),
        (59, 10, None, False),
        (70, 10, 100, True),  # a mail left before it began
        (70, 10, 5, False),  # and one has left since
    ],
)
def test_resend_that_refuses_for_an_hour_is_told(
    refusing: float, refused: float, taken: float | None, told: bool
) -> None:
    mailing = replace(
        QUIET,
        refusing_since=NOW - refusing * MINUTES,
        refused_at=NOW - refused * MINUTES,
        refusal="the key",
        taken_at=NOW - taken * MINUTES if taken else None,
    )
    assert found(mailing=mailing) == ({"Resend": "fail"} if told else {})


@pytest.mark.parametrize(
    ("unanswered", "taken", "told"), [(70, None, True), (70, 30, False), (50, None, False)]
)
def test_resend_that_gives_no_answer_for_an_hour_is_told(
    unanswered: float, taken: float | None, told: bool
) -> None:
    mailing = replace(
        QUIET,
        unanswered_since=NOW - unanswered * MINUTES,
        taken_at=NOW - taken * MINUTES if taken else None,
    )
    assert found(mailing=mailing) == ({"Resend": "fail"} if told else {})


@pytest.mark.parametrize(("minutes", "told"), [(60, True), (59, False)])
def test_notion_that_fails_for_an_hour_is_told(minutes: float, told: bool) -> None:
    mirroring = Mirroring(count=3, since=NOW - minutes * MINUTES, reason="Notion is away")
    assert found(mirroring=mirroring) == ({"Notion": "warn"} if told else {})


def test_each_alert_says_what_to_do() -> None:
    rate = Rate(sent=100, complained=3, bounced=3)
    ill = replace(
        WELL, held={"spring": 1}, week=rate, since_release=rate, strays=2, complaint_brake="a", doctors_brake="b",
        mirroring=Mirroring(count=1, since=NOW - 90 * MINUTES, reason="away"),
        mailing=replace(QUIET, unanswered_since=NOW - 90 * MINUTES),
    )  # fmt: skip
    told = alarms(ill, {}, NOW)
    assert {one.line for one in told} == {
        "held",
        "complaints",
        "bounces",
        "signups",
        "brake",
        "doctor",
        "Notion",
        "Resend",
    }
    assert all(one.said and one.do for one in told)
