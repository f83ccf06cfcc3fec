"""What the ledger forgets by itself, and what it keeps."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest
import yaml
from prefect.settings.models.server.events import ServerEventsSettings
from prefect.settings.models.server.services import ServerServicesDBVacuumSettings
from psycopg.types.json import Jsonb

from flows.delivery import deliver_first
from flows.domain.verdict import judge
from flows.mirroring import mirror_one
from flows.send_due import send_all
from services.local.postgres import ROOT
from services.server.housekeeping import Housekeeping
from tests.desk import EMAIL, Rig

KEEP = timedelta(days=365)


def nights(rig: Rig, housekeeping: Housekeeping) -> None:
    """What the server does at its next looks, until it is done for that day."""

    async def look() -> None:
        ledger = await asyncpg.connect(
            host=rig.server.host, port=rig.server.port, database=rig.server.name, user="server"
        )
        while housekeeping._done != rig.clock().date():
            await housekeeping.clear(ledger, rig.clock())
        await ledger.close()

    asyncio.run(look())


def clear(rig: Rig) -> None:
    nights(rig, Housekeeping(KEEP))


def accept(rig: Rig, *, handed_over: bool = True) -> None:
    with rig.server.connect("web") as connection:
        connection.execute(
            "INSERT INTO signup (id, flow, fingerprint, name, tags, parameters, created_at) "
            "VALUES (%s, 'spring-signup', '', 'Anna', '{Anna}', %s, %s)",
            (uuid4(), Jsonb({"email": EMAIL, "first_name": "Anna"}), rig.clock()),
        )
    if handed_over:
        with rig.server.connect("server") as connection:
            connection.execute("UPDATE signup SET handed_over_at = created_at")


def report(rig: Rig) -> None:
    with rig.server.connect("web") as connection:
        connection.execute(
            "INSERT INTO delivery_event (svix_id, type, received_at, payload) VALUES ('msg_1', 'email.delivered', %s, %s)",
            (rig.clock(), Jsonb({"data": {"to": [EMAIL]}})),
        )


@pytest.fixture
def ended(here: Rig) -> Rig:
    """Anna's sequence is over."""
    accept(here)
    here.enrol()
    for _ in range(8):
        send_all(here.desk)
        here.clock.forward(days=1)
    report(here)
    assert [mail.step for mail in here.provider.sent] == [1, 2, 3, 4]
    return here


def test_long_after_the_end_of_a_sequence_nothing_is_left_of_what_the_person_said(ended: Rig) -> None:
    ended.clock.forward(days=366)
    clear(ended)
    whole = ended.rows(
        "SELECT (SELECT json_agg(s) FROM signup s)::text, (SELECT json_agg(e) FROM enrolment e)::text, "
        "(SELECT json_agg(m) FROM message m)::text, (SELECT json_agg(d) FROM delivery_event d)::text, "
        "(SELECT json_agg(a) FROM audit a)::text"
    )[0]
    assert not [part for part in whole if "Anna" in part or EMAIL in part]


def test_nothing_of_a_cleared_signup_leads_to_the_person(ended: Rig) -> None:
    with ended.server.connect("postgres") as connection:
        connection.execute(
            "UPDATE signup SET idempotency_key = 'anna 1', fingerprint = sha256('x'), mailbox = sha256('y')"
        )
    ended.clock.forward(days=366)
    clear(ended)
    assert ended.rows("SELECT idempotency_key, fingerprint, mailbox FROM signup") == [(None, b"", None)]


def test_who_was_mailed_what_and_when_stays(ended: Rig) -> None:
    def kept() -> list[tuple[object, ...]]:
        return ended.rows("SELECT c.email, e.segment, m.mail, m.state::text, m.sent_at, m.provider_id FROM message m "
                          "JOIN enrolment e ON e.id = m.enrolment_id JOIN contact c ON c.id = e.contact_id ORDER BY step")  # fmt: skip

    before = kept()
    ended.clock.forward(days=366)
    clear(ended)
    assert kept() == before
    assert len(before) == 4


def test_before_its_time_everything_stays(ended: Rig) -> None:
    ended.clock.forward(days=355)
    clear(ended)
    assert ended.rows("SELECT count(*) FROM enrolment WHERE answers <> '{}'") == [(1,)]
    assert ended.rows("SELECT count(*) FROM message WHERE rendered IS NOT NULL") == [(4,)]
    assert ended.rows("SELECT count(*) FROM delivery_event WHERE payload <> '{}'") == [(1,)]


