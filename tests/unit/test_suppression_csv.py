"""The suppression list as CSV: whole or not at all, naming the line."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from flows.domain.suppression_csv import BadList, read, write

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def test_what_was_written_is_read_back() -> None:
    rows = [("a@example.com", "bounced, hard", 'the "old" list', NOW), ("b@example.com", "x", "y", NOW)]
    assert read(write(rows), NOW) == rows


def test_a_list_of_addresses_alone_is_enough() -> None:
    assert read("email\na@example.com\n", NOW) == [("a@example.com", "imported", "import", NOW)]


def test_a_spreadsheets_byte_order_mark_does_not_matter() -> None:
    assert len(read("\ufeffemail\r\na@example.com\r\n", NOW)) == 1


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "line 1: the first line has to name the columns"),
        ("a@example.com\nb@example.com\n", "line 1: the first line has to name the columns"),
        ("email,colour\na@example.com,red\n", "line 1: there is no column `colour`"),
        ("email\na@example.com\nnonsense\n", "line 3: not a valid email address"),
        ("email,reason\na@example.com\n", "line 2: it has another number of fields"),
        ("email\na@example.com,more\n", "line 2: it has another number of fields"),
        ("email,created_at\na@example.com,yesterday\n", "line 2: `created_at` is not a time"),
        ('email\n"a@example.com\n', "this is not CSV"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_taken(text: str, problem: str) -> None:
    with pytest.raises(BadList, match=problem):
        read(text, NOW)


def test_every_wrong_line_is_named_at_once() -> None:
    with pytest.raises(BadList) as caught:
        read("email\nx\na@example.com\ny\n", NOW)
    assert [problem.split(":")[0] for problem in caught.value.problems] == ["line 2", "line 4"]
