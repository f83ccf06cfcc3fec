"""The port `Mirror` over Notion: one page for each enrolment, whatever happens on the way."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from flows.adapters.notion import NoMirror, NotionAway, NotionRefused
from flows.domain.record import Mirror, Record
from tests.stand_ins.notion import SCHEMA
from tests.stand_ins.script import Fault
from tests.stand_ins.servers import PATIENCE, NotionServer

EMAIL, NAME = "anna@lead.example", "Anna Leadwell"
RECORD = Record(
    key="5f9c6d1e-0000-4000-8000-000000000001", email=EMAIL, name=NAME, business="Bakery, Anna & Co",
    campaign="christmas", segment="CRITICAL", score=41.0, sent=1, waiting=6, held=0, previewed=0, step=1,
    last_sent=datetime(2026, 12, 1, 9, 30, tzinfo=UTC), next_send=datetime(2026, 12, 2, 9, 0, tzinfo=UTC),
    suppressed=None, ended=None,
)  # fmt: skip

CREATE, UPDATE, QUERY = "POST /v1/pages", "PATCH /v1/pages", "POST /v1/data_sources"


def error(status: int, code: str, **more: Any) -> Fault:
    """An error as Notion words it, which repeats what was sent."""
    body = {"object": "error", "status": status, "code": code, "message": f"no good: {EMAIL} {NAME}"}
    return Fault(status=status, body=body, **more)


def test_a_new_record_becomes_a_page_with_everything_in_its_place(notion_server: NotionServer) -> None:
    page_id = notion_server.mirror().upsert(RECORD)

    assert page_id == notion_server.workspace.pages[0]["id"]
    assert notion_server.shown() == [{
        "Name": NAME, "Email": EMAIL, "Business": "Bakery, Anna & Co", "Campaign": "christmas",
        "Segment": "CRITICAL", "Score": 41, "Status": "Running", "Step": 1,
        "Last sent": "2026-12-01T09:30:00+00:00", "Next send": "2026-12-02T09:00:00+00:00",
        "Unsubscribed": False, "Contact key": RECORD.key,
    }]  # fmt: skip


def test_a_known_page_is_brought_up_to_date(notion_server: NotionServer) -> None:
    mirror = notion_server.mirror()
    page_id = mirror.upsert(RECORD)
    later = replace(RECORD, score=None, next_send=None, business=None, suppressed="bounced")

    assert mirror.upsert(later, page_id) == page_id
    (page,) = notion_server.shown()
    assert (page["Score"], page["Next send"], page["Business"]) == (None, None, "")
    assert (page["Unsubscribed"], page["Status"]) == (True, "Stopped")


def test_a_forgotten_page_is_found_by_its_key(notion_server: NotionServer) -> None:
    page_id = notion_server.mirror().upsert(RECORD)
    moved = replace(RECORD, email="anna@new.example")

    assert notion_server.mirror().upsert(moved) == page_id
    assert [page["Email"] for page in notion_server.shown()] == ["anna@new.example"]


def test_a_page_without_the_key_is_found_by_address_and_campaign(notion_server: NotionServer) -> None:
    mirror = notion_server.mirror()
    page_id = mirror.upsert(replace(RECORD, key="of another ledger"))
    elsewhere = mirror.upsert(replace(RECORD, key="another campaign's", campaign="easter"))

    assert mirror.upsert(RECORD) == page_id != elsewhere


@pytest.mark.parametrize("fault", [Fault(accept=True, delay=PATIENCE + 0.2), Fault(accept=True, drop=True),
                                   Fault(accept=True, status=502, body="<h1>Bad gateway</h1>"),
                                   Fault(accept=True, status=200, body="<h1>Welcome</h1>"),
                                   Fault(accept=True, status=200, body={})],
                         ids=["time-out", "broken connection", "502", "HTML", "no id"])  # fmt: skip
def test_a_create_whose_outcome_is_unknown_makes_no_second_page(
    notion_server: NotionServer, fault: Fault
) -> None:
    mirror = notion_server.mirror()
    notion_server.will(replace(fault, on=CREATE))

    with pytest.raises(NotionAway):
        mirror.upsert(RECORD)

    assert mirror.upsert(RECORD) == notion_server.workspace.pages[0]["id"]
    assert len(notion_server.workspace.pages) == 1


def test_a_page_in_the_trash_is_replaced_by_a_new_one(notion_server: NotionServer) -> None:
    mirror = notion_server.mirror()
    page_id = mirror.upsert(RECORD)
    notion_server.workspace.pages[0]["in_trash"] = True

    assert mirror.upsert(RECORD, page_id) != page_id
    assert len(notion_server.shown()) == 1


def test_a_page_that_never_was_is_replaced_by_the_one_with_the_key(notion_server: NotionServer) -> None:
    mirror = notion_server.mirror()
    page_id = mirror.upsert(RECORD)

    assert mirror.upsert(RECORD, "11111111-0000-4000-8000-000000000000") == page_id


def test_of_several_pages_the_oldest_is_kept_and_the_log_says_so(
    notion_server: NotionServer, caplog: pytest.LogCaptureFixture
) -> None:
    mirror = notion_server.mirror()
    oldest = mirror.upsert(RECORD)
    mirror.upsert(replace(RECORD, key="copied by hand", email="else@lead.example"))
    notion_server.workspace.pages[1]["properties"] = notion_server.workspace.pages[0]["properties"]

    assert mirror.upsert(RECORD) == oldest
    assert RECORD.key in caplog.text
    assert EMAIL not in caplog.text


def test_long_texts_are_cut_to_what_notion_takes(notion_server: NotionServer) -> None:
    mirror = notion_server.mirror()

    mirror.upsert(replace(RECORD, name="🎄" * 1001, business="x" * 2001, campaign="a,b" * 50))

    (page,) = notion_server.shown()
    assert (page["Name"], page["Business"]) == ("🎄" * 1000, "x" * 2000)
    assert page["Campaign"].startswith("a b")


@pytest.mark.parametrize("on", [QUERY, CREATE, UPDATE, "GET /v1/databases"])
@pytest.mark.parametrize(
    ("fault", "wait"),
    [
        (error(429, "rate_limited", headers={"Retry-After": "7"}), 7),
        (error(429, "rate_limited", headers={"Retry-After": "600"}), 600),
        (error(529, "service_overload", headers={"Retry-After": "90"}), 90),
        (error(409, "conflict_error"), None),
        (error(500, "internal_server_error"), None),
        (error(503, "service_unavailable"), None),
        (error(504, "gateway_timeout"), None),
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
        (error(401, "unauthorized"), "NOTION_TOKEN"),
        (error(403, "restricted_resource"), "rights"),
        (error(404, "object_not_found"), "Share the database with the integration"),
        (error(400, "validation_error"), "properties"),
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


def test_without_a_token_there_is_no_mirror_and_the_log_says_it_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    mirror: Mirror = NoMirror()

    assert [mirror.upsert(RECORD), mirror.upsert(RECORD), mirror.problems()] == [None, None, []]
    assert caplog.messages == ["NOTION_TOKEN is not set: no record is kept in Notion."]
