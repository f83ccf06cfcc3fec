"""`campaigns why`: everything that happened to a person and will, from the rows that the stack itself writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta

import pytest

from flows.adapters.people import People
from flows.delivery import deliver_first
from flows.domain.history import Told, history, standing
from flows.domain.person import Person, spellings
from flows.domain.verdict import judge
from flows.send_due import send_all
from tests.desk import EMAIL, NOW, Rig
from tests.flows.test_status import FLOWS, report, signup
from tests.terminal import Terminal


@pytest.fixture
def people(here: Rig) -> Iterator[People]:
    server = here.server
    with closing(People(host=server.host, port=server.port, dbname=server.name, user="worker")) as found:
        yield found


def told(rig: Rig, people: People) -> list[Told]:
    return history(people.find(spellings(EMAIL)), FLOWS, rig.clock())


def said(rig: Rig, people: People) -> str:
    return "\n".join(one.said for one in told(rig, people))


def test_a_persons_way_is_told_in_order_from_signup_to_what_comes(here: Rig, people: People) -> None:
    signup(here, EMAIL, NOW)
    here.clock.forward(seconds=1)
    deliver_first(here.enrol().id, here.desk)
    here.clock.forward(seconds=5)
    report(here, 1, "delivered")
    sentences = [one.said for one in told(here, people)]
    assert [sentence.split(" ", 3)[:3] for sentence in sentences[:4]] == [
        ["Signed", "up", "on"], ["Enrolled", "in", "spring"], ["Mail", "1", "of"], ["Resend", "reported", "mail"],
    ]  # fmt: skip
    assert "left, “Mail one”" in sentences[2]
    assert sentences[4:] == [
        "Mail 2 of spring (two) will leave.", "Mail 3 of spring (three) will leave.", "Mail 4 of spring (four) will leave.",
    ]  # fmt: skip
    assert [one.ahead for one in told(here, people)] == [False] * 4 + [True] * 3


def test_a_stop_is_told_with_who_and_why(here: Rig, people: People) -> None:
    here.stop(here.enrol().contact_id)
    assert "Suppressed (by page): unsubscribed." in said(here, people)
    assert "Mail 2 of spring (two) does not leave: unsubscribed." in said(here, people)
    assert standing(people.find([EMAIL])) == [
        "Nobody mails this address: unsubscribed.",
        "In spring, version 3, ALL: 0 mails to come.",
    ]


def test_the_choice_of_one_mail_a_week_is_told_as_long_as_it_holds(here: Rig, people: People) -> None:
    contact = here.enrol().contact_id
    here.choose_weekly(contact)
    assert "At most one mail a week, as the person asked on 2026-12-01." in standing(people.find([EMAIL]))
    assert "Asked for at most one mail a week (by the person)." in said(here, people)
    here.clock.forward(days=1)
    here.choose_weekly(contact, weekly=False)
    assert "week" not in " ".join(standing(people.find([EMAIL])))
    assert "Asked for mails as planned again (by the person)." in said(here, people)


def test_a_mail_that_waits_for_the_week_to_end_is_told_with_until_when(here: Rig, people: People) -> None:
    enrolment = here.enrol()
    deliver_first(enrolment.id, here.desk)
    here.choose_weekly(enrolment.contact_id)
    here.clock.forward(days=1)
    send_all(here.desk)
    [waiting] = [one for one in told(here, people) if "Mail 2" in one.said]
    assert waiting.said.endswith("will leave: waits: the person asked for at most one mail a week.")
    assert (waiting.at, waiting.ahead) == (NOW + timedelta(days=7), True)


def test_a_bounce_is_told_with_what_resend_said(here: Rig, people: People) -> None:
    deliver_first(here.enrol().id, here.desk)
    report(here, 1, "bounced", {"bounce": {"type": "Permanent", "message": "no such mailbox"}})
    assert "Resend reported mail 1 of spring: bounced (Permanent, no such mailbox)." in said(here, people)


def test_a_held_mail_is_told_with_what_to_do(here: Rig, people: People) -> None:
    here.provider.will(judge(422, "validation_error"))
    deliver_first(here.enrol().id, here.desk)
    assert "Mail 1 of spring (one) is held for a person: Resend refused" in said(here, people)


def test_an_end_in_notion_is_told(here: Rig, people: People) -> None:
    here.desk.ledger.end(here.enrol().id, "booked", here.clock())
    assert "Ended: booked (by Notion): spring." in said(here, people)
    assert "ended: booked" in " ".join(standing(people.find([EMAIL])))


def test_a_signup_that_enrolled_nobody_is_told_with_what_to_do(here: Rig, people: People) -> None:
    signup(here, EMAIL, NOW - timedelta(hours=1))
    assert "has enrolled nobody: look at it in Prefect, then campaigns retry" in said(here, people)


def test_an_address_is_found_in_every_spelling(here: Rig, people: People) -> None:
    here.enrol("anna@xn--bcher-kva.example")
    assert people.find(spellings("Anna@BÜCHER.example")).known


def test_a_mail_that_waits_is_told_with_until_when_and_why(here: Rig, people: People) -> None:
    here.provider.will(judge(429, "daily_quota_exceeded"))
    here.enrol()
    send_all(here.desk)
    [waiting] = [one for one in told(here, people) if "Mail 1" in one.said]
    assert waiting.ahead
    assert "The day's quota of mails is used up" in waiting.said


def test_nobody_is_told_as_nobody(terminal: Terminal) -> None:
    answer = terminal.type("why", "nobody@lead.example")
    assert (answer.exit_code, answer.stdout) == (1, "Nobody with this address is in the ledger.\n")


def test_the_operator_reads_it_and_a_program_too(here: Rig, terminal: Terminal) -> None:
    here.enrol()
    assert "Enrolled in spring as ALL: 4 mails" in terminal.type("why", EMAIL.upper()).stdout
    assert terminal.json("why", EMAIL, "--json")["now"] == ["In spring, version 3, ALL: 4 mails to come."]


def test_the_export_has_every_row_that_is_held(here: Rig, terminal: Terminal) -> None:
    signup(here, EMAIL, NOW)
    deliver_first(here.enrol().id, here.desk)
    report(here, 1, "delivered")
    held = terminal.json("export", EMAIL)
    assert [len(held[name]) for name in ("contacts", "signups", "enrolments", "messages", "events", "audit")] == [
        1, 1, 1, 4, 1, 1,
    ]  # fmt: skip
    assert held["messages"][0]["rendered"]["to"] == [EMAIL]
    assert isinstance(Person(**held), Person)


def test_the_export_has_the_choice_of_one_mail_a_week_and_when_it_was_made(
    here: Rig, terminal: Terminal
) -> None:
    here.choose_weekly(here.enrol().contact_id)
    held = terminal.json("export", EMAIL)
    assert datetime.fromisoformat(held["contacts"][0]["weekly_since"]) == NOW
    [choice] = [row for row in held["audit"] if row["actor"] == "the person"]
    assert choice["action"] == "asked for at most one mail a week"
