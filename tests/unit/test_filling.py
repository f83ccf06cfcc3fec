"""Values in the gaps of a mail: how they are said, and what is told when one cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from flows.domain.filling import Piece, Unrenderable, one_line, prose

PATH = "spring/mails/welcome.md"
CONTEXT: dict[str, Any] = {"first_name": "Anna", "absent": None, "score": 41}


def written(body: str, **values: Any) -> str:
    found = prose(Piece(body, PATH, 4), CONTEXT | values)
    return found.said(found.markdown)


@pytest.mark.parametrize(
    ("amount", "said"), [(1234.5, "1,234"), (0, "0"), (999, "999"), (1e9, "1,000,000,000")]
)
def test_money_is_said_in_whole_units(amount: float, said: str) -> None:
    assert one_line(Piece("€{{ leak | money }}", PATH, 2), {"leak": amount}) == f"€{said}"


def test_a_whole_number_shows_no_decimals() -> None:
    assert written("{{ leak }} {{ score }}", leak=12.0).strip() == "12 41"


def test_a_line_of_tags_leaves_no_line_and_a_paragraph_keeps_its_end() -> None:
    body = "- a\n{% if score %}\n- b\n{% endif %}\n- c\n\nOne{% if score %} two{% endif %}\n\nThree"
    assert written(body).strip() == "- a\n- b\n- c\n\nOne two\n\nThree"


@pytest.mark.parametrize(
    ("body", "line", "saying"),
    [
        ("one\n\n{{ absent }}", 6, "an absent value would show as None"),
        ("one\n{% if score %}\n{{ absent | money }}\n{% endif %}", 6, "an absent value would show as None"),
        ("one\n{{ frist_name }}", 5, "'frist_name' is undefined"),
        ("one\n{{ first_name.x }}", 5, "has no attribute 'x'"),
        ("one\n\n\n{% if score %}", 7, "correct the template"),
        ("one\n{{ score | shout }}", 5, "No filter named 'shout'"),
        ("one\n{{ first_name | int(base=99) + 1 / 0 }}", 5, "fails with ZeroDivisionError"),
        ("one\n{{ absent > 3 }}", 5, "fails with TypeError"),
        ("{% include 'x' %}", 4, "fails with TypeError"),
        ("{{ ''.__class__.__mro__ }}", 4, "fails with SecurityError"),
    ],
)
def test_what_cannot_be_written_names_file_and_line(body: str, line: int, saying: str) -> None:
    with pytest.raises(Unrenderable) as refusal:
        written(body)
    assert str(refusal.value).startswith(f"spring/mails/welcome.md:{line}: ")
    assert saying in str(refusal.value)


@pytest.mark.parametrize(
    "body", ["{{ first_name + 1 }}", "{{ first_name | int + first_name }}", "{{ 1 / first_name }}"]
)
def test_an_error_does_not_repeat_what_a_person_said(body: str) -> None:
    with pytest.raises(Unrenderable) as refusal:
        written(body, first_name="Rumpelstiltskin")
    assert "Rumpelstiltskin" not in str(refusal.value)
    assert refusal.value.__suppress_context__


def test_a_subject_is_one_line() -> None:
    subject = Piece("For {{ first_name }} ", PATH, 2)
    assert one_line(subject, CONTEXT) == "For Anna"
    with pytest.raises(Unrenderable, match=r"welcome\.md:2: this must be one line"):
        one_line(subject, {"first_name": "Anna\r\nBcc: x@y.de"})
