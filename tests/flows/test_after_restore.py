"""A restored ledger: what left after the backup does not leave again, and what had not left still does."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from flows.adapters.office import Office
from flows.adapters.restored import Restored
from flows.after_restore import Found, after_restore, stop_again
from flows.delivery import deliver_first
from flows.domain.verdict import judge
from flows.mirroring import mirror_one
from flows.send_due import send_all
from services.cli import restored as command
from tests import copies
from tests.desk import EMAIL, Rig, campaign

DAY = timedelta(days=1)


def restored(rig: Rig) -> Restored:
    server = rig.server
    return Restored(host=server.host, port=server.port, dbname=server.name, user="worker")


def settle(rig: Rig, since: datetime) -> Found:
    """The step between the restore and the worker's start."""
    with closing(restored(rig)) as ledger:
        return after_restore(rig.desk.campaigns, ledger, rig.desk.settings.timezone, since, rig.clock())


def lose(rig: Rig, hours: float) -> datetime:
    """A backup; some hours in which all goes on; the disk dies, the backup comes back. Returns its moment."""
    copy, moment = copies.taken(rig.server), rig.clock()
    rig.clock.forward(hours=hours)
    send_all(rig.desk)
    copies.brought_back(rig.server, copy)
    return moment


def accept(rig: Rig, email: str = EMAIL, **changes: Any) -> UUID:
    """What `web` does with a signup."""
    signup = uuid4()
    parameters = {"email": email, "first_name": "Anna"} | changes
    with rig.server.connect("web") as connection:
        connection.execute(
            "INSERT INTO signup (id, flow, fingerprint, name, parameters, created_at) VALUES (%s, %s, '', '', %s, %s)",
            (signup, "spring-signup", Jsonb(parameters), rig.clock()),
        )
    return signup


@pytest.fixture
def due(here: Rig) -> Rig:
    """Anna has her first mail, and the second is due in an hour."""
    deliver_first(here.enrol().id, here.desk)
    here.clock.forward(hours=23)
    return here


def test_a_mail_that_left_after_the_backup_does_not_leave_again(due: Rig) -> None:
    backup = lose(due, hours=2)
    assert settle(due, backup).unsure == 1
    send_all(due.desk)
    _, before, after = due.provider.attempts
    assert (before.step, before.key, before.body) == (2, after.key, after.body)
    assert [mail.step for mail in due.provider.sent] == [1, 2]
    assert due.rows("SELECT provider_id FROM message WHERE step = 2 AND state = 'sent'") == [
        (f"mail-{before.key}",)
    ]


def test_a_mail_that_was_due_and_had_not_left_leaves_after_the_restore(due: Rig) -> None:
    backup, copy = due.clock(), copies.taken(due.server)
    due.clock.forward(hours=2)
    copies.brought_back(due.server, copy)
    settle(due, backup)
    send_all(due.desk)
    assert [mail.step for mail in due.provider.sent] == [1, 2]


def test_nothing_leaves_before_the_restored_ledger_was_looked_at(due: Rig) -> None:
    backup = lose(due, hours=2)
    for _ in range(3):
        send_all(due.desk)
    assert len(due.provider.attempts) == 2
    settle(due, backup)
    send_all(due.desk)
    assert len(due.provider.attempts) == 3


def test_when_resend_may_have_forgotten_the_key_the_mail_is_held_for_a_person(due: Rig) -> None:
    backup = lose(due, hours=23)
    settle(due, backup)
    send_all(due.desk)
    [(state, reason)] = due.rows("SELECT state::text, reason FROM message WHERE step = 2")
    assert state == "held"
    assert "backup" in reason
    assert "look it up at Resend" in reason
    assert [mail.step for mail in due.provider.sent] == [1, 2]


def test_what_resend_refused_for_a_moment_stays_unsure(due: Rig) -> None:
    """A refusal takes back the attempt, but not what may have happened before the restore."""
    backup = lose(due, hours=2)
    settle(due, backup)
    due.provider.will(judge(429, "daily_quota_exceeded"))
    send_all(due.desk)
    due.clock.forward(hours=24)
    send_all(due.desk)
    assert due.rows("SELECT state::text FROM message WHERE step = 2") == [("held",)]


def test_a_person_who_has_looked_may_let_it_go(due: Rig) -> None:
    backup, copy = due.clock(), copies.taken(due.server)
    due.clock.forward(hours=23)
    copies.brought_back(due.server, copy)
    settle(due, backup)
    send_all(due.desk)
    server = due.server
    office = Office(host=server.host, port=server.port, dbname=server.name, user="worker")
    office.release([one.id for one in office.held()], due.clock())
    office.close()
    send_all(due.desk)
    assert [mail.step for mail in due.provider.sent] == [1, 2]


