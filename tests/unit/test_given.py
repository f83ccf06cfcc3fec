"""The consent that comes with a signup: what is taken, what is kept of it, and what is refused with which words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from flows.domain.answers import Refused
from flows.domain.given import Given, given, parted
from tests.desk import campaign

WORDINGS = {"2026-11": "Yes, mail me.", "2026-12": "Yes, please mail me."}
OPTIONAL = campaign(consent={"wordings": WORDINGS})
REQUIRED = campaign(consent={"wordings": WORDINGS, "required": True})


def test_the_very_words_are_kept_with_the_id_the_websites_time_and_the_page() -> None:
    said = {
        "consent": "2026-11",
        "consent_at": "2026-11-25T10:00:00+01:00",
        "consent_page": "https://galatek.dev/a?email=x#y",
    }
    assert given(OPTIONAL, said) == Given(
        wording="2026-11", words="Yes, mail me.", told_at=datetime(2026, 11, 25, 9, tzinfo=UTC), page="https://galatek.dev/a"
    )  # fmt: skip


@pytest.mark.parametrize("entered", [OPTIONAL, campaign()])
def test_where_it_is_not_needed_a_signup_without_it_is_fine(entered: Any) -> None:
    assert given(entered, {}) is None


@pytest.mark.parametrize(
    ("said", "name", "words"),
    [
        ({}, "consent", "send the id of the wording that the person agreed to, one of: 2026-11, 2026-12"),
        ({"consent": "2025"}, "consent", "no wording has this id; send the one that the form showed, one of: 2026-11, 2026-12"),
        ({"consent": True}, "consent", "no wording has this id"),
        ({"consent": ["2026-11"]}, "consent", "no wording has this id"),
        ({"consent": {"2026-11": 1}}, "consent", "no wording has this id"),
        ({"consent": "2026-11", "consent_at": "yesterday"}, "consent_at", "write a time with its zone"),
        ({"consent": "2026-11", "consent_at": "2026-11-25T10:00:00"}, "consent_at", "write a time with its zone"),
        ({"consent": "2026-11", "consent_at": 1764064800}, "consent_at", "write a time with its zone"),
        ({"consent": "2026-11", "consent_at": "0001-01-01T00:00:00+23:59"}, "consent_at", "write a time with its zone"),
        ({"consent": "2026-11", "consent_page": "javascript:alert(1)"}, "consent_page", "write the page's address"),
        ({"consent": "2026-11", "consent_page": "https://galatek.dev/" + "a" * 500}, "consent_page", "at most 500 characters"),
        ({"consent": "2026-11", "consent_page": 7}, "consent_page", "write the page's address"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_what_to_send(said: dict[str, Any], name: str, words: str) -> None:
    with pytest.raises(Refused) as refused:
        given(REQUIRED, said)
    [problem] = refused.value.problems
    assert problem["loc"] == [name]
    assert words in problem["msg"]


def test_everything_wrong_is_told_at_once() -> None:
    with pytest.raises(Refused) as refused:
        given(REQUIRED, {"consent": "x", "consent_at": "x", "consent_page": "x"})
    assert [problem["loc"] for problem in refused.value.problems] == [
        ["consent"],
        ["consent_at"],
        ["consent_page"],
    ]


def test_a_time_or_a_page_without_a_consent_is_no_consent() -> None:
    with pytest.raises(Refused):
        given(OPTIONAL, {"consent_at": "2026-11-25T10:00:00Z"})


def test_a_null_is_the_same_as_nothing() -> None:
    assert parted(OPTIONAL, {"email": "x", "consent": None, "consent_at": None}) == ({"email": "x"}, {})


def test_a_campaign_without_consent_has_these_names_for_itself() -> None:
    assert parted(campaign(), {"consent": "2026-11"}) == ({"consent": "2026-11"}, {})
