"""What a POST may say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest

from flows.adapters.campaign_files import read_campaigns
from flows.domain.identity import deployment_id, flow_id
from services.web.errors import Refusal
from services.web.order import Desk, Order
from tests.web_site import website

FLOW = "christmas-signup-handler"
DEPLOYMENT = str(deployment_id(FLOW))


@pytest.fixture(scope="module")
def desk() -> Desk:
    return Desk(read_campaigns().values())


def _refused(desk: Desk, body: object, *keys: str) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        desk.order(body, list(keys))
    return refusal.value


def _problems(refusal: Refusal) -> list[tuple[str, str]]:
    assert not isinstance(refusal.detail, str)
    return [(".".join(map(str, problem["loc"])), problem["type"]) for problem in refusal.detail]


@pytest.mark.parametrize(
    "body", ["scheduled_8_parameters", "message_14_parameters", "without_state", "javascript_13_parameters"]
)
def test_each_body_of_the_website_is_an_order(desk: Desk, body: str) -> None:
    order = desk.order(website(body), [])
    assert order.campaign.flow == FLOW
    assert order.parameters == website(body)["parameters"]


@pytest.mark.parametrize(
    "ids",
    [
        {"deployment_id": DEPLOYMENT, "flow_id": None},
        {"deployment_id": DEPLOYMENT},
        {"flow_id": str(flow_id(FLOW)).upper()},
    ],
)
def test_flow_and_deployment_name_the_same_campaign(desk: Desk, ids: Mapping[str, Any]) -> None:
    assert desk.order(website() | ids, []).campaign.flow == FLOW


@pytest.mark.parametrize(
    "ids",
    [
        {"flow_id": str(uuid4())},
        {"flow_id": str(flow_id("send-due"))},  # ours, but not public
        {"deployment_id": str(uuid4())},  # beside the right flow
        {"flow_id": None, "deployment_id": str(uuid4())},
    ],
)
def test_an_unknown_flow_and_one_that_is_not_public_are_told_alike(
    desk: Desk, ids: Mapping[str, Any]
) -> None:
    refusal = _refused(desk, website() | ids)
    assert (refusal.status, refusal.detail) == (404, "no such flow")


def test_a_deployment_of_another_campaign_is_no_such_flow() -> None:
    christmas = read_campaigns()["christmas"]
    desk = Desk([christmas, christmas.model_copy(update={"flow": "easter-signup-handler"})])
    ids = {"flow_id": str(christmas.flow_id), "deployment_id": str(deployment_id("easter-signup-handler"))}
    assert _refused(desk, website() | ids).status == 404


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"flow_id": None}, ("flow_id", "missing")),
        ({"flow_id": "christmas"}, ("flow_id", "uuid_parsing")),
        ({"flow_id": 7}, ("flow_id", "uuid_type")),
        ({"job_variables": {"command": "id"}}, ("job_variables", "extra_forbidden")),
        ({"work_pool_name": "process"}, ("work_pool_name", "extra_forbidden")),
        ({"work_queue_name": "default"}, ("work_queue_name", "extra_forbidden")),
        ({"no such\nname": 1}, ("?", "extra_forbidden")),
        ({"name": 7}, ("name", "string_type")),
        ({"state": {"type": "RUNNING"}}, ("state.type", "literal_error")),
        ({"state": {"type": "SCHEDULED", "name": "Late"}}, ("state.name", "literal_error")),
        ({"state": {"type": "SCHEDULED", "data": {}}}, ("state.data", "extra_forbidden")),
        ({"state": {"type": "SCHEDULED", "message": "x" * 1001}}, ("state.message", "string_too_long")),
        ({"state": "SCHEDULED"}, ("state", "model_type")),
        ({"tags": ["a@b"]}, ("tags.0", "string_pattern_mismatch")),
        ({"tags": ["a\n"]}, ("tags.0", "string_pattern_mismatch")),
        ({"tags": ["a"] * 11}, ("tags", "too_long")),
        ({"idempotency_key": ""}, ("idempotency_key", "string_pattern_mismatch")),
        ({"idempotency_key": "x" * 201}, ("idempotency_key", "string_pattern_mismatch")),
        ({"idempotency_key": "a\nb"}, ("idempotency_key", "string_pattern_mismatch")),
        ({"parameters": None}, ("parameters", "dict_type")),
        ({"parameters": []}, ("parameters", "dict_type")),
        ({"__prefect_kind": "json"}, ("__prefect_kind", "extra_forbidden")),
    ],
)
def test_anything_else_in_the_body_is_named(
    desk: Desk, change: dict[str, Any], problem: tuple[str, str]
) -> None:
    refusal = _refused(desk, website() | change)
    assert refusal.status == 422
    assert _problems(refusal) == [problem]


@pytest.mark.parametrize(
    ("change", "loc"),
    [
        ({"email": "nobody"}, "parameters.email"),
        ({"email": {"__prefect_kind": "workspace_variable", "variable_name": "x"}}, "parameters.email"),
        ({"first_name": {"$ref": "#/x"}}, "parameters.first_name"),
        ({"assessment_score": "52"}, "parameters.assessment_score"),
        ({"assessment_score": True}, "parameters.assessment_score"),
        ({"gps_score": 101}, "parameters.gps_score"),
        ({"green_systems": 8}, "parameters"),  # more than eight systems together
        ({"$ref": "x"}, "parameters.?"),
        ({"maria.keller@example.com": 1}, "parameters.?"),
    ],
)
def test_parameters_are_checked_with_the_campaign(desk: Desk, change: dict[str, Any], loc: str) -> None:
    body = website()
    body["parameters"] |= change
    assert [where for where, _ in _problems(_refused(desk, body))] == [loc]


def test_all_errors_are_told_at_once(desk: Desk) -> None:
    body = website() | {
        "job_variables": {},
        "tags": "x",
        "parameters": {"email": "nobody", "red_systems": -1},
    }
    found = {where for where, _ in _problems(_refused(desk, body, "a key", "another key"))}
    assert {"job_variables", "tags", "idempotency_key", "parameters.email", "parameters.red_systems"} < found
    assert "parameters.first_name" in found


def test_no_more_than_fifty_errors_are_listed(desk: Desk) -> None:
    assert len(_problems(_refused(desk, website() | {f"x{n}": n for n in range(200)}))) == 50


@pytest.mark.parametrize("body", [None, [], "text", 7, True])
def test_a_body_that_is_no_object_is_refused(desk: Desk, body: object) -> None:
    assert _problems(_refused(desk, body)) == [("", "dict_type")]


@pytest.mark.parametrize(
    ("inside", "headers", "key"),
    [(None, [], None), ("a", [], "a"), (None, ["b"], "b"), ("a", ["a"], "a"), (None, ["b", "b"], "b")],
)
def test_the_idempotency_key_comes_from_the_body_or_the_header(
    desk: Desk, inside: str | None, headers: list[str], key: str | None
) -> None:
    order: Order = desk.order(website() | {"idempotency_key": inside}, headers)
    assert order.idempotency_key == key


def test_two_different_idempotency_keys_are_a_conflict(desk: Desk) -> None:
    assert _problems(_refused(desk, website() | {"idempotency_key": "a"}, "b")) == [
        ("idempotency_key", "conflict")
    ]


def test_an_error_repeats_nothing_of_the_body(desk: Desk) -> None:
    body = website() | {"flow_id": "§ecret", "name": ["§"], "tags": ["§"], "state": {"type": "§", "§": "§"}}
    body["parameters"] = {"email": "§", "first_name": ["§"], "red_systems": "§", "§": "§"}
    assert "§" not in str(_refused(desk, body).detail)
