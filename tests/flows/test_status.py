"""The whole in figures: people and mails by campaign, what comes, what stands still and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from psycopg.types.json import Jsonb

from flows.adapters.campaign_files import read_campaigns
from flows.adapters.figures import Behind, Figures, Limited, Mail, Pause, People
from flows.delivery import deliver_first
from flows.domain.verdict import judge
from flows.send_due import send_all
from tests.desk import NOW, Clock, Rig
from tests.terminal import Terminal

FLOWS = {"spring-signup": "spring"}


@pytest.fixture
def figures(here: Rig) -> Iterator[Figures]:
    server = here.server
    with closing(Figures(host=server.host, port=server.port, dbname=server.name, user="worker")) as found:
        yield found


def signup(rig: Rig, email: str, handed_over: datetime | None) -> None:
    with rig.server.connect("postgres") as connection:
        connection.execute(
            "INSERT INTO signup (id, flow, fingerprint, name, parameters, created_at, handed_over_at) "
            "VALUES (%s, 'spring-signup', 'x', 'run', %s, %s, %s)",
            (uuid4(), Jsonb({"email": email}), rig.clock(), handed_over),
        )


def report(rig: Rig, step: int, kind: str, data: dict[str, Any] | None = None) -> None:
    """Resend reports something of everybody's mail of this step."""
    ids = rig.rows("SELECT provider_id FROM message WHERE step = %s AND state = 'sent'", step)
    with rig.server.connect("web") as connection:
        for (provider_id,) in ids:
            connection.execute(
                "INSERT INTO delivery_event (svix_id, type, provider_id, received_at, payload) VALUES (%s, %s, %s, %s, %s)",
                (str(uuid4()), f"email.{kind}", provider_id, rig.clock(), Jsonb({"data": data or {}})),
            )


def mail(figures: Figures, step: int) -> Mail:
    return next(one for one in figures.mails() if one.step == step)


def test_the_funnel_counts_what_left_and_what_became_of_it(here: Rig, figures: Figures) -> None:
    for address in ("a@lead.example", "b@lead.example", "c@lead.example"):
        deliver_first(here.enrol(address).id, here.desk)
    report(here, 1, "delivered")
    [first, *_] = here.rows("SELECT contact_id FROM enrolment")
    here.stop(first[0])
    assert (mail(figures, 1).sent, mail(figures, 1).delivered, mail(figures, 1).stopped) == (3, 3, 1)
    assert (mail(figures, 2).sent, mail(figures, 2).waiting, mail(figures, 2).skipped) == (0, 2, 1)


@pytest.mark.parametrize(
    ("kind", "data", "counts"),
    [
        ("bounced", {"bounce": {"type": "Permanent"}}, (0, 1, 0)),
        ("complained", {}, (1, 0, 1)),
    ],
)
def test_bounces_and_complaints_are_counted_and_end_the_way(
    here: Rig, figures: Figures, kind: str, data: dict[str, Any], counts: tuple[int, ...]
) -> None:
    deliver_first(here.enrol().id, here.desk)
    report(here, 1, kind, data)
    one = mail(figures, 1)
    assert (one.delivered, one.bounced, one.complained) == counts
    assert figures.people(FLOWS)["spring"].stopped == {kind: 1}


def test_people_are_under_way_finished_or_stopped(here: Rig, figures: Figures) -> None:
    here.enrol("long-ago@lead.example")
    for _ in range(7):
        send_all(here.desk)
        here.clock.forward(days=1)
    stopped = here.enrol("stopped@lead.example")
    here.stop(stopped.contact_id)
    here.enrol("new@lead.example")
    signup(here, "new@lead.example", here.clock())
    people = figures.people(FLOWS)["spring"]
    assert people == People(signups=1, enrolled=3, under_way=1, finished=1, stopped={"unsubscribed": 1})


def test_a_campaign_that_nobody_has_entered_is_shown_with_zeros(figures: Figures) -> None:
    assert figures.people(FLOWS) == {
        "spring": People(signups=0, enrolled=0, under_way=0, finished=0, stopped={})
    }


