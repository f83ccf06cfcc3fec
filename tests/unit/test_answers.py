"""What the website may send: strictly, every error at once, and none that repeats a value."""

from __future__ import annotations

import math
from typing import Any

import pytest

from flows.domain.address import deliverable
from flows.domain.answers import Answers, Refused
from flows.domain.campaign import Campaign

CAMPAIGN = Campaign.model_validate({
    "name": "spring", "flow": "spring-signup", "title": "Spring", "version": 1,
    "parameters": {
        "email": {"type": "string", "format": "email", "maxLength": 200},
        "first_name": {"type": "string", "minLength": 1, "maxLength": 100},
        "score": {"type": "integer", "minimum": 0, "maximum": 100},
        "red": {"type": "integer", "minimum": 0, "maximum": 8},
        "green": {"type": "integer", "minimum": 0, "maximum": 8},
        "leak": {"type": "number", "minimum": 0, "optional": True},
        "size": {"type": "string", "enum": ["one_person", "team"], "optional": True},
        "year": {"type": "integer", "enum": [1, 2], "optional": True},
        "news": {"type": "boolean", "optional": True},
        "remark": {"type": "string", "optional": True},
        "colleague": {"type": "string", "format": "email", "optional": True},
    },
    "rules": [{"that": "red + green <= 8", "else": "there are eight systems"}],
    "segments": {"ALL": True},
    "steps": [{"mail": "welcome", "after": 0}],
})  # fmt: skip
GOOD = {"email": "anna@example.com", "first_name": "Anna", "score": 41, "red": 3, "green": 2}

answers = Answers(CAMPAIGN)


def problems(**changes: Any) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as refusal:
        answers.check(GOOD | changes)
    return [(".".join(map(str, problem["loc"])), problem["type"]) for problem in refusal.value.problems]


def test_good_answers_come_back_as_they_were_sent() -> None:
    said = GOOD | {"leak": 12.5, "size": "team", "year": 1, "news": False, "first_name": "<b>Anna</b>"}
    assert answers.check(said) == said


def test_null_is_the_same_as_absent() -> None:
    assert answers.check(GOOD | {"leak": None, "size": None}) == GOOD


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"score": "41"}, ("score", "int_type")),
        ({"score": 41.0}, ("score", "int_type")),
        ({"score": True}, ("score", "int_type")),
        ({"score": 101}, ("score", "less_than_equal")),
        ({"score": -1}, ("score", "greater_than_equal")),
        ({"score": 10**400}, ("score", "less_than_equal")),
        ({"score": None}, ("score", "int_type")),
        ({"leak": math.nan}, ("leak", "finite_number")),
        ({"leak": math.inf}, ("leak", "finite_number")),
        ({"leak": True}, ("leak", "float_type")),
        ({"leak": 10**400}, ("leak", "float_type")),
        ({"year": True}, ("year", "value_error")),
        ({"year": 1.0}, ("year", "value_error")),
        ({"year": 3}, ("year", "literal_error")),
        ({"size": "Team"}, ("size", "literal_error")),
        ({"news": 1}, ("news", "bool_type")),
        ({"first_name": ""}, ("first_name", "string_too_short")),
        ({"first_name": "A" * 101}, ("first_name", "string_too_long")),
        ({"first_name": {"__prefect_kind": "x"}}, ("first_name", "string_type")),
        ({"first_name": ["Anna"]}, ("first_name", "string_type")),
        ({"first_name": "An\x00na"}, ("first_name", "value_error")),
        ({"remark": "\ud800"}, ("remark", "value_error")),
        ({"email": "anna"}, ("email", "value_error")),
        ({"job_variables": {}}, ("job_variables", "extra_forbidden")),
        ({"red": 8}, ("", "rule")),
    ],
)
def test_what_does_not_fit_is_refused(changes: dict[str, Any], found: tuple[str, str]) -> None:
    assert problems(**changes) == [found]


def test_every_error_is_told_at_once() -> None:
    assert set(problems(email="x", score=101, red=8, surprise=1)) == {
        ("email", "value_error"), ("score", "less_than_equal"), ("surprise", "extra_forbidden"), ("", "rule"),
    }  # fmt: skip


def test_a_rule_is_not_judged_by_values_that_are_wrong_themselves() -> None:
    assert problems(red=99) == [("red", "less_than_equal")]


@pytest.mark.parametrize("parameters", [None, [], "x", 1, {}])
def test_anything_but_a_full_object_is_refused(parameters: object) -> None:
    with pytest.raises(Refused):
        answers.check(parameters)


@pytest.mark.parametrize(
    "address", ["sécrèt@example.com", "a@b☃secret.de", "secret<x@y>", "secret@" + "x" * 300]
)
def test_no_refusal_repeats_a_value(address: str) -> None:
    with pytest.raises(Refused) as refusal:
        answers.check(GOOD | {"email": address, "size": "secret", "secretly": 1, "leak": -4711})
    said = str(refusal.value).replace("secretly", "")
    assert not any(trace in said for trace in ("secret", "é", "☃", "4711"))


def test_answers_are_made_fit_for_a_mail() -> None:
    said = {"email": "Anna@EXAMPLE.com", "first_name": "<b>Anna</b> www.x.de", "size": "one_person"}
    assert answers.complete(GOOD | said) == {
        "email": "Anna@example.com", "first_name": "Anna", "score": 41, "red": 3, "green": 2, "leak": None,
        "size": "one_person", "year": None, "news": None, "remark": None, "colleague": None,
    }  # fmt: skip


def test_a_name_of_which_nothing_is_left_is_absent() -> None:
    assert answers.complete(GOOD | {"first_name": "https://evil.example"})["first_name"] is None


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("Anna@Example.COM", "Anna@example.com"),
        ("anna+news@example.com", "anna+news@example.com"),
        ("anna@müller.de", "anna@xn--mller-kva.de"),
    ],
)
def test_an_address_gets_its_normal_form(written: str, normal: str) -> None:
    assert deliverable(written) == normal


@pytest.mark.parametrize(
    "address",
    [
        "", "anna", "anna@", "@example.com", "anna@localhost", "anna@example", "a b@example.com",
        "anna@example..com", "Anna <anna@example.com>", "anna@example.com\nBcc: x@y.de", "anna@[127.0.0.1]",
        "jürgen@example.com", "x" * 65 + "@example.com", "anna@example.com,x@y.de",
    ],
)  # fmt: skip
def test_what_no_provider_takes_is_no_address(address: str) -> None:
    with pytest.raises(ValueError, match="not a valid email address"):
        deliverable(address)
