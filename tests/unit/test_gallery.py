"""Every mail for every kind of person, identical ones once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from flows.adapters.campaign_files import CAMPAIGNS, read_campaign, read_layout, read_templates
from flows.domain.gallery import Exhibit, by_segment, empty_segments, exhibits, spoken
from flows.domain.language import MailWords
from flows.domain.template import Template, parse
from tests.desk import campaign

LAYOUT = read_layout(CAMPAIGNS)
WORDS = MailWords(unsubscribe="Stop", view_in_browser="View")
SPRING = campaign(
    parameters={
        "email": {"type": "string", "format": "email"},
        "red": {"type": "integer", "minimum": 0, "maximum": 8},
    },
    segments={"HOT": "red > 3", "COLD": True},
    steps=[{"mail": "one", "after": 0}, {"mail": "two", "after": "1d 2h", "segments": ["COLD"]}],
    values={"signature": "Galatek", "reason": "You asked.", "unsubscribe": "Stop"},
)


def mail(name: str, body: str, preheader: str = "") -> Template:
    front = f"---\nsubject: Mail {name}\npreheader: {preheader or 'x'}\n---\n"
    return parse(name, f"spring/mails/{name}.md", (front + body).encode())


def hung(*bodies: str) -> list[Exhibit]:
    templates = {name: mail(name, body) for name, body in zip(("one", "two"), bodies, strict=False)}
    return exhibits(SPRING, templates, LAYOUT, "Street 1, 12345 Town", WORDS)


def test_what_reads_the_same_is_shown_once_with_everybody_who_gets_it() -> None:
    [shown] = hung("Good day.", "x")[0].shown
    assert dict(by_segment(shown)).keys() == {"HOT", "COLD"}
    assert len(shown.who) == 6


def test_what_reads_differently_is_shown_for_each() -> None:
    shown = hung("{% if segment == 'HOT' %}Hot.{% else %}Cold.{% endif %}", "x")[0].shown
    assert [[segment for segment, _ in by_segment(one)] for one in shown] == [["HOT"], ["COLD"]]


def test_only_who_gets_a_mail_is_shown_with_it() -> None:
    one, two = hung("Good day.", "{{ segment }}")
    assert [one.day, two.day] == ["at once", "1 day 2 hours after the signup"]
    assert {segment for shown in two.shown for segment, _ in shown.who} == {"COLD"}


def test_a_mail_that_fails_for_somebody_is_told_and_shown_for_the_others() -> None:
    exhibit = hung("{% if segment == 'HOT' %}{{ 1 / 0 }}{% endif %}Good day.", "x")[0]
    assert len(exhibit.failures) == 1
    assert {segment for segment, _ in exhibit.shown[0].who} == {"COLD"}


def test_a_mail_without_a_readable_file_is_left_out() -> None:
    assert [exhibit.number for exhibit in hung("Good day.")] == [1]


def test_a_segment_into_which_nobody_falls_is_named() -> None:
    never = campaign(segments={"NEVER": "first_name == 'x' and first_name == 'y'", "ALL": True})
    assert [empty_segments(SPRING), empty_segments(never)] == [[], ["NEVER"]]


def test_all_of_christmas_can_be_shown() -> None:
    directory = CAMPAIGNS / "christmas"
    shown = exhibits(
        read_campaign(directory), read_templates(directory), LAYOUT, "Street 1, 12345 Town", WORDS
    )
    assert [exhibit.number for exhibit in shown] == [1, 2, 3, 4, 5, 6, 7]
    assert all(len(exhibit.shown) >= 3 and not exhibit.failures for exhibit in shown)


@pytest.mark.parametrize(
    ("delay", "words"),
    [
        (timedelta(days=1), "1 day"),
        (timedelta(days=14, hours=1, minutes=30), "14 days 1 hour 30 minutes"),
        (timedelta(minutes=5), "5 minutes"),
        (timedelta(), "0 minutes"),
    ],
)
def test_a_delay_is_said_in_words(delay: timedelta, words: str) -> None:
    assert spoken(delay) == words


def test_the_mail_that_asks_for_a_confirmation_is_shown_first_and_the_rest_counts_from_it() -> None:
    asked = campaign(
        double_opt_in={"mail": "sure"}, steps=[{"mail": "one", "after": 0}, {"mail": "two", "after": "1d"}]
    )
    templates = {name: mail(name, "Good day.") for name in ("one", "two")}
    templates["sure"] = mail("sure", "[Yes]({{ confirm_url }})")
    shown = exhibits(asked, templates, LAYOUT, "Street 1, 12345 Town", WORDS)
    assert [(one.number, one.day, one.waits) for one in shown] == [
        (0, "at once, and asks for the confirmation", False),
        (1, "at once after the confirmation", False),
        (2, "1 day after the confirmation", True),
    ]
    assert "https://example.com/confirm/preview" in shown[0].shown[0].rendered.html
    assert not [one for one in shown if one.failures]
