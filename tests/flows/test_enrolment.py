"""A signup in the ledger: all of it or nothing, once for each person and campaign."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest

from flows.adapters.postgres import LedgerError
from flows.delivery import deliver_first
from flows.domain.lead import Lead
from flows.domain.sequence import Planned
from flows.send_due import send_all
from tests.desk import EMAIL, NOW, Rig, campaign

COUNTS = """SELECT (SELECT count(*) FROM contact), (SELECT count(*) FROM enrolment), (SELECT count(*) FROM message),
    (SELECT count(*) FROM audit)"""
LEAD = Lead(email=EMAIL, segment="ALL", timezone="Europe/Berlin", answers={"email": EMAIL})


def mail(step: int) -> Planned:
    return Planned(step=step, mail=f"mail-{step}", due_at=NOW, expires_at=None)


def test_a_signup_is_a_contact_an_enrolment_and_every_mail(here: Rig) -> None:
    here.enrol()
    assert here.rows(COUNTS) == [(1, 1, 4, 1)]


def test_a_signup_that_is_cut_off_leaves_nothing(here: Rig) -> None:
    def cut_off() -> Iterator[Planned]:
        yield mail(1)
        with here.server.connect("postgres") as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'worker'"
            )
        yield mail(2)

    with pytest.raises(LedgerError):
        here.desk.ledger.enrol(campaign(), LEAD, cut_off(), uuid4(), NOW)  # type: ignore[arg-type]
    assert here.rows(COUNTS) == [(0, 0, 0, 0)]


def test_a_mail_that_cannot_be_planned_leaves_nothing(here: Rig) -> None:
    with pytest.raises(LedgerError):
        here.desk.ledger.enrol(campaign(), LEAD, [mail(1), mail(1)], uuid4(), NOW)
    assert here.rows(COUNTS) == [(0, 0, 0, 0)]


def test_after_a_broken_connection_the_same_signup_works(here: Rig) -> None:
    test_a_signup_that_is_cut_off_leaves_nothing(here)
    assert here.enrol().new
    assert here.rows(COUNTS) == [(1, 1, 4, 1)]


@pytest.mark.parametrize("again", [EMAIL, "Anna@Lead.Example", "ANNA@LEAD.EXAMPLE"])
def test_a_second_signup_mails_nobody_twice(here: Rig, again: str) -> None:
    first = here.enrol()
    deliver_first(first.id, here.desk)
    here.clock.forward(days=2)
    second = here.enrol(again)
    assert (first.new, second.new) == (True, False)
    assert (second.id, second.contact_id, second.created_at) == (first.id, first.contact_id, NOW)
    assert deliver_first(second.id, here.desk).state == "sent"
    assert [one.step for one in here.provider.sent] == [1]
    assert here.rows(COUNTS) == [(1, 1, 4, 2)]


def test_the_same_run_once_more_finds_what_it_did(here: Rig) -> None:
    signup = uuid4()
    first = here.enrol(signup=signup)
    deliver_first(first.id, here.desk)
    second = here.enrol(signup=signup)
    assert second.id == first.id
    deliver_first(second.id, here.desk)
    assert len(here.provider.sent) == 1


def test_somebody_who_stopped_and_signs_up_again_gets_nothing(here: Rig) -> None:
    first = here.enrol()
    here.stop(first.contact_id)
    assert not here.enrol().new
    assert deliver_first(first.id, here.desk).state == "skipped"
    assert here.provider.attempts == []


def test_a_stop_holds_for_every_campaign(opened: Callable[..., Rig]) -> None:
    here = opened(campaign(), campaign(name="summer", flow="summer-signup"))
    here.stop(here.enrol().contact_id)
    summer = here.enrol(name="summer")
    assert summer.new
    delivered = deliver_first(summer.id, here.desk)
    assert (delivered.state, delivered.reason) == ("skipped", "unsubscribed")
    here.clock.forward(days=10)
    send_all(here.desk)
    assert here.provider.attempts == []


def test_one_person_in_two_campaigns_gets_both(opened: Callable[..., Rig]) -> None:
    here = opened(campaign(), campaign(name="summer", flow="summer-signup"))
    one, other = here.enrol(), here.enrol(name="summer")
    assert one.contact_id == other.contact_id
    assert one.id != other.id
    send_all(here.desk)
    assert len(here.provider.sent) == 2


def test_two_people_are_two(here: Rig) -> None:
    one, other = here.enrol(), here.enrol("ben@lead.example")
    assert one.contact_id != other.contact_id
    send_all(here.desk)
    assert [mail.to for mail in here.provider.sent] == [EMAIL, "ben@lead.example"]


def test_the_audit_says_who_signed_up_when_without_an_address(here: Rig) -> None:
    first = here.enrol()
    here.enrol()
    assert here.rows("SELECT at, actor, action, subject, detail FROM audit ORDER BY id") == [
        (NOW, "signup", "enrolled", first.contact_id, "spring"),
        (NOW, "signup", "signed up again", first.contact_id, "spring"),
    ]
