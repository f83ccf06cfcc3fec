"""What an operator has done in Notion: pages thrown away, properties added. Judged by Notion's OpenAPI file."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flows.adapters.notion import NotionAway, NotionRefused, connect
from flows.adapters.notion_office import NotionOffice
from tests.stand_ins.notion import DATABASE_ID, SCHEMA
from tests.stand_ins.samples import EMAIL, NAME, RECORD, notion_error
from tests.stand_ins.servers import PATIENT, NotionServer


def office(server: NotionServer) -> NotionOffice:
    return NotionOffice(connect("ntn_test", server.url, PATIENT), DATABASE_ID)


def test_a_persons_pages_are_emptied_and_in_the_trash(notion_server: NotionServer) -> None:
    known = notion_server.mirror().upsert(RECORD)
    notion_server.mirror().upsert(replace(RECORD, key="other", campaign="spring"))
    notion_server.mirror().upsert(replace(RECORD, key="else", email="ben@lead.example"))
    assert office(notion_server).erase([EMAIL], [known]) == 2
    assert [page["Email"] for page in notion_server.shown()] == ["ben@lead.example"]
    in_trash = str([page for page in notion_server.workspace.pages if page["in_trash"]])
    assert EMAIL not in in_trash
    assert NAME not in in_trash


def test_throwing_away_again_finds_nothing(notion_server: NotionServer) -> None:
    known = notion_server.mirror().upsert(RECORD)
    office(notion_server).erase([EMAIL], [known])
    assert office(notion_server).erase([EMAIL], [known, "00000000-0000-4000-8000-000000000000"]) == 0


@pytest.mark.parametrize(
    ("status", "kind"), [(502, NotionAway), (429, NotionAway), (401, NotionRefused), (400, NotionRefused)]
)
def test_a_page_that_cannot_be_thrown_away_is_no_success(
    notion_server: NotionServer, status: int, kind: type[Exception]
) -> None:
    known = notion_server.mirror().upsert(RECORD)
    notion_server.will(replace(notion_error(status, "error"), on="PATCH"))
    with pytest.raises(kind) as raised:
        office(notion_server).erase([EMAIL], [known])
    assert EMAIL not in str(raised.value)
    assert len(notion_server.shown()) == 1


def test_missing_properties_are_added_and_the_title_gets_its_name(notion_server: NotionServer) -> None:
    notion_server.workspace.schema = {"Title": "title", "Email": "email", "Notes": "rich_text"}
    assert office(notion_server).mend()[:2] == ["Business", "Campaign"]
    assert notion_server.workspace.schema == SCHEMA | {"Notes": "rich_text"}
    assert office(notion_server).problems() == []


def test_a_property_of_the_wrong_type_stays_and_is_told(notion_server: NotionServer) -> None:
    notion_server.workspace.schema = SCHEMA | {"Score": "rich_text"}
    assert office(notion_server).mend() == []
    assert "`Score`" in office(notion_server).problems()[0]


def test_a_sound_database_is_left_alone(notion_server: NotionServer) -> None:
    assert office(notion_server).mend() == []
    assert [one.method for one in notion_server.workspace.script.requests if one.method == "PATCH"] == []


def test_who_was_stopped_in_notion_is_found_while_mail_is_to_come(notion_server: NotionServer) -> None:
    page = notion_server.mirror().upsert(RECORD)
    [kept] = [one for one in notion_server.workspace.pages if one["id"] == page]
    kept["properties"]["Status"]["select"] = {"name": "Booked"}
    assert notion_server.mirror().stopped() == [(RECORD.key, "Booked")]
    notion_server.mirror().upsert(replace(RECORD, next_send=None, ended="booked"), page)
    assert notion_server.mirror().stopped() == []
