"""Each alert begins, is told once by mail and by webhook, and is told once more when it is over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from psycopg.types.json import Jsonb

from flows.adapters.notion import NotionAway
from flows.adapters.webhook import Pulse
from flows.delivery import deliver_first
from flows.domain.finding import fail, ok, warn
from flows.domain.verdict import judge
from flows.look_out import summary
from flows.mirroring import mirror_one
from flows.send_due import send_all
from tests.desk import NOW, campaign
from tests.stand_ins.script import Fault, Script
from tests.terminal import Terminal
from tests.tower import Lookout

Case = Callable[[Lookout], Any]
HOURS = timedelta(hours=1)


@contextmanager
def held(watch: Lookout) -> Iterator[None]:
    enrolment = watch.rig.enrol()
    watch.rig.provider.will(judge(422, "validation_error"))
    deliver_first(enrolment.id, watch.rig.desk)
    yield
    watch.rig.rows("UPDATE message SET state = 'skipped' WHERE state = 'held' RETURNING 1")


@contextmanager
def silent(watch: Lookout) -> Iterator[None]:
    watch.rig.enrol()
    watch.rig.clock.forward(hours=2)  # and nobody sends it
    yield
    send_all(watch.rig.desk)


@contextmanager
def bounces(watch: Lookout) -> Iterator[None]:
    watch.left(100, bounced=5)
    yield
    watch.left(1000)


@contextmanager
def complaints(watch: Lookout) -> Iterator[None]:
    watch.left(1000, complained=2)
    yield
    watch.left(2000)


@contextmanager
def resend_refuses(watch: Lookout) -> Iterator[None]:
    watch.rig.enrol()
    watch.rig.provider.will(*[judge(401, "invalid_api_key")] * 50)
    for _ in range(6):
        send_all(watch.rig.desk)
        watch.rig.clock.forward(minutes=16)
    yield
    watch.rig.provider.replies.clear()
    watch.rig.clock.forward(minutes=20)
    send_all(watch.rig.desk)


@contextmanager
def resend_is_silent(watch: Lookout) -> Iterator[None]:
    watch.rig.enrol()
    watch.rig.provider.will(*[judge(None)] * 50)
    for _ in range(3):
        send_all(watch.rig.desk)
        watch.rig.clock.forward(minutes=30)
    yield
    watch.rig.provider.replies.clear()
    watch.rig.clock.forward(minutes=20)
    send_all(watch.rig.desk)


@contextmanager
def notion(watch: Lookout) -> Iterator[None]:
    enrolment = watch.rig.enrol()
    deliver_first(enrolment.id, watch.rig.desk)
    for _ in range(3):
        watch.rig.wall.failures.append(NotionAway("Notion is away."))
        mirror_one(enrolment.id, watch.rig.desk)
        watch.rig.clock.forward(minutes=30)
    yield
    mirror_one(enrolment.id, watch.rig.desk)


@contextmanager
def signups(watch: Lookout) -> Iterator[None]:
    with watch.rig.server.connect("postgres") as connection:
        connection.execute(
            "INSERT INTO signup (id, flow, fingerprint, name, parameters, created_at, handed_over_at) "
            "VALUES (%s, 'spring-signup', 'x', 'run', %s, %s, %s)",
            (uuid4(), Jsonb({"email": "a@lead.example"}), NOW, NOW),
        )
    watch.rig.clock.forward(hours=2)
    yield
    with watch.rig.server.connect("postgres") as connection:
        connection.execute("UPDATE signup SET entered_at = now()")


@contextmanager
def house(watch: Lookout, line: str) -> Iterator[None]:
    watch.house = [fail(line, "it is bad", "Mend it")]
    yield
    watch.house = [ok(line, "it is well")]


@contextmanager
def disk(watch: Lookout) -> Iterator[None]:
    with house(watch, "disk"):
        yield


@contextmanager
def certificate(watch: Lookout) -> Iterator[None]:
    with house(watch, "certificate"):
        yield


@pytest.mark.parametrize(
    ("case", "line", "level"),
    [
        (held, "held", "warn"),
        (silent, "silent: spring", "fail"),
        (bounces, "bounces", "warn"),
        (complaints, "complaints", "warn"),
        (resend_refuses, "Resend", "fail"),
        (resend_is_silent, "Resend", "fail"),
        (notion, "Notion", "warn"),
        (signups, "signups", "fail"),
        (disk, "disk", "fail"),
        (certificate, "certificate", "fail"),
    ],
)
def test_an_alert_is_told_once_when_it_begins_and_once_when_it_is_over(
    watch: Lookout, case: Any, line: str, level: str
) -> None:
    watch.look()
    assert watch.lines() == set()
    with case(watch):
        watch.look()
        watch.look(minutes=1)
        assert watch.lines() == {line}
    watch.look(minutes=20)  # a notice that waited for Resend is tried again, too
    watch.look(minutes=20)
    assert watch.lines() == set()
    mark = {"warn": "Warning", "fail": "Alert"}[level]
    assert sorted(watch.subjects()) == sorted([f"{mark}: {line}", f"Over: {line}"])
    assert [(one["kind"], one["alert"], one["level"]) for one in watch.posts()] == [
        ("began", line, level),
        ("over", line, level),
    ]


def test_what_lasts_is_told_again_each_day(watch: Lookout) -> None:
    with disk(watch):
        for _ in range(49):
            watch.look(hours=1)
    assert watch.subjects() == ["Alert: disk", "Alert, still: disk", "Alert, still: disk"]


def test_what_becomes_graver_is_told_at_once(watch: Lookout) -> None:
    watch.house = [warn("disk", "little room", "Make room")]
    watch.look()
    watch.house = [fail("disk", "no room", "Make room")]
    watch.look(minutes=10)
    assert watch.subjects() == ["Warning: disk", "Alert, still: disk"]


def test_what_begins_anew_after_it_was_over_is_told_anew(watch: Lookout) -> None:
    for _ in range(2):
        with disk(watch):
            watch.look(hours=1)
        watch.look(hours=1)
    assert watch.subjects() == ["Alert: disk", "Over: disk"] * 2


def test_a_silent_campaign_is_not_over_because_its_window_has_closed(
    on_watch: Callable[..., Lookout],
) -> None:
    window = {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "18:00"}
    watch = on_watch(campaign(window=window))
    deliver_first(watch.rig.enrol().id, watch.rig.desk)
    watch.rig.clock.now = datetime(2026, 12, 2, 11, tzinfo=UTC)  # mail 2 was due at half past nine
    watch.look()
    watch.rig.clock.now = datetime(2026, 12, 2, 22, tzinfo=UTC)
    watch.look()
    assert watch.lines() == {"silent: spring"}
    watch.rig.clock.now = datetime(2026, 12, 3, 8, 30, tzinfo=UTC)
    send_all(watch.rig.desk)
    watch.look()
    assert watch.subjects() == ["Alert: silent: spring", "Over: silent: spring"]


def test_a_quota_that_is_used_up_is_told_by_the_webhook_at_once_and_by_mail_when_mail_goes(
    watch: Lookout,
) -> None:
    watch.rig.enrol()
    watch.rig.provider.will(judge(429, "daily_quota_exceeded"))
    send_all(watch.rig.desk)
    watch.look(hours=2)
    assert [one["alert"] for one in watch.posts()] == ["Resend"]
    assert watch.mails() == []
    watch.rig.clock.now = datetime(2026, 12, 2, 0, 10, tzinfo=UTC)
    watch.look()
    assert watch.subjects() == ["Alert: Resend"]


def test_two_looks_at_once_tell_nothing_twice(watch: Lookout) -> None:
    found = [fail("disk", "full", "Make room")]
    one, other = watch.teller.notices, watch.teller.notices
    assert [change.moment for change in one.note(found, NOW)] == ["began"]
    assert [(change.moment, change.told) for change in other.note(found, NOW)] == [("lasts", False)]


def test_the_run_says_which_alerts_are_open_and_nobodys_data(watch: Lookout) -> None:
    assert summary(watch.look()) == "All is well."
    with held(watch), disk(watch):
        said = summary(watch.look())
    assert said == "Alerts that are open: disk, held. Notices: 4 sent."


def test_status_shows_the_alerts_and_what_could_not_be_told(watch: Lookout, terminal: Terminal) -> None:
    watch.will(Fault(status=500))
    with disk(watch):
        watch.look()
    said = terminal.type("status").stdout
    assert "Alerts: 1:\n  disk, since Tue 01 Dec 2026 10:30: it is bad. Mend it." in said
    assert "1 × began by webhook waiting: the webhook answered 500. Check ALERT_WEBHOOK_URL" in said
    seen = terminal.json("status", "--json")
    assert [alert["line"] for alert in seen["alerts"]] == ["disk"]


def test_after_each_look_the_heartbeat_is_noted_and_its_address_asked(
    watch: Lookout, hook: tuple[str, Script]
) -> None:
    watch.pulse = Pulse(f"{hook[0]}/beat", 5)
    assert watch.look().pulse is None
    assert [one.path for one in watch.script.requests] == ["/beat"]
    assert watch.rig.rows("SELECT name, at FROM heartbeat") == [("look-out", NOW)]
    watch.will(Fault(status=404))
    assert watch.look(minutes=10).pulse == "it answered 404. Check HEARTBEAT_URL"
    assert watch.rig.rows("SELECT at FROM heartbeat") == [(NOW + HOURS / 6,)]


def test_an_old_notice_is_forgotten_and_an_open_alert_is_not(watch: Lookout) -> None:
    with disk(watch):
        watch.look()
        watch.rig.rows("UPDATE notice SET made_at = made_at - interval '91 days' RETURNING 1")
        watch.look(minutes=10)
    assert watch.rig.rows("SELECT count(*) FROM notice") == [(0,)]
    assert watch.lines() == {"disk"}
