"""What Resend reports takes effect: once, in any order, for every campaign, and only for mail of ours."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from flows.delivery import deliver_first
from flows.domain.verdict import judge
from flows.send_due import send_all
from tests.desk import EMAIL, Rig, campaign

PERMANENT = {"bounce": {"type": "Permanent", "subType": "General", "message": "", "diagnosticCode": []}}
TRANSIENT = {"bounce": {"type": "Transient", "subType": "MailboxFull", "message": "", "diagnosticCode": []}}


def first_message(rig: Rig) -> UUID:
    return UUID(str(rig.rows("SELECT id FROM message WHERE step = 1")[0][0]))


def report(rig: Rig, kind: str, message: UUID | None, svix_id: str | None = None, **data: Any) -> None:
    """The row that the public service writes, with its rights."""
    tags = {"tags": {"message": str(message)}} if message else {}
    payload = {"type": kind, "data": {"email_id": "re-1", **tags, **data}}
    with rig.server.connect("web") as connection:
        connection.execute(
            "INSERT INTO delivery_event (svix_id, type, provider_id, received_at, payload) VALUES (%s, %s, %s, %s, %s) "
            "ON CONFLICT DO NOTHING",
            (svix_id or str(uuid4()), kind, "re-1", rig.clock(), json.dumps(payload)),
        )


def suppressed(rig: Rig) -> list[tuple[str, str]]:
    return [(email, reason) for email, reason in rig.rows("SELECT email, reason FROM suppression")]


@pytest.fixture
def mailed(here: Rig) -> Rig:
    """Anna has got mail 1; three are to come."""
    deliver_first(here.enrol().id, here.desk)
    return here


@pytest.mark.parametrize(
    ("kind", "data", "reason"),
    [
        ("email.bounced", PERMANENT, "bounced"),
        ("email.complained", {}, "complained"),
        ("email.suppressed", {}, "suppressed by Resend"),
    ],
)
def test_a_hard_bounce_and_a_complaint_end_every_mail(mailed: Rig, kind: str, data: Any, reason: str) -> None:
    report(mailed, kind, first_message(mailed), **data)
    assert suppressed(mailed) == [(EMAIL, reason)]
    mailed.clock.forward(days=30)
    assert send_all(mailed.desk)[0] == {}
    assert {why for (why,) in mailed.rows("SELECT reason FROM message WHERE step > 1")} == {reason}


def test_an_address_that_bounced_is_mailed_by_no_other_campaign(opened: Any) -> None:
    rig = opened(campaign(), campaign(name="summer", flow="summer-signup"))
    deliver_first(rig.enrol().id, rig.desk)
    report(rig, "email.bounced", first_message(rig), **PERMANENT)
    assert deliver_first(rig.enrol(name="summer").id, rig.desk).state == "skipped"
    assert len(rig.provider.sent) == 1


def test_a_full_mailbox_stops_nothing(mailed: Rig) -> None:
    report(mailed, "email.bounced", first_message(mailed), **TRANSIENT)
    assert suppressed(mailed) == []


@pytest.mark.parametrize(
    "kinds", [("delivered", "bounced"), ("bounced", "delivered"), ("bounced", "sent", "delivered")]
)
def test_delivered_after_bounced_changes_nothing(mailed: Rig, kinds: tuple[str, ...]) -> None:
    for kind in kinds:
        report(mailed, f"email.{kind}", first_message(mailed), **PERMANENT)
    assert mailed.rows("SELECT delivery FROM message WHERE step = 1") == [("bounced",)]
    assert suppressed(mailed) == [(EMAIL, "bounced")]


def test_the_same_event_counts_once_even_after_a_person_has_lifted_the_suppression(mailed: Rig) -> None:
    report(mailed, "email.complained", first_message(mailed), svix_id="msg_1")
    mailed.rows("DELETE FROM suppression RETURNING email")
    report(mailed, "email.complained", first_message(mailed), svix_id="msg_1")
    assert suppressed(mailed) == []


@pytest.mark.parametrize("kind", ["email.something_new", "contact.created", "domain.updated"])
def test_an_unknown_kind_is_kept_and_changes_nothing(mailed: Rig, kind: str) -> None:
    report(mailed, kind, None)
    assert mailed.rows("SELECT type, message_id FROM delivery_event") == [(kind, None)]
    assert mailed.rows("SELECT DISTINCT delivery FROM message") == [(None,)]


def test_a_report_about_somebody_elses_mail_changes_nothing(mailed: Rig) -> None:
    report(mailed, "email.complained", uuid4())
    assert suppressed(mailed) == []


def test_a_report_shows_that_a_mail_left_whose_answer_was_lost(here: Rig) -> None:
    here.provider.will(judge(None))
    enrolment = here.enrol()
    letter = here.desk.ledger.claim(here.clock(), 1, enrolment.id)[0]
    here.desk.ledger.begin(letter, {"subject": "x"}, "w", here.clock())
    report(here, "email.sent", letter.id)
    assert here.messages(enrolment)[0] == (1, "sent", None)
    here.clock.forward(hours=1)
    send_all(here.desk)
    assert here.provider.attempts == []


def test_a_mail_whose_sender_died_and_whose_person_then_stopped_is_reported_as_sent(here: Rig) -> None:
    enrolment = here.enrol()
    letter = here.desk.ledger.claim(here.clock(), 1, enrolment.id)[0]
    here.desk.ledger.begin(letter, {"subject": "x"}, "w", here.clock())
    here.stop(enrolment.contact_id)
    here.clock.forward(hours=1)
    send_all(here.desk)
    assert here.messages(enrolment)[0] == (1, "skipped", "unsubscribed")
    report(here, "email.delivered", letter.id)
    assert here.messages(enrolment)[0] == (1, "sent", None)
    assert [state for _, state, _ in here.messages(enrolment)[1:]] == ["skipped"] * 3
