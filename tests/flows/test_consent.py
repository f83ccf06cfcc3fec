"""The proof of a consent: it comes with the signup, outlasts what the person said, is shown, exported and erased."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from flows.adapters.figures import Figures
from flows.adapters.people import People
from flows.adapters.restored import Restored
from flows.after_restore import after_restore
from flows.delivery import deliver_first
from flows.domain.history import history, standing
from flows.domain.lead import Enrolment
from flows.send_due import send_all
from services.local.postgres import ROOT
from tests.desk import EMAIL, NOW, Rig, campaign
from tests.flows.test_erasing import World, notion, resend, world  # noqa: F401 (fixtures)
from tests.flows.test_retention import clear
from tests.terminal import Terminal

ASKED = campaign(double_opt_in={"mail": "sure"})
GIVEN = {"wording": "2026-11", "words": "Yes, mail me.", "told_at": "2026-12-01T09:29:00+00:00",
         "origin": "https://galatek.dev", "page": "https://galatek.dev/check"}  # fmt: skip
FLOWS = {"spring-signup": "spring"}


def sign_up(rig: Rig, consent: dict[str, str] | None = None, email: str = EMAIL) -> Enrolment:
    """As web stores it and the run of the signup enters it."""
    signup = uuid4()
    with rig.server.connect("web") as connection:
        connection.execute(
            "INSERT INTO signup (id, flow, fingerprint, name, tags, parameters, created_at, consent) "
            "VALUES (%s, 'spring-signup', '', 'run', '{}', %s, %s, %s)",
            (signup, Jsonb({"email": email, "first_name": "Anna"}), rig.clock(), Jsonb(consent or GIVEN)),
        )
    with rig.server.connect("server") as connection:
        connection.execute("UPDATE signup SET handed_over_at = created_at")
    return rig.enrol(email, signup=signup)


def asking(rig: Rig) -> Rig:
    """The same, with a campaign that asks for a confirmation."""
    return replace(rig, desk=replace(rig.desk, campaigns={"spring": ASKED}))


def kept(rig: Rig) -> list[tuple[Any, ...]]:
    return rig.rows("SELECT act, wording, words, at FROM consent ORDER BY id")


@pytest.fixture
def people(here: Rig) -> Iterator[People]:
    server = here.server
    with closing(People(host=server.host, port=server.port, dbname=server.name, user="worker")) as found:
        yield found


def test_what_was_agreed_to_is_kept_with_the_very_words_when_and_where_from(here: Rig) -> None:
    enrolment = sign_up(here)
    columns = "contact_id, campaign, act, wording, words, at, told_at, origin, page"
    assert here.rows(f"SELECT {columns} FROM consent") == [(
        enrolment.contact_id, "spring", "agreed", "2026-11", "Yes, mail me.", NOW,
        datetime(2026, 12, 1, 9, 29, tzinfo=UTC), "https://galatek.dev", "https://galatek.dev/check",
    )]  # fmt: skip


def test_each_signup_adds_what_was_agreed_to_then(here: Rig) -> None:
    sign_up(here)
    here.clock.forward(days=1)
    sign_up(here, GIVEN | {"wording": "2026-12"})
    assert [(wording, at) for _, wording, _, at in kept(here)] == [
        ("2026-11", NOW), ("2026-12", NOW + timedelta(days=1)),
    ]  # fmt: skip


def test_a_signup_that_is_entered_twice_is_one_consent(here: Rig) -> None:
    sign_up(here)
    [(signup,)] = here.rows("SELECT id FROM signup")
    here.enrol(signup=signup)
    assert len(kept(here)) == 1


def test_a_signup_without_a_consent_adds_none(here: Rig) -> None:
    here.enrol()
    assert kept(here) == []


@pytest.mark.parametrize("role", ["web", "server", "worker"])
@pytest.mark.parametrize("change", ["UPDATE consent SET words = ''", "DELETE FROM consent"])
def test_nobody_can_change_or_remove_a_proof(here: Rig, role: str, change: str) -> None:
    with here.server.connect(role) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(change)


def test_the_click_is_a_proof_of_its_own_for_the_wording_of_the_form(here: Rig) -> None:
    rig = asking(here)
    enrolment = sign_up(rig)
    rig.clock.forward(hours=1)
    rig.confirm(enrolment.id)
    assert kept(rig) == [
        ("agreed", "2026-11", "Yes, mail me.", NOW), ("confirmed", "2026-11", "Yes", NOW + timedelta(hours=1)),
    ]  # fmt: skip


def years_pass(rig: Rig, years: float) -> None:
    rig.clock.forward(days=365.25 * years)
    clear(rig)


def test_the_proof_outlasts_what_the_person_said(here: Rig) -> None:
    sign_up(here)
    for _ in range(7):
        send_all(here.desk)
        here.clock.forward(days=1)
    years_pass(here, 2)
    assert here.rows("SELECT parameters, consent FROM signup") == [({}, None)]
    assert [words for _, _, words, _ in kept(here)] == ["Yes, mail me."]


def test_of_who_never_confirmed_the_proof_alone_is_left_a_month_later(here: Rig) -> None:
    rig = asking(here)
    sign_up(rig)
    sign_up(rig, email="ben@lead.example")
    rig.confirm(
        rig.rows("SELECT e.id FROM enrolment e JOIN contact c ON c.id = contact_id WHERE email = %s", EMAIL)[
            0
        ][0]
    )
    rig.clock.forward(days=8)
    rig.look()
    rig.clock.forward(days=31)
    clear(rig)
    signups = (
        "SELECT parameters->>'email', consent IS NULL FROM signup ORDER BY parameters->>'email' NULLS LAST"
    )
    assert rig.rows(signups) == [(EMAIL, False), (None, True)]
    assert rig.rows("SELECT count(*) FROM enrolment WHERE answers = '{}'") == [(1,)]
    assert len(kept(rig)) == 3


def test_four_years_after_the_last_mail_the_proof_is_cleared_and_that_is_noted(here: Rig) -> None:
    sign_up(here)
    for _ in range(7):
        send_all(here.desk)
        here.clock.forward(days=1)
    years_pass(here, 3.99)
    assert len(kept(here)) == 1
    years_pass(here, 0.02)
    assert kept(here) == []
    assert here.rows("SELECT detail FROM audit WHERE action = 'cleared' ORDER BY id DESC LIMIT 1")[0][
        0
    ].startswith("1 consents from before")


def test_a_restored_signup_that_is_entered_late_has_its_consent(here: Rig) -> None:
    sign_up(here)
    with here.server.connect("migrate") as connection:
        connection.execute("TRUNCATE contact, enrolment, message, consent CASCADE")
    server = here.server
    with closing(Restored(host=server.host, port=server.port, dbname=server.name, user="worker")) as ledger:
        after_restore(here.desk.campaigns, ledger, "UTC", NOW, here.clock())
    assert [words for _, _, words, _ in kept(here)] == ["Yes, mail me."]


def test_why_tells_what_was_agreed_to_and_what_is_waited_for(here: Rig, people: People) -> None:
    rig = asking(here)
    enrolment = sign_up(rig)
    person = people.find([EMAIL])
    said = [one.said for one in history(person, FLOWS, rig.clock())]
    assert "Agreed to wording 2026-11, spring, on https://galatek.dev/check: “Yes, mail me.”." in said
    assert "Enrolled in spring as ALL: asked to confirm, times by Europe/Berlin." in said
    assert "The mail that asks for the confirmation, spring (sure) is due." in said
    assert standing(person) == [
        "In spring, version 3, ALL: waits until 2026-12-08 09:30 UTC for the person's confirmation."
    ]
    rig.confirm(enrolment.id)
    said = [one.said for one in history(people.find([EMAIL]), FLOWS, rig.clock())]
    assert "Confirmed by the link of the mail, spring: “Yes”." in said
    assert not [one for one in said if one.startswith("Confirmed (by")]


def test_the_export_has_it(here: Rig, terminal: Terminal) -> None:
    sign_up(here)
    held = terminal.json("export", EMAIL)
    assert [(row["act"], row["words"]) for row in held["consents"]] == [("agreed", "Yes, mail me.")]
    assert held["signups"][0]["consent"]["page"] == "https://galatek.dev/check"


def test_the_status_counts_who_waits_for_a_confirmation_apart(here: Rig, terminal: Terminal) -> None:
    rig = asking(here)
    sign_up(rig)
    second = sign_up(rig, email="ben@lead.example")
    rig.confirm(second.id)
    server = here.server
    with closing(Figures(host=server.host, port=server.port, dbname=server.name, user="worker")) as figures:
        found = figures.people(FLOWS)["spring"]
        assert [mail.step for mail in figures.mails()] == [0]
    assert (found.enrolled, found.unconfirmed, found.stopped) == (2, 1, {})
    rig.clock.forward(days=7)
    rig.look()
    with closing(Figures(host=server.host, port=server.port, dbname=server.name, user="worker")) as figures:
        found = figures.people(FLOWS)["spring"]
    assert (found.unconfirmed, found.stopped) == (0, {"not confirmed": 1})


def test_an_erasure_takes_it_along_and_its_receipt_proves_it_from_then_on(world: World) -> None:  # noqa: F811
    world.rig.clock.forward(days=1)
    sign_up(world.rig)
    receipt = world.erase()
    assert kept(world.rig) == []
    said = [(entry.outcome, entry.said) for entry in receipt.entries]
    assert ("removed", "1 rows of consent") in said
    assert ("kept", "in this receipt alone: agreed to wording 2026-11, spring, 2026-12-02 09:30 UTC") in said
    assert "anna" not in str(said).lower()


def test_a_backup_has_every_table_so_the_proofs_too() -> None:
    script = (ROOT / "services/backup/backup.sh").read_text()
    assert "--exclude" not in script
    assert "--table" not in script


def test_who_is_enrolled_by_hand_has_no_proof_and_is_mailed_all_the_same(here: Rig) -> None:
    deliver_first(here.enrol().id, here.desk)
    assert (kept(here), len(here.provider.sent)) == ([], 1)