def test_a_mail_whose_words_have_changed_meanwhile_is_held(opened: Callable[..., Rig]) -> None:
    here = opened()
    deliver_first(here.enrol().id, here.desk)
    here.clock.forward(hours=23)
    backup = lose(here, hours=2)
    settle(here, backup)
    other = opened(clock=here.clock, provider=here.provider, mail_reply_to="other@galatek.example")
    send_all(other.desk)
    assert here.rows("SELECT state::text FROM message WHERE step = 2") == [("held",)]
    assert len(here.provider.sent) == 2


def test_what_is_due_after_the_restore_is_not_in_doubt(due: Rig) -> None:
    backup = lose(due, hours=0.5)
    assert settle(due, backup).unsure == 0
    due.clock.forward(days=3)
    send_all(due.desk)
    assert [mail.step for mail in due.provider.sent] == [1, 2]


def test_a_sequence_that_began_after_the_backup_has_the_same_links_and_keys_again(here: Rig) -> None:
    signup = accept(here)
    copy, backup = copies.taken(here.server), here.clock()
    here.clock.forward(seconds=3)
    first = here.enrol(signup=signup)
    deliver_first(first.id, here.desk)
    copies.brought_back(here.server, copy)

    found = settle(here, backup)
    again = here.enrol(signup=signup)  # its flow run begins again
    deliver_first(again.id, here.desk)

    assert (found.enrolled, found.unsure) == (1, 1)
    assert (again.id, again.contact_id, again.new) == (first.id, first.contact_id, False)
    one, other = here.provider.attempts
    assert (one.key, one.body) == (other.key, other.body)
    assert len(here.provider.sent) == 1


def test_a_signup_that_is_in_its_sequence_is_left_alone(here: Rig) -> None:
    accept(here)
    here.enrol(signup=accept(here, EMAIL.upper()))
    assert settle(here, lose(here, hours=1)).enrolled == 0


def test_a_signup_that_no_longer_fits_its_campaign_is_counted_and_holds_nobody_up(here: Rig) -> None:
    accept(here, "other@lead.example", first_name=7)
    accept(here)
    found = settle(here, here.clock())
    assert (found.enrolled, found.refused) == (1, 1)


def test_who_said_stop_after_the_backup_is_stopped_again_where_the_mirror_shows_it(due: Rig) -> None:
    [(enrolment, contact)] = due.rows("SELECT id, contact_id FROM enrolment")
    for one in (enrolment, due.enrol("other@lead.example").id):
        mirror_one(one, due.desk)
    copy = copies.taken(due.server)
    due.stop(contact)
    mirror_one(enrolment, due.desk)
    due.wall.shown["typed by a person"] = due.wall.shown[str(enrolment)]
    copies.brought_back(due.server, copy)

    with closing(restored(due)) as ledger:
        found = [stop_again(due.wall, ledger, due.clock()) for _ in range(2)]

    assert found == [1, 0]
    assert due.rows("SELECT email, reason FROM suppression") == [(EMAIL, "unsubscribed")]


def test_looking_twice_does_no_harm_and_each_look_is_noted(due: Rig) -> None:
    backup = lose(due, hours=2)
    assert settle(due, backup) == settle(due, backup + timedelta(hours=1))
    assert due.rows("SELECT DISTINCT unsure_since FROM message WHERE unsure_since IS NOT NULL") == [(backup,)]
    assert due.rows("SELECT actor, count(*) FROM audit WHERE action = 'restored' GROUP BY actor") == [
        ("operator", 2)
    ]


def test_the_ids_of_two_campaigns_do_not_meet(opened: Callable[..., Rig]) -> None:
    here = opened(campaign(), campaign(name="autumn", flow="autumn-signup"))
    signup = uuid4()
    first, second = here.enrol(signup=signup), here.enrol(name="autumn", signup=signup)
    assert first.id != second.id
    assert first.contact_id == second.contact_id
    assert here.rows("SELECT count(DISTINCT id) FROM message") == [(8,)]


@pytest.mark.parametrize("moment", ["2999-01-01T00:00:00Z", "2026-01-01T00:00:00", "yesterday"])
def test_a_moment_that_no_backup_can_have_is_refused(moment: str) -> None:
    with pytest.raises(ValueError, match=moment):
        command.after_restore(moment)
