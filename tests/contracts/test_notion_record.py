"""The port `Mirror` over Notion: one page for each enrolment, whatever happens on the way. Over real HTTP."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

import pytest

from flows.adapters.notion import NoMirror, NotionAway
from flows.domain.record import STOPPED_SERIES, Mirror
from tests.stand_ins.judge import Judge
from tests.stand_ins.samples import EMAIL, NAME, RECORD
from tests.stand_ins.script import Fault
from tests.stand_ins.servers import IMPATIENT, LATE, PATIENT, NotionServer


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


@pytest.mark.parametrize("fault", [Fault(accept=True, delay=LATE), Fault(accept=True, drop=True),
                                   Fault(accept=True, status=502, body="<h1>Bad gateway</h1>"),
                                   Fault(accept=True, status=200, body="<h1>Welcome</h1>"),
                                   Fault(accept=True, status=200, body={})],
                         ids=["time-out", "broken connection", "502", "HTML", "no id"])  # fmt: skip
def test_a_create_whose_outcome_is_unknown_makes_no_second_page(
    notion_server: NotionServer, fault: Fault
) -> None:
    notion_server.will(replace(fault, on="POST /v1/pages"))

    with pytest.raises(NotionAway):
        notion_server.mirror(timeout=IMPATIENT if fault.delay else PATIENT).upsert(RECORD)

    assert notion_server.mirror().upsert(RECORD) == notion_server.workspace.pages[0]["id"]
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


def test_every_record_of_somebody_who_said_stop_is_found(notion_server: NotionServer) -> None:
    mirror = notion_server.mirror()
    people = [replace(RECORD, key=f"key-{n}", email=f"p{n}@lead.example", suppressed="x") for n in range(102)]
    for record in (*people, RECORD):
        mirror.upsert(record)

    assert sorted(mirror.unsubscribed()) == sorted(record.key for record in people)


def test_every_record_that_has_a_stop_word_is_found_though_no_mail_is_to_come(
    notion_server: NotionServer, judge_of: Callable[[str], Judge]
) -> None:
    mirror = notion_server.mirror()
    over = replace(RECORD, ended="booked", next_send=None)
    ended = [replace(over, key=f"key-{n}", email=f"p{n}@lead.example") for n in range(102)]
    series = replace(over, key="left", email="left@lead.example", ended=STOPPED_SERIES)
    for record in (*ended, series, RECORD):
        mirror.upsert(record)

    assert sorted(mirror.ended()) == sorted([*((one.key, "Booked") for one in ended), ("left", "Stop")])
    assert judge_of("notion").problems(notion_server.workspace.script.requests[-1]) == []


def test_without_a_token_there_is_no_mirror_and_the_log_says_it_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    mirror: Mirror = NoMirror()

    assert [mirror.upsert(RECORD), mirror.upsert(RECORD), mirror.problems()] == [None, None, []]
    assert mirror.unsubscribed() == mirror.ended() == []
    assert caplog.messages == ["NOTION_TOKEN is not set: no record is kept in Notion."]
