"""Time travel with the fixture that anybody's campaign can use: this file is its example."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from flows.domain.answers import Refused
from flows.simulation import Story
from services.local.pytest_plugin import Simulate
from tests.terminal import Terminal

BERLIN = ZoneInfo("Europe/Berlin")
ANNA = {
    "email": "anna@example.com", "first_name": "Anna", "business_name": "Anna Bakes", "assessment_score": 41,
    "red_systems": 1, "orange_systems": 2, "yellow_systems": 3, "green_systems": 2,
}  # fmt: skip
SUNDAY = datetime(2026, 12, 20, 15, tzinfo=BERLIN)


def test_a_signup_before_christmas_gets_seven_mails_by_the_middle_of_january(
    simulate_campaign: Simulate,
) -> None:
    lines = simulate_campaign("christmas", ANNA, Story(SUNDAY))
    assert [line.state for line in lines] == ["sent"] * 7
    assert lines[0].at == SUNDAY
    assert lines[-1].at < datetime(2027, 1, 15, tzinfo=UTC)


def test_every_mail_but_the_first_leaves_on_a_weekday_between_nine_and_six(
    simulate_campaign: Simulate,
) -> None:
    for line in simulate_campaign("christmas", ANNA, Story(SUNDAY))[1:]:
        local = line.at.astimezone(BERLIN)
        assert local.weekday() < 5
        assert 9 <= local.hour < 18


def test_nothing_leaves_after_stop_and_the_ledger_says_why(simulate_campaign: Simulate) -> None:
    stop = datetime(2026, 12, 26, tzinfo=BERLIN)
    lines = simulate_campaign("christmas", ANNA, Story(SUNDAY, stop_at=stop))
    assert {line.reason for line in lines if line.at >= stop} == {"unsubscribed"}
    assert all(line.state == "sent" for line in lines if line.at < stop)


def test_after_the_choice_nobody_gets_more_than_one_mail_a_week(simulate_campaign: Simulate) -> None:
    chosen = datetime(2026, 12, 22, tzinfo=BERLIN)
    lines = simulate_campaign("christmas", ANNA, Story(SUNDAY, weekly_at=chosen))
    times = [line.at for line in lines if line.state == "sent"]
    later = [line.at for line in simulate_campaign("christmas", ANNA, Story(SUNDAY))]
    assert times[:2] == later[:2]  # before the choice
    assert all(after - before >= timedelta(days=7) for before, after in pairwise(times[1:]))


def test_after_two_weeks_of_downtime_nobody_gets_two_mails_on_a_day(simulate_campaign: Simulate) -> None:
    away = (datetime(2026, 12, 22, tzinfo=BERLIN), datetime(2027, 1, 5, tzinfo=BERLIN))
    lines = simulate_campaign("christmas", ANNA, Story(SUNDAY, down=[away]))
    days = [line.at.date() for line in lines if line.state == "sent"]
    assert len(set(days)) == len(days)
    assert not any(away[0] <= line.at < away[1] for line in lines if line.state == "sent")


def test_an_offer_that_would_come_too_late_is_skipped_with_the_reason(simulate_campaign: Simulate) -> None:
    last_mail_due = datetime(2027, 1, 4, 9, tzinfo=BERLIN)
    away = (datetime(2027, 1, 3, tzinfo=BERLIN), datetime(2027, 1, 20, tzinfo=BERLIN))
    offer = simulate_campaign("christmas", ANNA, Story(SUNDAY, down=[away]))[-1]
    assert (offer.state, offer.reason) == ("skipped", "too late")
    assert offer.at == last_mail_due


def test_answers_that_do_not_fit_are_refused_as_the_website_would_be(simulate_campaign: Simulate) -> None:
    with pytest.raises(Refused, match="eight systems"):
        simulate_campaign("christmas", ANNA | {"red_systems": 8}, Story(SUNDAY))


@pytest.mark.usefixtures("ledger")
def test_the_operator_sees_what_a_choice_of_one_mail_a_week_does_to_a_sequence(
    terminal: Terminal, tmp_path: Path
) -> None:
    lead = tmp_path / "lead.json"
    lead.write_text(json.dumps(ANNA))
    words = ("simulate", "christmas", "--signup", lead, "--start", "2026-12-20", "--weekly", "2026-12-22")
    days = ["20 Dec", "21 Dec", "28 Dec", "04 Jan", "11 Jan", "18 Jan", "25 Jan"]
    assert [line.split()[2:4] for line in terminal.type(*words).stdout.splitlines()] == [
        day.split() for day in days
    ]
    assert [line["state"] for line in terminal.json(*words, "--json")] == ["sent"] * 7
