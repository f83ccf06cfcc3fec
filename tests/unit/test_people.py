"""Made-up people: each belongs to the segment it is made for, and keeps the campaign's rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flows.adapters.campaign_files import CAMPAIGNS, directories, read_campaign
from flows.domain.answers import Answers
from flows.domain.people import KINDS, people
from tests.desk import campaign

EMAIL = {"type": "string", "format": "email"}


def made(
    parameters: dict[str, Any], segments: dict[str, Any], **more: Any
) -> dict[str, dict[str, dict[str, Any]]]:
    """For each segment the people in it, by how much they say."""
    found = campaign(parameters={"email": EMAIL} | parameters, segments=segments, **more)
    return {segment: dict(people(found, segment)) for segment in found.segments}


@pytest.mark.parametrize("directory", directories(CAMPAIGNS), ids=lambda found: found.name)
def test_whoever_is_made_up_for_our_campaigns_could_have_signed_up(directory: Path) -> None:
    known = read_campaign(directory)
    for segment in known.segments:
        for kind, person in people(known, segment):
            sent = {name: value for name, value in person.items() if value is not None}
            assert known.segment_of(person) == segment
            if kind != "says no name either":  # what cleaning leaves, not what is sent
                assert Answers(known).check(sent) == sent


def test_every_segment_of_christmas_has_somebody_of_each_kind() -> None:
    christmas = read_campaign(CAMPAIGNS / "christmas")
    for segment in christmas.segments:
        assert [kind for kind, _ in people(christmas, segment)] == list(KINDS)


def test_examples_come_first_and_a_condition_chooses_among_them() -> None:
    crowd = made(
        {"red": {"type": "integer", "minimum": 0, "maximum": 8, "examples": [3, 1]}},
        {"A": "red >= 2", "B": True},
    )
    assert [crowd[segment]["says everything"]["red"] for segment in "AB"] == [3, 1]


@pytest.mark.parametrize(
    ("parameter", "condition", "value"),
    [
        ({"type": "integer", "minimum": 0, "maximum": 1000}, "it == 977", 977),
        ({"type": "integer", "minimum": 0, "maximum": 1000}, "it > 998 and it < 1000", 999),
        ({"type": "number", "minimum": 0}, "it < 0.5", 0),
        ({"type": "integer", "minimum": 1, "maximum": 9}, "it == 7", 7),
        ({"type": "string", "enum": ["grow", "rest"]}, "it == 'rest'", "rest"),
        ({"type": "string"}, "it == 'Ulm'", "Ulm"),
        ({"type": "string"}, "'money' in it", "money"),
        ({"type": "boolean"}, "not it", False),
    ],
)
def test_somebody_is_found_for_a_condition(parameter: dict[str, Any], condition: str, value: object) -> None:
    crowd = made({"it": parameter}, {"A": condition, "B": True})
    assert crowd["A"]["says everything"]["it"] == value


def test_rules_hold_for_everybody() -> None:
    number = {"type": "integer", "minimum": 0, "maximum": 8, "examples": [5]}
    rules = [{"that": "red + green <= 8", "else": "there are eight"}]
    person = made({"red": number, "green": number}, {"ALL": True}, rules=rules)["ALL"]["says everything"]
    assert person["red"] + person["green"] <= 8


def test_who_says_little_leaves_out_what_is_optional_and_then_every_text() -> None:
    parameters = {"first_name": {"type": "string"}, "score": {"type": "integer", "optional": True}}
    crowd = made(parameters, {"ALL": True})["ALL"]
    assert [(one["first_name"], one["score"]) for one in crowd.values()] == [
        ("First name", 50),
        ("First name", None),
        (None, None),
    ]


def test_nobody_is_made_up_who_cannot_exist() -> None:
    parameters = {"score": {"type": "integer", "optional": True}}
    crowd = made(parameters, {"HIGH": "score > 10", "NEVER": "score > 10", "REST": True})
    assert [list(crowd[segment]) for segment in ("HIGH", "NEVER")] == [["says everything"], []]


def test_texts_are_as_cleaned_as_a_real_persons() -> None:
    crowd = made({"first_name": {"type": "string", "examples": ["Anna https://evil.example"]}}, {"ALL": True})
    assert crowd["ALL"]["says everything"]["first_name"] == "Anna"
