"""The header `Retry-After`."""

from __future__ import annotations

import pytest

from flows.adapters.retry_after import LONGEST, retry_after

DATE = {"date": "Sun, 22 Nov 2026 07:00:00 GMT"}


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7),
        ("0", 0),
        (" 600 ", 600),
        ("1.5", 1.5),
        ("Sun, 22 Nov 2026 07:02:00 GMT", 120),
        ("999999999", LONGEST),
        ("inf", LONGEST),
        ("Sun, 22 Nov 2026 06:00:00 GMT", None),
        ("-1", None),
        ("nan", None),
        ("soon", None),
        ("", None),
    ],
)
def test_a_wait_is_read_in_seconds_or_as_a_date(value: str, seconds: float | None) -> None:
    assert retry_after({"Retry-After": value, **DATE}) == seconds


def test_a_date_without_the_answers_own_date_says_nothing() -> None:
    assert retry_after({"retry-after": "Sun, 22 Nov 2026 07:02:00 GMT"}) is None


def test_an_answer_without_the_header_says_nothing() -> None:
    assert retry_after(DATE) is None
