"""The figures of the operator's page and of Prometheus, from the ledger, by the role of the server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from flows.adapters.outlook import Outlook, Queue
from flows.adapters.postgres import LedgerError
from flows.adapters.totals import BOUNDS, Total, Totals
from flows.delivery import deliver_first
from flows.domain.verdict import judge
from flows.overview import look
from flows.send_due import send_all
from tests.desk import EMAIL, NOW, Rig, campaign
from tests.flows.test_status import FLOWS, report, signup

OTHER = "berta@lead.example"


@pytest.fixture
def outlook(here: Rig) -> Iterator[Outlook]:
    server = here.server
    with closing(Outlook(host=server.host, port=server.port, dbname=server.name, user="server")) as found:
        yield found


@pytest.fixture
def totals(here: Rig) -> Iterator[Totals]:
    server = here.server
    with closing(Totals(host=server.host, port=server.port, dbname=server.name, user="server")) as found:
        yield found


def enter(rig: Rig, email: str, took: float = 0) -> None:
    """Somebody signs up, and mail 1 leaves so many seconds after the POST."""
    run = uuid4()
    with rig.server.connect("postgres") as connection:
        connection.execute(
            "INSERT INTO signup (id, flow, fingerprint, name, parameters, created_at, handed_over_at) "
            "VALUES (%s, 'spring-signup', 'x', 'run', %s, %s, %s)",
            (run, Jsonb({"email": email}), rig.clock(), rig.clock()),
        )
    enrolment = rig.enrol(email, signup=run)
    rig.clock.forward(seconds=took)
    deliver_first(enrolment.id, rig.desk)


def erase(rig: Rig, *addresses: str) -> None:
    with rig.server.connect("worker") as connection:
        connection.execute("SELECT count(*) FROM erase(%s, %s)", (list(addresses), rig.clock()))


def test_totals_count_signups_entries_and_mails(here: Rig, totals: Totals) -> None:
    enter(here, EMAIL)
    signup(here, OTHER, None)
    here.clock.forward(days=1)
    send_all(here.desk)
    found = totals.total(FLOWS)
    assert (found.signups, found.entered) == ({"spring": 2}, {"spring": 1})
    assert found.sent == {("spring", 1): 1, ("spring", 2): 1}


def test_no_total_goes_down_when_people_are_erased(here: Rig, totals: Totals) -> None:
    for at, address in enumerate((EMAIL, OTHER, "carla@lead.example")):
        enter(here, address, at)
    before = totals.total(FLOWS)
    erase(here, EMAIL)
    erase(here, OTHER)
    assert here.rows("SELECT count(*) FROM contact") == [(1,)]
    assert totals.total(FLOWS) == before


def test_a_signup_that_enrolled_nobody_stays_counted_when_it_is_erased(here: Rig, totals: Totals) -> None:
    signup(here, EMAIL, NOW)
    erase(here, EMAIL)
    assert here.rows("SELECT count(*) FROM signup") == [(0,)]
    assert totals.total(FLOWS).signups == {"spring": 1}


def test_of_an_erased_person_nothing_but_numbers_stays(here: Rig) -> None:
    enter(here, EMAIL)
    erase(here, EMAIL)
    with here.server.connect("server") as connection:
        kept = connection.execute("SELECT DISTINCT figure, source FROM erased_tally ORDER BY 1").fetchall()
    assert kept == [(figure, "spring-signup") if figure in ("entered", "signups") else (figure, "spring")
                    for figure in ("entered", "first mail", "sent", "signups")]  # fmt: skip


def test_no_total_goes_down_when_the_ledger_forgets_what_is_old(here: Rig, totals: Totals) -> None:
    enter(here, EMAIL, 1)
    for _ in range(7):
        here.clock.forward(days=1)
        send_all(here.desk)
    before = totals.total(FLOWS)
    here.clock.forward(days=400)
    with here.server.connect("server") as connection:
        [(cleared,)] = connection.execute(
            "SELECT clear_ended(%s, %s, 500)", (here.clock() - timedelta(days=365), here.clock())
        )
    assert (cleared > 0, totals.total(FLOWS)) == (True, before)


@pytest.mark.parametrize(("at", "bound"), list(enumerate(BOUNDS)))
def test_a_first_mail_counts_for_the_bound_that_it_kept(
    here: Rig, totals: Totals, at: int, bound: float
) -> None:
    enter(here, EMAIL, bound)
    enter(here, OTHER, bound + 0.01)
    waits = totals.total(FLOWS).first_mails["spring"]
    assert [number for number, count in enumerate(waits.buckets) if count] == [at, at + 1]
    assert waits.seconds == pytest.approx(2 * bound + 0.01)


def test_a_first_mail_that_was_planned_for_later_is_not_called_slow(here: Rig, totals: Totals) -> None:
    late = campaign(name="late", flow="late-signup", steps=[{"mail": "one", "after": "1h"}])
    here.desk.campaigns["late"] = late  # type: ignore[index]
    here.desk.templates["late"] = here.desk.templates["spring"]  # type: ignore[index]
    here.enrol(name="late")
    here.clock.forward(hours=1)
    send_all(here.desk)
    found = totals.total(FLOWS)
    assert (found.sent, found.first_mails) == ({("late", 1): 1}, {})


def test_an_empty_ledger_has_no_totals_and_two_sizes(totals: Totals) -> None:
    assert totals.total(FLOWS) == Total(signups={}, entered={}, sent={}, first_mails={})
    assert totals.sizes().keys() == {"campaigns", "prefect"}


def test_segments_are_counted(here: Rig, outlook: Outlook) -> None:
    enter(here, EMAIL)
    stopped = here.enrol(OTHER)
    here.stop(stopped.contact_id)
    [segment] = outlook.segments()
    assert (segment.segment, segment.enrolled, segment.under_way, segment.stopped) == ("ALL", 2, 1, 1)


def test_the_next_day_is_told_hour_by_hour_and_what_is_overdue_stands_first(
    here: Rig, outlook: Outlook
) -> None:
    enter(here, EMAIL)
    here.enrol(OTHER)  # whose first mail nobody has sent
    now = NOW + timedelta(minutes=1)
    assert [(hour.at, hour.mail, hour.count) for hour in outlook.hours(now)] == [
        (NOW.replace(minute=0), "one", 1),
        (NOW.replace(minute=0) + timedelta(days=1), "two", 2),
    ]
    assert outlook.due(now) == Queue(count=1, since=NOW)


def test_what_is_held_is_counted_by_reason_with_the_ids_for_a_command(here: Rig, outlook: Outlook) -> None:
    here.provider.will(judge(422, "validation_error"), judge(422, "validation_error"))
    enter(here, EMAIL)
    enter(here, OTHER)
    [held] = outlook.standing()
    assert (held.mail, held.count, held.since) == ("one", 2, NOW)
    assert {(one,) for one in held.ids} == set(here.rows("SELECT id FROM message WHERE state = 'held'"))
    assert all(isinstance(one, UUID) for one in held.ids)


def test_signups_that_wait_or_went_astray_are_counted(here: Rig, outlook: Outlook) -> None:
    signup(here, EMAIL, None)
    signup(here, OTHER, NOW)
    assert outlook.not_handed_over() == Queue(count=1, since=NOW)
    assert outlook.astray(NOW + timedelta(minutes=9)) == 0
    assert outlook.astray(NOW + timedelta(minutes=11)) == 1


def test_whether_there_are_accounts_is_known_once_the_worker_has_started(here: Rig, outlook: Outlook) -> None:
    assert outlook.accounts() == {"resend": None, "notion": None}
    here.desk.ledger.note_account("resend", there=True)
    here.desk.ledger.note_account("notion", there=False)
    assert outlook.accounts() == {"resend": True, "notion": False}


def test_the_overview_names_nobody_even_if_a_reason_does(here: Rig, outlook: Outlook) -> None:
    enter(here, EMAIL)
    report(here, 1, "delivered")
    here.rows("UPDATE enrolment SET end_reason = 'asked by anna@lead.example', ended_at = now() RETURNING 1")
    here.rows(
        "UPDATE message SET state = 'held', reason = 'no <anna@lead.example>' WHERE step = 2 RETURNING 1"
    )
    here.rows("UPDATE pace SET brake = 'says Anna@lead.example' RETURNING 1")
    here.rows("UPDATE enrolment SET mirror_failure = 'anna@lead.example?', mirror_due_at = now() RETURNING 1")
    seen = look(outlook, FLOWS, here.clock())
    assert seen.campaigns["spring"].stopped == {"asked by (an address)": 1}
    assert "@" not in str(seen)


@pytest.mark.parametrize(
    "wanted",
    ["email FROM contact", "email FROM suppression", "answers FROM enrolment", "contact_id FROM enrolment",
     "rendered FROM message", "payload FROM delivery_event"],
)  # fmt: skip
def test_the_server_counts_and_cannot_look_at_people(here: Rig, wanted: str) -> None:
    with here.server.connect("server") as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(f"SELECT {wanted}")


def test_a_ledger_that_is_away_is_an_error_with_its_name(here: Rig) -> None:
    nowhere = Outlook(host=str(here.server.host), port=1, dbname="campaigns", user="server")
    with pytest.raises(LedgerError, match="Is it up"):
        look(nowhere, FLOWS, NOW)
