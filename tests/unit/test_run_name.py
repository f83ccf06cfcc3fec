"""People's data never get into the name of a run."""

from __future__ import annotations

from uuid import UUID

import pytest

from flows.domain.run_name import run_name

RUN = UUID("8c0ff92e-8a0e-4b0a-9d6c-0d6a1d1c7b11")
ANNA = {
    "email": "anna.smith@example.com",
    "first_name": "Anna",
    "business_name": "Smith & Co",
    "red_systems": 2,
}
BY_DEFAULT = "christmas-8c0ff92e"


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("christmas-signup-2026-12-01", "christmas-signup-2026-12-01"),
        ("Christmas: signup #12 v1.0_b", "Christmas: signup #12 v1.0_b"),
        ("Weihnachten für Müller", "Weihnachten für Müller"),
        (None, BY_DEFAULT),
        ("", BY_DEFAULT),
        (" -_.:# ", BY_DEFAULT),
        ("anna.smith@example.com", BY_DEFAULT),
        ("signup other@person.example now", "signup now"),
        ("signup anna.smith%40example.com", "signup"),
        ("signup ANNA", "signup"),
        ("signup-annasmith-2026", "signup--2026"),
        ("signup Anna2026", "signup"),
        ("signup for Smith & Co", "signup for"),
        ("signup an\u200bna", "signup"),  # an invisible character inside the name
        ("signup ａｎｎａ", "signup"),  # full-width letters
        ("<b>signup</b> {{ x }} \n two", "b signup b x two"),
        ("x" * 300, "x" * 100),
    ],
)
def test_a_name_keeps_what_tells_nobody(sent: str | None, shown: str) -> None:
    assert run_name("christmas", RUN, sent, ANNA) == shown


def test_a_short_first_name_is_cut_as_a_word_only() -> None:
    assert (
        run_name("christmas", RUN, "Al signed up for signals", {"first_name": "Al"})
        == "signed up for signals"
    )
