"""What each error of Notion becomes, and what a person is told to mend. Over real HTTP."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from flows.adapters.notion import NotionAway, NotionRefused
from tests.stand_ins.notion import SCHEMA
from tests.stand_ins.samples import EMAIL, NAME, RECORD, notion_error
from tests.stand_ins.script import Fault
from tests.stand_ins.servers import NotionServer

CREATE, UPDATE, QUERY = "POST /v1/pages", "PATCH /v1/pages", "POST /v1/data_sources"


@pytest.mark.parametrize("on", [QUERY, CREATE, UPDATE, "GET /v1/databases"])
@pytest.mark.parametrize(
    ("fault", "wait"),
    [
        (notion_error(429, "rate_limited", headers={"Retry-After": "7"}), 7),
        (notion_error(429, "rate_limited", headers={"Retry-After": "600"}), 600),
        (notion_error(529, "service_overload", headers={"Retry-After": "90"}), 90),
        (notion_error(409, "conflict_error"), None),
        (notion_error(500, "internal_server_error"), None),
        (notion_error(503, "service_unavailable"), None),
        (notion_error(504, "gateway_timeout"), None),
        (Fault(status=502, body="<h1>Bad gateway</h1>"), None),
        (Fault(drop=True), None),
    ],
    ids=lambda value: str(value.status) if isinstance(value, Fault) else str(value),
)
def test_a_notion_that_is_away_says_how_long_to_wait(
    notion_server: NotionServer, on: str, fault: Fault, wait: float | None
) -> None:
    page_id = notion_server.mirror().upsert(RECORD) if on == UPDATE else None
    notion_server.will(replace(fault, on=on))

    with pytest.raises(NotionAway) as away:
        notion_server.mirror().upsert(RECORD, page_id)

    assert away.value.retry_after == wait
    assert EMAIL not in str(away.value)


@pytest.mark.parametrize(
    ("fault", "advice"),
    [
        (notion_error(401, "unauthorized"), "NOTION_TOKEN"),
        (notion_error(403, "restricted_resource"), "rights"),
        (notion_error(404, "object_not_found"), "Share the database with the integration"),
        (notion_error(400, "validation_error"), "properties"),
        (Fault(status=302, body="elsewhere"), "NOTION_API_URL"),
    ],
    ids=lambda value: str(value.status) if isinstance(value, Fault) else None,
)
def test_a_refusal_says_what_a_person_must_do(
    notion_server: NotionServer, caplog: pytest.LogCaptureFixture, fault: Fault, advice: str
) -> None:
    caplog.set_level(logging.DEBUG)
    notion_server.will(replace(fault, on=CREATE))

    with pytest.raises(NotionRefused, match=advice) as refused:
        notion_server.mirror().upsert(RECORD)

    for person in (EMAIL, NAME):
        assert person not in str(refused.value) + caplog.text


def test_a_complete_database_has_no_problems(notion_server: NotionServer) -> None:
    assert notion_server.mirror().problems() == []


def test_every_missing_and_mistyped_property_is_named(notion_server: NotionServer) -> None:
    notion_server.workspace.schema = {"Person": "title", "Score": "rich_text"} | {
        name: kind for name, kind in SCHEMA.items() if name not in ("Name", "Score", "Step")
    }

    assert notion_server.mirror().problems() == [
        "Notion's title property is called `Person`: rename it to `Name`.",
        "Notion's property `Score` is of type rich_text and must be of type number: change its type.",
        "Notion's property `Step` is missing: add it, of type number.",
    ]


def test_a_write_that_the_database_has_no_place_for_names_the_property(notion_server: NotionServer) -> None:
    del notion_server.workspace.schema["Segment"]

    with pytest.raises(NotionRefused, match="`Segment` is missing"):
        notion_server.mirror().upsert(RECORD)


@pytest.mark.parametrize(("token", "database_id", "advice"), [
    ("wrong", "0" * 32, "NOTION_TOKEN"),
    ("ntn_test", "0" * 32, "Share the database"),
])  # fmt: skip
def test_a_database_that_cannot_be_read_is_one_problem(
    notion_server: NotionServer, token: str, database_id: str, advice: str
) -> None:
    (problem,) = notion_server.mirror(token, database_id).problems()

    assert advice in problem