def test_what_leaves_within_a_day_is_told_and_later_mail_is_not(here: Rig, figures: Figures) -> None:
    deliver_first(here.enrol().id, here.desk)
    assert figures.soon(NOW) == []
    [soon] = figures.soon(NOW + timedelta(minutes=1))
    assert (soon.mail, soon.count, soon.first_at) == ("two", 1, NOW + timedelta(days=1))


def test_a_paused_provider_is_told_with_the_reason(here: Rig, figures: Figures) -> None:
    assert figures.pauses(NOW) == []
    here.provider.will(judge(429, "daily_quota_exceeded"))
    deliver_first(here.enrol().id, here.desk)
    [pause] = figures.pauses(here.clock())
    assert pause.until == datetime(2026, 12, 2, 0, 1, tzinfo=UTC)
    assert "quota" in pause.reason


def test_a_brake_is_told_without_an_end(here: Rig, figures: Figures) -> None:
    here.rows("UPDATE pace SET brake = 'no DKIM' WHERE provider = 'resend' RETURNING 1")
    assert figures.pauses(NOW) == [Pause(provider="resend", until=None, reason="no DKIM")]


def test_what_the_mirror_does_not_show_yet_is_counted_with_why(here: Rig, figures: Figures) -> None:
    here.desk.ledger.mirror_failed(here.enrol().id, "Notion is away.", NOW)
    assert figures.unmirrored() == Behind(count=1, since=NOW, failures={"Notion is away.": 1})


def test_signups_that_wait_for_prefect_are_counted(here: Rig, figures: Figures) -> None:
    signup(here, "waits@lead.example", None)
    signup(here, "gone@lead.example", NOW)
    assert figures.waiting() == 1


def test_who_wants_one_mail_a_week_is_counted_and_what_waits_for_it(here: Rig, figures: Figures) -> None:
    enrolment = here.enrol()
    here.enrol("often@lead.example")
    here.choose_weekly(enrolment.contact_id)
    send_all(here.desk)
    here.clock.forward(days=1)
    send_all(here.desk)
    assert figures.limited(here.clock()) == Limited(weekly=1, waiting=1)
    here.choose_weekly(enrolment.contact_id, weekly=False)
    assert figures.limited(here.clock()) == Limited(weekly=0, waiting=0)


@pytest.fixture
def christmas(opened: Callable[..., Rig]) -> Rig:
    """Somebody has just entered the christmas campaign."""
    rig = opened(read_campaigns()["christmas"], clock=Clock(datetime.now(UTC)))
    rig.enrol(name="christmas")
    return rig


def test_the_operator_reads_the_funnel(christmas: Rig, terminal: Terminal) -> None:
    said = terminal.type("status")
    assert said.exit_code == 0
    assert "christmas: 0 signups, 1 people: 1 under way, 0 finished, 0 stopped" in said.stdout
    assert [line.split() for line in said.stdout.splitlines() if "1 welcome" in line] == [
        ["1", "welcome", "0", "0", "0", "1"]
    ]
    assert "Preview: RESEND_API_KEY is not set" in said.stdout


def test_a_program_reads_the_same(christmas: Rig, terminal: Terminal) -> None:
    seen = terminal.json("status", "--json")
    assert seen["campaigns"]["christmas"]["under_way"] == 1
    assert seen["mails"][0]["waiting"] == 1
    assert seen["held"] == seen["pauses"] == []


def test_the_operator_reads_how_many_want_one_mail_a_week_and_what_waits(
    opened: Callable[..., Rig], terminal: Terminal
) -> None:
    today = opened(clock=Clock(datetime.now(UTC)))
    contact = today.enrol().contact_id
    assert "week" not in terminal.type("status").stdout
    today.choose_weekly(contact)
    for _ in range(2):
        send_all(today.desk)
        today.clock.forward(days=1)
    said = terminal.type("status").stdout.splitlines()
    assert "At most one mail a week, as they asked: 1 people." in said
    assert "Waiting because their person had enough mail this week: 1." in said
    assert terminal.json("status", "--json")["limited"] == {"weekly": 1, "waiting": 1}
