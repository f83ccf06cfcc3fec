"""A restored ledger: what left after the backup does not leave again, and what had not left still does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from flows.adapters.office import Office
from flows.delivery import deliver_first
from flows.domain.verdict import judge
from flows.send_due import send_all
from tests.desk import Rig
from tests.restoring import brought_back, lose, settle, taken


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
    backup, copy = due.clock(), taken(due.server)
    due.clock.forward(hours=2)
    brought_back(due.server, copy)
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
    backup, copy = due.clock(), taken(due.server)
    due.clock.forward(hours=23)
    brought_back(due.server, copy)
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


def test_looking_twice_does_no_harm_and_each_look_is_noted(due: Rig) -> None:
    backup = lose(due, hours=2)
    assert settle(due, backup) == settle(due, backup + timedelta(hours=1))
    assert due.rows("SELECT DISTINCT unsure_since FROM message WHERE unsure_since IS NOT NULL") == [(backup,)]
    assert due.rows("SELECT actor, count(*) FROM audit WHERE action = 'restored' GROUP BY actor") == [
        ("operator", 2)
    ]
