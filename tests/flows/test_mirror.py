"""The mirror shows what the ledger knows, whenever it can, and holds up no mail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from flows.adapters.notion import NotionAway, NotionRefused
from flows.delivery import deliver_first
from flows.domain.record import Record
from flows.mirroring import mirror_behind, mirror_one
from flows.send_due import send_all
from tests.desk import NOW, Rig

NOTION = {"notion_token": "ntn_test", "notion_database_id": "0" * 32}


@pytest.fixture
def mirrored(opened: Callable[..., Rig]) -> Rig:
    """A rig whose settings ask for the mirror."""
    return opened(**NOTION)


def behind(rig: Rig) -> list[tuple[datetime | None, str | None]]:
    return rig.rows("SELECT mirror_due_at, mirror_failure FROM enrolment")  # type: ignore[return-value]


def shown(rig: Rig) -> Record:
    [record] = rig.wall.shown.values()
    return record


def test_a_signup_is_shown_and_then_nothing_is_behind(mirrored: Rig) -> None:
    enrolment = mirrored.enrol()
    deliver_first(enrolment.id, mirrored.desk)
    assert mirror_one(enrolment.id, mirrored.desk) is None
    assert behind(mirrored) == [(None, None)]
    assert (shown(mirrored).sent, shown(mirrored).waiting, shown(mirrored).status) == (1, 3, "Running")
    assert mirrored.rows("SELECT notion_page_id FROM enrolment") == [(f"page-{enrolment.id}",)]


def test_what_changes_while_the_record_is_written_is_still_to_come(mirrored: Rig) -> None:
    enrolment = mirrored.enrol()
    mirror_one(enrolment.id, mirrored.desk)
    seen = mirrored.clock()
    mirrored.clock.forward(seconds=1)
    deliver_first(enrolment.id, mirrored.desk)
    mirrored.desk.ledger.mirrored(enrolment.id, None, seen)
    assert behind(mirrored) == [(mirrored.clock(), None)]


@pytest.mark.parametrize(
    ("failure", "again"),
    [
        (NotionAway("Notion is away."), timedelta(minutes=5)),
        (NotionAway("Notion is busy.", 20), timedelta(minutes=5)),
        (NotionAway("Notion is busy.", 3600), timedelta(hours=1)),
        (NotionRefused("The property Segment is missing."), timedelta(minutes=30)),
    ],
    ids=str,
)
def test_a_record_that_cannot_be_shown_stays_behind_with_the_reason(
    mirrored: Rig, failure: Exception, again: timedelta
) -> None:
    enrolment = mirrored.enrol()
    mirrored.wall.failures.append(failure)
    assert mirror_one(enrolment.id, mirrored.desk) == str(failure)
    assert behind(mirrored) == [(NOW + again, str(failure))]
    mirrored.clock.now = NOW + again
    assert mirror_behind(mirrored.desk) == (1, set())
    assert behind(mirrored) == [(None, None)]


def test_notion_failing_does_not_hold_up_the_mail(mirrored: Rig) -> None:
    enrolment = mirrored.enrol()
    mirrored.wall.failures += [NotionAway("Notion is away.")] * 20
    deliver_first(enrolment.id, mirrored.desk)
    mirror_one(enrolment.id, mirrored.desk)
    for _ in range(6):
        mirrored.clock.forward(days=1)
        send_all(mirrored.desk)
    assert [mail.step for mail in mirrored.provider.sent] == [1, 2, 3, 4]


def test_after_a_day_away_every_record_catches_up(mirrored: Rig) -> None:
    people = [mirrored.enrol(f"person{n}@lead.example") for n in range(70)]
    mirrored.wall.failures += [NotionAway("Notion is away.")] * len(people)
    done, failures = mirror_behind(mirrored.desk)
    assert (done, failures) == (0, {"Notion is away."})
    mirrored.clock.forward(days=1)
    assert mirror_behind(mirrored.desk) == (70, set())
    assert set(mirrored.wall.shown) == {str(person.id) for person in people}


def test_records_are_shown_at_notions_pace(mirrored: Rig) -> None:
    for number in range(26):
        mirrored.enrol(f"person{number}@lead.example")
    mirror_behind(mirrored.desk)
    assert mirrored.clock() - NOW >= timedelta(seconds=25 * 0.8)  # two requests each, 2.5 a second


def test_without_a_token_nothing_waits_and_nothing_stays_behind(here: Rig) -> None:
    for number in range(5):
        here.enrol(f"person{number}@lead.example")
    assert mirror_behind(here.desk) == (5, set())
    assert here.clock() == NOW


def test_a_signup_does_not_wait_for_a_long_queue(mirrored: Rig) -> None:
    for number in range(5):
        mirror_one(mirrored.enrol(f"person{number}@lead.example").id, mirrored.desk, timedelta(minutes=1))
    mirrored.clock.now = NOW
    enrolment = mirrored.enrol()
    assert mirror_one(enrolment.id, mirrored.desk) == "it is busy with other records"
    assert mirrored.clock() == NOW
    mirrored.clock.forward(seconds=30)
    assert mirror_behind(mirrored.desk) == (1, set())


def test_the_end_of_a_sequence_reaches_the_record(mirrored: Rig) -> None:
    enrolment = mirrored.enrol()
    for _ in range(6):
        send_all(mirrored.desk)
        mirrored.clock.forward(days=1)
    mirror_behind(mirrored.desk)
    assert (shown(mirrored).status, shown(mirrored).step) == ("Finished", 4)
    mirrored.stop(enrolment.contact_id)
    mirror_behind(mirrored.desk)
    assert (shown(mirrored).status, shown(mirrored).unsubscribed) == ("Stopped", True)


@pytest.mark.parametrize("word", ["Stop", "Booked", "Replied"])
def test_a_person_who_sets_a_stop_value_ends_that_sequence_before_the_next_mail(
    mirrored: Rig, word: str
) -> None:
    enrolment = mirrored.enrol()
    deliver_first(enrolment.id, mirrored.desk)
    mirror_one(enrolment.id, mirrored.desk)
    mirrored.wall.words[str(enrolment.id)] = word
    mirrored.clock.forward(days=10)
    send_all(mirrored.desk)
    assert [mail.step for mail in mirrored.provider.sent] == [1]
    assert mirrored.messages(enrolment)[1:] == [(step, "skipped", word.lower()) for step in (2, 3, 4)]
    mirror_behind(mirrored.desk)
    assert shown(mirrored).status == word
    assert mirrored.rows("SELECT action FROM audit ORDER BY id DESC LIMIT 1") == [(f"ended: {word.lower()}",)]


def test_who_was_stopped_cannot_be_asked_and_the_mail_leaves_all_the_same(mirrored: Rig) -> None:
    mirrored.enrol()
    mirrored.wall.failures.append(NotionAway("Notion is away."))
    assert send_all(mirrored.desk)[0] == {"sent": 1}


def test_a_key_that_somebody_typed_into_notion_stops_nobody_and_no_mail(mirrored: Rig) -> None:
    mirrored.enrol()
    mirrored.wall.words |= {"my own row": "Stop", "5f9c6d1e-0000-4000-8000-000000000001": "Stop"}
    assert send_all(mirrored.desk)[0] == {"sent": 1}


def test_a_record_without_an_enrolment_is_nothing_to_show(mirrored: Rig) -> None:
    gone: Any = mirrored.enrol().id
    mirrored.rows("DELETE FROM contact RETURNING 1")
    assert mirror_one(gone, mirrored.desk) is None
    assert mirrored.wall.shown == {}
