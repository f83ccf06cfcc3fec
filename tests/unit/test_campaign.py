"""The shape of a campaign: what it may say, and which contradictions are found."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from flows.adapters.campaign_files import CAMPAIGNS, read_campaign
from flows.domain.campaign import Campaign, Step
from flows.domain.parameter import Parameter

EMAIL = {"type": "string", "format": "email"}
SOUND: dict[str, Any] = {
    "name": "spring", "flow": "spring-signup", "title": "Spring", "version": 1,
    "parameters": {"email": EMAIL, "red": {"type": "integer"}},
    "segments": {"HOT": "red >= 2", "ALL": True},
    "steps": [{"mail": "welcome", "after": 0}, {"mail": "more", "after": "1d", "segments": ["HOT"]}],
}  # fmt: skip


def campaign(**changes: Any) -> Campaign:
    return Campaign.model_validate(SOUND | changes)


def found(**changes: Any) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as refusal:
        campaign(**changes)
    return [(".".join(map(str, error["loc"])), error["msg"]) for error in refusal.value.errors()]


@pytest.mark.parametrize(
    ("said", "delay"),
    [
        (0, timedelta()),
        ("1d", timedelta(days=1)),
        ("2d 12h", timedelta(days=2, hours=12)),
        ("30m", timedelta(minutes=30)),
        ("1d1h1m", timedelta(days=1, hours=1, minutes=1)),
    ],
)
def test_a_delay_is_days_hours_and_minutes(said: object, delay: timedelta) -> None:
    assert Step.model_validate({"mail": "welcome", "after": said}).after == delay


@pytest.mark.parametrize(
    "said", ["", "1", 1, 1.5, "1w", "-1d", "1h 1d", "tomorrow", None, False, "1d "[::-1]]
)
def test_anything_else_is_no_delay(said: object) -> None:
    with pytest.raises(ValidationError, match="write a delay as days, hours and minutes"):
        Step.model_validate({"mail": "welcome", "after": said})


@pytest.mark.parametrize("said", [540, "9:00", "25:00", "09:00:00", "morning"])
def test_a_window_opens_at_a_time_of_day(said: object) -> None:
    assert found(window={"days": ["mon"], "from": said, "to": "18:00"})[0][0] == "window.from"


def test_a_window_has_days_and_hours() -> None:
    window = campaign(window={"days": ["mon", "fri"], "from": "09:00", "to": "18:30"}).window
    assert window
    assert (window.days, window.opens, window.closes) == (("mon", "fri"), time(9), time(18, 30))


@pytest.mark.parametrize(
    ("changes", "place", "saying"),
    [
        ({"parameters": {"red": {"type": "integer"}}}, "parameters.email", "not optional"),
        ({"parameters": {"email": {"type": "string"}, "red": {"type": "integer"}}}, "parameters.email", "format: email"),
        ({"parameters": {"email": EMAIL, "red": {"type": "integer"}, "segment": EMAIL}}, "parameters.segment", "taken"),
        ({"parameters": {"email": EMAIL, "red": {"type": "integer"}, "model_dump": EMAIL}}, "parameters.model_dump", "taken"),
        ({"values": {"red": "x"}}, "values.red", "taken"),
        ({"values": {"unsubscribe_url": "x"}}, "values.unsubscribe_url", "taken"),
        ({"values": {"self": "x"}}, "values.self", "taken"),
        ({"values": {"phone": 123}}, "values.phone", "string"),
        ({"segments": {"HOT": "blue >= 2", "ALL": True}}, "segments.HOT", "`blue`"),
        ({"segments": {"HOT": "red >=", "ALL": True}}, "segments.HOT", "is not an expression"),
        ({"segments": {"HOT": "red >= 2"}, "steps": SOUND["steps"][:1]}, "segments.HOT", "last segment must be `true`"),
        ({"segments": {}, "steps": SOUND["steps"][:1]}, "segments.", "last segment must be `true`"),
        ({"rules": [{"that": "blue < 8", "else": "x"}]}, "rules.0.that", "`blue`"),
        ({"rules": [{"that": "red < 8", "else": ""}]}, "rules.0.else", "at least 1"),
        ({"steps": []}, "steps", "at least 1"),
        ({"steps": [{"mail": "a", "after": "2d"}, {"mail": "b", "after": "1d"}]}, "steps.1.after", "earlier"),
        ({"steps": [{"mail": "a", "after": 0}, {"mail": "a", "after": "1d"}]}, "steps.1.mail", "already sends"),
        ({"steps": [{"mail": "a", "after": 0, "segments": ["COLD"]}]}, "steps.0.segments", "`COLD`"),
        ({"steps": [{"mail": "a", "after": 0}, {"mail": "../b", "after": 0}]}, "steps.1.mail", "pattern"),
        ({"window": {"days": ["mon"], "from": "18:00", "to": "09:00"}}, "window", "earlier than `to`"),
        ({"window": {"days": [], "from": "09:00", "to": "18:00"}}, "window.days", "at least 1"),
        ({"ends": ["spring"]}, "ends.0", "cannot end itself"),
        ({"ends": ["../x"]}, "ends.0", "pattern"),
        ({"ends_on": ["paid"]}, "ends_on.0", "'booked'"),
        ({"starts_on": ["no-show"]}, "parameters.red", "make it optional"),
        ({"starts_on": ["booked"], "ends_on": ["booked"], "parameters": {"email": EMAIL, "red": {"type": "integer", "optional": True}}},
         "starts_on.0", "also ends this campaign"),
        ({"version": 0}, "version", "greater than or equal to 1"),
        ({"flow": "Christmas"}, "flow", "pattern"),
        ({"stepps": []}, "stepps", "not permitted"),
    ],
)  # fmt: skip
def test_a_contradiction_is_found_where_it_stands(changes: dict[str, Any], place: str, saying: str) -> None:
    [(where, what)] = found(**changes)
    assert where == place
    assert saying in what


def test_contradictions_are_found_all_at_once() -> None:
    places = [place for place, _ in found(values={"red": "x"}, segments={"HOT": "blue", "ALL": True})]
    assert places == ["values.red", "segments.HOT"]


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ({"type": "string", "minimum": 0}, "minimum"),
        ({"type": "integer", "maxLength": 3}, "maxLength"),
        ({"type": "integer", "format": "email"}, "format"),
        ({"type": "boolean", "maximum": 1}, "maximum"),
        ({"type": "string", "enum": ["a"], "maxLength": 3}, "maxLength"),
        ({"type": "integer", "minimum": 2, "maximum": 1}, "minimum"),
        ({"type": "string", "minLength": 2, "maxLength": 1}, "minLength"),
        ({"type": "integer", "enum": [1, "2"]}, "enum"),
    ],
)
def test_a_parameter_says_only_what_means_something(words: dict[str, Any], place: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        Parameter.model_validate(words)
    assert [error["loc"] for error in refusal.value.errors()] == [(place,)]


def test_the_first_segment_that_holds_is_taken() -> None:
    assert [campaign().segment_of({"red": red}) for red in (0, 1, 2, 3)] == ["ALL", "ALL", "HOT", "HOT"]


@pytest.mark.parametrize(
    ("red", "orange", "segment"),
    [
        (0, 0, "OPTIMIZE"), (0, 1, "OPTIMIZE"), (0, 2, "URGENT"), (0, 8, "URGENT"),
        (1, 0, "URGENT"), (1, 7, "URGENT"), (2, 0, "CRITICAL"), (8, 0, "CRITICAL"),
    ],
)  # fmt: skip
def test_the_christmas_campaign_sorts_by_red_and_orange(red: int, orange: int, segment: str) -> None:
    christmas = read_campaign(CAMPAIGNS / "christmas")
    assert christmas.segment_of({"red_systems": red, "orange_systems": orange}) == segment


def test_what_nobody_filled_in_is_a_placeholder() -> None:
    values = {"booking": "<https://example.com>", "currency": "€", "note": "a < b > c", "two": "<line\nline>"}
    assert campaign(values=values).placeholders == ["booking", "two"]


def test_ids_are_the_same_on_every_machine() -> None:
    christmas = read_campaign(CAMPAIGNS / "christmas")
    assert christmas.flow_id.version == christmas.deployment_id.version == 5
    assert campaign(name="other").flow_id == campaign().flow_id != christmas.flow_id


@pytest.mark.parametrize(
    ("changes", "place", "saying"),
    [
        ({"consent": {"wordings": {}}}, "consent.wordings", "at least 1 item"),
        ({"consent": {"wordings": {"2026 11": "Yes."}}}, "consent.wordings.2026 11.[key]", "should match pattern"),
        ({"consent": {"wordings": {"a": ""}}}, "consent.wordings.a", "at least 1 character"),
        ({"consent": {"wordings": {"a": "Yes."}}, "parameters": {"email": EMAIL, "red": {"type": "integer"}, "consent_at": EMAIL}},
         "parameters.consent_at", "`consent` brings this name along; remove it here"),
        ({"consent": {"wordings": {"a": "Yes."}, "required": True}, "starts_on": ["no-show"], "segments": {"ALL": True},
          "parameters": {"email": EMAIL}, "steps": [{"mail": "welcome", "after": 0}]},
         "consent.required", "a booked call brings no consent; remove it, or `starts_on`"),
        ({"double_opt_in": {"mail": "welcome"}}, "double_opt_in.mail", "a step sends `welcome` too"),
        ({"double_opt_in": {"mail": "sure", "within": "1h"}}, "double_opt_in.within", "give people a day at least"),
        ({"double_opt_in": {}}, "double_opt_in.mail", "Field required"),
    ],
)  # fmt: skip
def test_a_consent_or_a_confirmation_that_cannot_work_is_told(
    changes: dict[str, Any], place: str, saying: str
) -> None:
    [(where, why)] = found(**changes)
    assert where == place
    assert saying in why


def test_people_have_a_week_to_confirm_if_nothing_else_is_said() -> None:
    asked = campaign(double_opt_in={"mail": "sure"})
    assert asked.double_opt_in is not None
    assert asked.double_opt_in.within == timedelta(days=7)
    assert {number: step.mail for number, step in asked.numbered.items()} == {
        0: "sure",
        1: "welcome",
        2: "more",
    }
    assert list(campaign().numbered) == [1, 2]


def test_without_a_consent_its_names_are_the_campaigns() -> None:
    assert (
        campaign(
            parameters={"email": EMAIL, "red": {"type": "integer"}, "consent": {"type": "boolean"}}
        ).consent
        is None
    )
