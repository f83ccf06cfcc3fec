"""What the operator reads, and what a webhook gets."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from flows.domain.notice import (
    Notice,
    alert_words,
    compose,
    lead_words,
    notice_id,
    payload,
    reason_to_give_up,
)

NOW = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
NOBODY: dict[str, Any] = dict.fromkeys(
    ["body", "first_attempt_at", "day", "line", "state", "said", "remedy", "began_at", "ended_at", "enrolment_id",
     "campaign", "segment", "email", "entered_at", "answers"]
)  # fmt: skip


def notice(kind: str, channel: str = "mail", **changes: Any) -> Notice:
    row = {"id": uuid4(), "kind": kind, "channel": channel, "made_at": NOW, "attempts": 0}
    return Notice(**NOBODY | row | changes)


def alert(kind: str, channel: str = "mail", **changes: Any) -> Notice:
    about = {
        "line": "held",
        "state": "warn",
        "said": "mails wait: 2 of spring",
        "remedy": "campaigns held",
        "began_at": NOW,
    }
    return notice(kind, channel, **about | changes)


def lead(channel: str = "mail", **changes: Any) -> Notice:
    answers = {"email": "anna@lead.example", "first_name": "Anna <b>", "red_systems": 3, "gps_score": None}
    about = {"enrolment_id": UUID(int=7), "campaign": "christmas", "segment": "CRITICAL", "email": "anna@lead.example",
             "entered_at": NOW, "answers": answers}  # fmt: skip
    return notice("lead", channel, **about | changes)


@pytest.mark.parametrize(
    ("one", "subject"),
    [
        (alert("began"), "Warning: held"),
        (alert("began", state="fail"), "Alert: held"),
        (alert("lasts"), "Warning, still: held"),
        (alert("over", ended_at=NOW), "Over: held"),
    ],
)
def test_the_subject_says_what_it_is(one: Notice, subject: str) -> None:
    assert alert_words(one, BERLIN).subject == subject


def test_an_alert_says_what_it_is_since_when_and_what_to_do() -> None:
    text = alert_words(alert("began"), BERLIN).text
    for said in ("Mails wait: 2 of spring.", "since  Tue 01 Dec 2026 10:30", "What to do: campaigns held."):
        assert said in text


def test_a_lead_is_shown_with_what_they_said_and_an_answer_goes_to_them() -> None:
    words = lead_words(lead(), BERLIN, ["red_systems", "email"])
    assert "first name   Anna <b>" in words.text
    assert "red systems  3" in words.text
    assert "gps" not in words.text
    assert words.text.index("red systems") < words.text.index("email") < words.text.index("first name")
    assert "Anna &lt;b&gt;" in words.html
    assert "<b>" not in words.html
    body = compose(words, lead(), to="op@galatek.example", sender="a@galatek.example")
    assert (body["to"], body["reply_to"]) == (["op@galatek.example"], "anna@lead.example")


def test_the_subject_of_a_lead_names_nobody() -> None:
    assert lead_words(lead(), BERLIN, ["red_systems", "email"]).subject == "CRITICAL lead in christmas"


def test_the_webhook_gets_nobodys_data_but_an_id() -> None:
    said = json.dumps(payload(lead("webhook")))
    assert str(UUID(int=7)) in said
    assert not [part for part in ("anna", "Anna", "lead.example") if part in said]


def test_slack_and_discord_find_their_field() -> None:
    said = payload(alert("began", said="x" * 5000))
    assert said["text"].startswith("Warning: held: X")
    assert len(said["content"]) <= 2000
    assert (said["alert"], said["level"], said["do"]) == ("held", "warn", "campaigns held")


def test_a_notice_has_the_same_id_however_often_it_is_made() -> None:
    assert notice_id(UUID(int=7), "lead", "mail") == notice_id(UUID(int=7), "lead", "mail")
    assert notice_id(UUID(int=7), "lead", "mail") != notice_id(UUID(int=7), "lead", "webhook")


@pytest.mark.parametrize(
    ("channel", "made", "tried", "given_up"),
    [
        ("mail", 0, None, False),
        ("mail", 24, 22.9, False),
        ("mail", 24, 23, True),  # its key is forgotten soon: it might leave twice
        ("webhook", 24, 23, False),
        ("webhook", 7 * 24, 1, True),
    ],
)
def test_old_news_is_given_up(channel: str, made: float, tried: float | None, given_up: bool) -> None:
    hours = timedelta(hours=1)
    one = alert(
        "began",
        channel=channel,
        made_at=NOW - made * hours,
        first_attempt_at=NOW - tried * hours if tried else None,
    )
    assert (reason_to_give_up(one, NOW) is not None) == given_up