def test_a_sequence_that_waits_for_a_person_keeps_what_its_mails_need(here: Rig) -> None:
    here.provider.will(judge(422, "validation_error"))
    deliver_first(here.enrol().id, here.desk)
    for _ in range(8):
        here.clock.forward(days=1)
        send_all(here.desk)
    assert {state for (state,) in here.rows("SELECT state::text FROM message")} == {"held", "sent"}
    here.clock.forward(days=400)
    clear(here)
    assert here.rows("SELECT count(*) FROM enrolment WHERE answers <> '{}'") == [(1,)]


def test_a_signup_that_is_not_handed_over_yet_keeps_what_its_run_needs(here: Rig) -> None:
    accept(here, handed_over=False)
    here.clock.forward(days=400)
    clear(here)
    assert here.rows("SELECT count(*) FROM signup WHERE parameters <> '{}'") == [(1,)]


def test_the_link_under_an_old_mail_still_stops_the_person(ended: Rig) -> None:
    [(contact,)] = ended.rows("SELECT id FROM contact")
    ended.clock.forward(days=366)
    clear(ended)
    ended.stop(contact)
    assert ended.rows("SELECT email, reason FROM suppression") == [(EMAIL, "unsubscribed")]


def test_the_mirror_learns_of_a_late_stop_and_keeps_what_it_shows(ended: Rig) -> None:
    [(contact, enrolment)] = ended.rows("SELECT contact_id, id FROM enrolment")
    ended.clock.forward(days=366)
    clear(ended)
    ended.stop(contact)
    mirror_one(enrolment, ended.desk)
    shown = ended.wall.shown[str(enrolment)]
    assert (shown.unsubscribed, shown.cleared) == (True, True)


def test_a_stop_is_kept_for_ever(ended: Rig) -> None:
    [(contact,)] = ended.rows("SELECT id FROM contact")
    ended.stop(contact)
    ended.clock.forward(days=4000)
    clear(ended)
    assert ended.rows("SELECT email FROM suppression") == [(EMAIL,)]


def test_whoever_signs_up_again_years_later_is_still_mailed_once(ended: Rig) -> None:
    ended.clock.forward(days=800)
    clear(ended)
    assert not ended.enrol().new
    send_all(ended.desk)
    assert len(ended.provider.sent) == 4


def test_it_is_noted_what_was_cleared_and_a_night_without_work_notes_nothing(ended: Rig) -> None:
    ended.clock.forward(days=366)
    clear(ended)
    clear(ended)
    assert ended.rows("SELECT actor, detail FROM audit WHERE action = 'cleared'") == [
        ("nightly", "1 sequences, 1 signups, 1 reports from before 2026-12-10")
    ]


def test_it_is_done_once_a_day(ended: Rig) -> None:
    housekeeping = Housekeeping(KEEP)
    nights(ended, housekeeping)
    accept(ended)
    ended.clock.forward(hours=1)
    with ended.server.connect("postgres") as connection:
        connection.execute("UPDATE signup SET created_at = created_at - interval '400 days'")
    nights(ended, housekeeping)
    assert ended.rows("SELECT count(*) FROM signup WHERE parameters = '{}'") == [(0,)]
    ended.clock.forward(days=1)
    nights(ended, housekeeping)
    assert ended.rows("SELECT count(*) FROM signup WHERE parameters = '{}'") == [(2,)]


def test_however_much_there_is_one_night_is_enough(ended: Rig) -> None:
    with ended.server.connect("postgres") as connection:
        connection.execute(
            "INSERT INTO signup (id, flow, fingerprint, name, parameters, created_at, handed_over_at) "
            "SELECT gen_random_uuid(), 'spring-signup', '', '', '{\"a\": 1}', '2020-01-01', '2020-01-01' "
            "FROM generate_series(1, 1200)"
        )
    clear(ended)
    assert ended.rows("SELECT count(*) FROM signup WHERE parameters <> '{}'") == [(1,)]


def test_prefects_vacuum_keeps_what_it_has_for_as_long_as_the_setting_says() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    given = {
        name: str(value).replace("${RUNS_KEEP_DAYS:-30}", "7")
        for name, value in compose["services"]["server"]["environment"].items()
    }
    vacuum = ServerServicesDBVacuumSettings(
        enabled=given["PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED"],
        retention_period=given["PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD"],
    )
    events = ServerEventsSettings(retention_period=given["PREFECT_SERVER_EVENTS_RETENTION_PERIOD"])
    assert vacuum.enabled_vacuum_types == {"events", "flow_runs", "orphans"}
    assert vacuum.retention_period == events.retention_period == timedelta(days=7)
