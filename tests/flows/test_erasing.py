"""A person is erased everywhere, with a receipt; and is still never mailed again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from psycopg.types.json import Jsonb

from flows.adapters.notion import connect
from flows.adapters.notion_office import NotionOffice
from flows.adapters.office import Office
from flows.adapters.people import People
from flows.adapters.resend_account import ResendAccount
from flows.delivery import deliver_first
from flows.domain.receipt import Receipt
from flows.erasing import Places, erase
from flows.mirroring import mirror_behind
from flows.prefect_runs import PrefectAway
from flows.send_due import send_all
from tests.desk import EMAIL, NOW, Rig
from tests.flows.test_status import report, signup
from tests.stand_ins import servers
from tests.stand_ins.notion import DATABASE_ID
from tests.stand_ins.samples import notion_error, resend_error
from tests.stand_ins.servers import NotionServer, ResendServer

TABLES = (
    "contact",
    "enrolment",
    "message",
    "signup",
    "delivery_event",
    "suppression",
    "audit",
    "erased",
    "notice",
)


@dataclass
class Prefect:
    """Remembers which runs it was told to remove."""

    erased: list[UUID] = field(default_factory=list)
    away: bool = False

    def __call__(self) -> AbstractContextManager[Any]:
        if self.away:
            raise PrefectAway("Prefect did not answer.")
        return nullcontext(self)

    def erase(self, runs: Sequence[UUID]) -> int:
        self.erased += runs
        return len(runs)


@dataclass(frozen=True)
class World:
    rig: Rig
    prefect: Prefect
    notion: NotionServer
    resend: ResendServer
    places: Places

    def erase(self, *, anyway: bool = False) -> Receipt:
        return erase(self.places, [EMAIL], self.rig.clock(), anyway=anyway)

    def held(self) -> str:
        """Everything that the ledger holds, of everybody."""
        return str([self.rig.rows(f"SELECT {table}::text FROM {table}") for table in TABLES])

    def outcomes(self, receipt: Receipt) -> dict[str, str]:
        return {entry.place: entry.outcome for entry in reversed(receipt.entries)}


@pytest.fixture(scope="module")
def notion() -> Iterator[NotionServer]:
    with servers.notion_server() as server:
        yield server


@pytest.fixture(scope="module")
def resend() -> Iterator[ResendServer]:
    with servers.resend_server() as server:
        yield server


@pytest.fixture
def world(opened: Callable[..., Rig], notion: NotionServer, resend: ResendServer) -> Iterator[World]:
    """Anna signed up, had a mail that was delivered, and has a page in Notion and a contact at Resend."""
    notion.workspace.forget()
    resend.mailbox.forget()
    rig = opened(wall=notion.mirror(), notion_token="ntn_test", notion_database_id=DATABASE_ID)
    signup(rig, EMAIL.upper(), NOW)
    deliver_first(rig.enrol().id, rig.desk)
    mirror_behind(rig.desk)
    report(rig, 1, "delivered", {"to": [EMAIL]})
    resend.mailbox.account.contacts.add(EMAIL)
    where = {"host": rig.server.host, "port": rig.server.port, "dbname": rig.server.name, "user": "worker"}
    with closing(People(**where)) as people, closing(Office(**where)) as office:
        office_there = NotionOffice(connect("ntn_test", notion.url, 5), DATABASE_ID)
        account = ResendAccount("re_full", resend.url, 5)
        prefect = Prefect()
        places = Places(people=people, office=office, runs=prefect, notion=office_there, resend=account)
        yield World(rig, prefect, notion, resend, places)


def test_nothing_of_the_person_is_left_anywhere(world: World) -> None:
    signups = {
        row[0] for row in world.rig.rows("SELECT id FROM signup UNION SELECT signup_id FROM enrolment")
    }
    assert "anna" in world.held().lower()
    assert world.erase().complete
    assert "anna" not in world.held().lower()
    assert set(world.prefect.erased) == signups
    assert world.notion.shown() == []
    assert world.resend.mailbox.account.contacts == set()


def test_the_receipt_lists_what_went_where_and_what_could_not(world: World) -> None:
    told = [(entry.place, entry.outcome, entry.said) for entry in world.erase().entries]
    assert told[0] == ("Prefect", "removed", "2 flow runs with parameters, logs and artifacts")
    assert told[1][:2] == ("Notion", "removed")
    assert told[2] == ("Resend", "removed", "1 contacts")
    for table, count in (
        ("delivery_event", 1),
        ("signup", 1),
        ("message", 4),
        ("enrolment", 1),
        ("contact", 1),
    ):
        assert ("ledger", "removed", f"{count} rows of {table}") in told
    kept = [place for place, outcome, _ in told if outcome == "kept"]
    assert kept == ["ledger", "ledger", "Resend", "backups"]


def test_previews_that_prefect_repeats_in_its_events_are_told(world: World) -> None:
    world.rig.rows("UPDATE message SET state = 'skipped', reason = 'preview' WHERE step = 2 RETURNING 1")
    assert any(
        e.place == "Prefect" and e.outcome == "kept" and "7 days" in e.said for e in world.erase().entries
    )


def test_an_erased_person_is_never_mailed_again_even_if_they_are_signed_up_anew(world: World) -> None:
    world.erase()
    sent = len(world.rig.provider.sent)
    world.rig.enrol(EMAIL.replace("anna", "Anna"))
    world.rig.clock.forward(days=30)
    send_all(world.rig.desk)
    assert len(world.rig.provider.sent) == sent
    assert world.rig.rows("SELECT DISTINCT reason FROM message") == [("erased",)]


def test_the_choice_of_one_mail_a_week_goes_too_and_does_not_come_back_with_the_address(world: World) -> None:
    [(contact,)] = world.rig.rows("SELECT id FROM contact")
    world.rig.choose_weekly(contact)
    world.erase()
    said = "SELECT subject FROM audit WHERE action = 'asked for at most one mail a week'"
    assert world.rig.rows(said) == [(None,)]
    world.rig.enrol()
    assert world.rig.rows("SELECT weekly_since FROM contact") == [(None,)]


def test_others_are_left_alone(world: World) -> None:
    world.rig.enrol("hannah.anna@lead.example")
    world.erase()
    assert world.rig.rows("SELECT email FROM contact") == [("hannah.anna@lead.example",)]
    assert world.rig.rows("SELECT count(*) FROM message WHERE state = 'scheduled'") == [(4,)]


def test_what_resend_reports_later_does_not_bring_the_person_back(world: World) -> None:
    world.erase()
    with world.rig.server.connect("web") as connection:
        connection.execute(
            "INSERT INTO delivery_event (svix_id, type, provider_id, received_at, payload) "
            "VALUES ('late', 'email.complained', 'gone', now(), %s)",
            (Jsonb({"data": {"to": [EMAIL]}}),),
        )
    assert "anna" not in world.held().lower()


def test_a_report_of_a_mail_that_is_not_ours_is_found_and_goes_too(world: World) -> None:
    with world.rig.server.connect("web") as connection:
        connection.execute(
            "INSERT INTO delivery_event (svix_id, type, provider_id, received_at, payload) "
            "VALUES ('foreign', 'email.sent', 'foreign', now(), %s)",
            (Jsonb({"data": {"to": [EMAIL]}}),),
        )
    assert len(world.places.people.find([EMAIL]).events) == 2
    world.erase()
    assert "anna" not in world.held().lower()


def test_a_page_that_was_thrown_away_is_not_made_anew(world: World) -> None:
    world.prefect.away = True
    world.erase()
    mirror_behind(world.rig.desk)
    assert world.notion.shown() == []


def test_what_happened_is_kept_in_the_audit_without_to_whom(world: World) -> None:
    world.erase()
    rows = world.rig.rows("SELECT action, subject, detail FROM audit ORDER BY id")
    assert rows == [("enrolled", None, None), ("suppressed", None, None), ("erased", None, None)]


@pytest.mark.parametrize("place", ["Prefect", "Notion"])
def test_the_ledger_stays_until_what_is_found_by_it_is_gone(world: World, place: str) -> None:
    world.prefect.away = place == "Prefect"
    if place == "Notion":
        world.notion.will(notion_error(502, "error"))
    receipt = world.erase()
    assert (receipt.complete, world.outcomes(receipt)[place], world.outcomes(receipt)["ledger"]) == (
        False, "failed", "failed",
    )  # fmt: skip
    assert world.rig.rows("SELECT reason FROM suppression") == [("stopped by the operator",)]
    world.prefect.away = False
    assert world.erase().complete
    assert "anna" not in world.held().lower()


def test_the_ledger_goes_anyway_if_the_operator_says_so(world: World) -> None:
    world.prefect.away = True
    assert not world.erase(anyway=True).complete
    assert "anna" not in world.held().lower()


def test_resend_away_holds_up_nothing_and_is_told(world: World) -> None:
    world.resend.will(resend_error(503, "application_error"))
    receipt = world.erase()
    assert (receipt.complete, world.outcomes(receipt)["Resend"]) == (False, "failed")
    assert "anna" not in world.held().lower()


def test_a_page_that_is_known_without_an_account_is_named(world: World) -> None:
    places = Places(**vars(world.places) | {"notion": None})
    [page] = [page["id"] for page in world.notion.workspace.pages]
    said = next(
        entry.said for entry in erase(places, [EMAIL], NOW, anyway=False).entries if entry.place == "Notion"
    )
    assert page in said


def test_a_person_is_mailed_again_only_when_an_operator_resumes_them(world: World) -> None:
    world.erase()
    assert world.places.office.lift(EMAIL, "asked", NOW)
    world.rig.enrol()
    assert world.rig.rows("SELECT count(*) FROM message WHERE state = 'scheduled'") == [(4,)]
