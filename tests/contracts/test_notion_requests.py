"""What reaches Notion, judged by Notion's own OpenAPI file; and that this judge sees a mistake."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from flows.domain.record import Record
from tests.stand_ins.judge import Judge
from tests.stand_ins.notion import DATA_SOURCE_ID
from tests.stand_ins.samples import RECORD
from tests.stand_ins.script import Captured
from tests.stand_ins.servers import NotionServer

FULL = replace(RECORD, name="Anna 🎄" * 500, business="B" * 3000)
BARE = replace(RECORD, name=None, business=None, score=None, step=None, last_sent=None, next_send=None)
HEADERS = {"notion-version": "2026-03-11"}


def create(properties: dict[str, Any], **more: Any) -> Captured:
    parent = {"type": "data_source_id", "data_source_id": DATA_SOURCE_ID}
    return Captured(
        "POST", "/v1/pages", HEADERS, json.dumps({"parent": parent, "properties": properties, **more})
    )


def title(text: str) -> dict[str, Any]:
    return {"Name": {"title": [{"text": {"content": text}}]}}


@pytest.mark.parametrize("record", [FULL, BARE], ids=["full", "bare"])
def test_everything_that_the_mirror_asks_is_what_notion_takes(
    notion_server: NotionServer, judge_of: Callable[[str], Judge], record: Record
) -> None:
    mirror = notion_server.mirror()
    page_id = mirror.upsert(record)
    mirror.upsert(record, page_id)
    notion_server.workspace.pages[0]["in_trash"] = True
    mirror.upsert(record, page_id)
    mirror.problems()

    requests = notion_server.workspace.script.requests
    assert [f"{request.method} {request.path.split('/')[2]}" for request in requests] == [
        "GET databases", "POST data_sources", "POST pages",
        "PATCH pages",
        "PATCH pages", "GET pages", "POST data_sources", "POST pages",
        "GET data_sources",
    ]  # fmt: skip
    assert [problem for request in requests for problem in judge_of("notion").problems(request)] == []


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (create({"Name": {"titel": []}}), "not valid"),
        (create({"Email": {"email": ""}}), "not valid"),
        (create({"Segment": {"select": "URGENT"}}), "not valid"),
        (create({"Next send": {"date": {"begin": "2026-12-01"}}}), "not valid"),
        (create(title("x" * 2001)), "not valid"),
        (create(title("x"), archived=True), "'archived' was unexpected"),
        (replace(create(title("x")), headers={"notion-version": "2022-06-28"}), "2022-06-28"),
        (replace(create(title("x")), headers={}), "Notion-Version is missing"),
        (replace(create(title("x")), path="/v1/databases/1/query"), "no operation"),
    ],
    ids=["type", "no address", "select", "date", "long text", "archived", "version", "no version", "path"],
)
def test_the_judge_sees_a_request_that_notion_would_refuse(
    judge_of: Callable[[str], Judge], bad: Captured, says: str
) -> None:
    judge = judge_of("notion")

    assert judge.problems(create(title("x"))) == []
    assert says in " ".join(judge.problems(bad))
