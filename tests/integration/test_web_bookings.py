"""`POST /events/cal` and `/events/calendly`: what a call means for the campaigns of whoever booked it, once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.bookings import PATHS, report, signed
from tests.conftest import Ledger
from tests.desk import EMAIL, NOW, Rig, campaign, rig
from tests.web_site import running_site, website

SERVICES = list(PATHS)
NO_SHOW = "no-show-signup-handler"
EVENTS = "SELECT service, type, occasion, people FROM booking_event ORDER BY received_at, id"
SIGNUPS = "SELECT flow, parameters FROM signup ORDER BY created_at"


@pytest.fixture
def here(ledger: Ledger) -> Iterator[Rig]:
    """Anna is in christmas, in no-show and in a campaign that no call ends."""
    names = ("christmas", "no-show", "onboarding")
    one = rig(ledger, *(campaign(name=name, flow=f"{name}-x") for name in names))
    for name in names:
        one.enrol(name=name)
    yield one
    one.close()


def post(site: httpx.Client, service: str, event: object, at: datetime = NOW) -> httpx.Response:
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    return site.post(PATHS[service], content=body, headers=signed(service, body, at))


def named(service: str, ours: str) -> dict[str, Any]:
    return report(f"{service}_{ours}")


def ended(here: Rig) -> dict[str, str | None]:
    return dict(here.rows("SELECT campaign, end_reason FROM enrolment"))  # type: ignore[arg-type]


@pytest.mark.parametrize("service", SERVICES)
def test_a_booked_call_ends_the_campaigns_that_lead_to_one(
    site: httpx.Client, here: Rig, service: str
) -> None:
    assert post(site, service, named(service, "created")).status_code == 200
    assert ended(here) == {"christmas": "booked", "no-show": "booked", "onboarding": None}
    unsent = here.rows(
        "SELECT campaign, state::text, m.reason, count(*)::int FROM message m JOIN enrolment e "
        "ON e.id = enrolment_id GROUP BY 1, 2, 3 ORDER BY 1"
    )
    assert unsent == [
        ("christmas", "skipped", "booked", 4), ("no-show", "skipped", "booked", 4), ("onboarding", "scheduled", None, 4),
    ]  # fmt: skip


@pytest.mark.parametrize("service", SERVICES)
def test_an_end_is_audited_and_mirrored(site: httpx.Client, here: Rig, service: str) -> None:
    here.rows("UPDATE enrolment SET mirror_due_at = NULL RETURNING id")
    post(site, service, named(service, "created"))
    who = "Cal.com" if service == "cal" else "Calendly"
    said = here.rows("SELECT actor, action, detail FROM audit WHERE action LIKE 'ended%%' ORDER BY detail")
    assert said == [(who, "ended: booked", "christmas"), (who, "ended: booked", "no-show")]
    assert here.rows("SELECT campaign FROM enrolment WHERE mirror_due_at IS NOT NULL ORDER BY 1") == [
        ("christmas",), ("no-show",),
    ]  # fmt: skip


@pytest.mark.parametrize("service", SERVICES)
def test_a_missed_call_starts_the_no_show_campaign_with_the_name_that_we_know(
    site: httpx.Client, here: Rig, service: str
) -> None:
    assert post(site, service, named(service, "no_show")).status_code == 200
    assert here.rows(SIGNUPS) == [(NO_SHOW, {"email": EMAIL, "first_name": "Anna"})]
    [(name, tags, waiting)] = here.rows("SELECT name, tags, handed_over_at IS NULL FROM signup")
    assert (name.startswith(f"{NO_SHOW}-"), len(tags), waiting) == (True, 1, True)


@pytest.mark.parametrize("service", SERVICES)
def test_a_call_that_is_cancelled_changes_nothing(site: httpx.Client, here: Rig, service: str) -> None:
    post(site, service, named(service, "cancelled" if service == "cal" else "canceled"))
    assert set(ended(here).values()) == {None}
    assert [row[2:] for row in here.rows(EVENTS)] == [("cancelled", 1)]


@pytest.mark.parametrize("service", SERVICES)
def test_who_was_there_after_all_gets_no_more_mail_about_it(
    site: httpx.Client, here: Rig, service: str
) -> None:
    post(site, service, named(service, "no_show_undone"))
    assert ended(here) == {"christmas": None, "no-show": "no-show-undone", "onboarding": None}


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("kind", ["created", "no_show"])
def test_a_report_that_comes_again_counts_once(
    site: httpx.Client, here: Rig, service: str, kind: str
) -> None:
    assert [post(site, service, named(service, kind)).status_code for _ in range(3)] == [200] * 3
    assert len(here.rows(EVENTS)) == 1
    assert len(here.rows(SIGNUPS)) == (kind == "no_show")


def test_one_missed_call_starts_one_campaign_however_often_it_is_marked(
    site: httpx.Client, here: Rig
) -> None:
    post(site, "cal", named("cal", "no_show"))
    here.rows("UPDATE signup SET entered_at = created_at RETURNING id")
    again = named("cal", "no_show") | {"createdAt": NOW.isoformat()}
    assert post(site, "cal", again).status_code == 200
    assert (len(here.rows(EVENTS)), len(here.rows(SIGNUPS))) == (2, 1)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("kind", ["created", "no_show"])
def test_of_people_whom_we_do_not_know_nothing_is_kept(
    site: httpx.Client, ledger: Ledger, service: str, kind: str
) -> None:
    assert post(site, service, named(service, kind)).status_code == 200
    with ledger.connect("migrate") as connection:
        assert connection.execute("SELECT people FROM booking_event").fetchall() == [(0,)]
        assert connection.execute("SELECT FROM contact UNION ALL SELECT FROM signup").fetchall() == []
        kept = str(connection.execute("SELECT * FROM booking_event").fetchall())
    assert "lead.example" not in kept
    assert "Anna" not in kept


def test_capitals_in_an_address_make_no_stranger(site: httpx.Client, here: Rig) -> None:
    post(site, "calendly", report("calendly_created", email="Anna@Lead.Example"))
    assert ended(here)["christmas"] == "booked"


def test_a_report_about_somebody_whose_signup_is_on_its_way_has_to_come_again(
    site: httpx.Client, here: Rig
) -> None:
    body = website()
    body["parameters"]["email"] = EMAIL
    assert site.post("/api/flow_runs/", json=body).status_code == 201
    refused = post(site, "cal", named("cal", "created"))
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    assert here.rows(EVENTS) == []
    here.rows("UPDATE signup SET entered_at = created_at RETURNING id")
    assert post(site, "cal", named("cal", "created")).status_code == 200
    assert ended(here)["christmas"] == "booked"


@pytest.mark.parametrize("service", SERVICES)
def test_a_report_of_another_kind_is_kept_and_changes_nothing(
    site: httpx.Client, here: Rig, service: str
) -> None:
    event = {"triggerEvent": "PING", "event": "user.created"}
    event |= {"createdAt": NOW.isoformat(), "created_at": NOW.isoformat()}
    assert post(site, service, event).status_code == 200
    assert [row[2:] for row in here.rows(EVENTS)] == [(None, 0)]
    assert set(ended(here).values()) == {None}


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("wrong", [b"{", b"[]", b"\xff", b'{"triggerEvent": "x", "event": "x"}'])
def test_what_is_no_report_is_refused(site: httpx.Client, ledger: Ledger, service: str, wrong: bytes) -> None:
    assert post(site, service, wrong).status_code == 422


@pytest.mark.parametrize("service", SERVICES)
def test_nothing_of_a_refused_report_is_repeated(site: httpx.Client, service: str) -> None:
    payload = {"email": ["anna@lead.example"], "attendees": ["anna@lead.example"]}
    answer = post(site, service, named(service, "created") | {"payload": payload})
    assert answer.status_code == 422
    assert "anna" not in answer.text


@pytest.mark.parametrize("service", SERVICES)
def test_a_value_that_cannot_be_stored_is_refused(site: httpx.Client, service: str) -> None:
    event = {"triggerEvent": "a\x00b", "event": "a\x00b"}
    event |= {"createdAt": NOW.isoformat(), "created_at": NOW.isoformat()}
    assert post(site, service, event).status_code == 422


@pytest.mark.parametrize("service", SERVICES)
def test_a_wrong_signature_is_refused(site: httpx.Client, here: Rig, service: str) -> None:
    body = json.dumps(named(service, "created")).encode()
    other = signed(service, body, NOW, "another-secret-of-16")
    answers = [site.post(PATHS[service], content=body, headers=headers) for headers in ({}, other)]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert here.rows(EVENTS) == []
    assert set(ended(here).values()) == {None}


def test_an_old_report_is_refused(site: httpx.Client, here: Rig) -> None:
    late = post(site, "calendly", named("calendly", "created"), NOW - timedelta(minutes=6))
    ancient = named("cal", "created") | {"createdAt": (NOW - timedelta(days=2)).isoformat()}
    assert [late.status_code, post(site, "cal", ancient).status_code] == [401, 401]
    assert here.rows(EVENTS) == []


@pytest.mark.parametrize("service", SERVICES)
def test_a_report_may_have_64_kib(site: httpx.Client, service: str) -> None:
    event = named(service, "created")
    room = 64 * 1024 - len(json.dumps(event | {"more": ""}))
    assert post(site, service, event | {"more": "x" * room}).status_code == 200
    assert post(site, service, event | {"more": "x" * (room + 1)}).status_code == 413


@pytest.mark.parametrize("service", SERVICES)
def test_without_a_secret_there_are_no_reports(ledger: Ledger, service: str) -> None:
    with running_site(ledger) as site:
        answer = post(site, service, named(service, "created"))
    assert (answer.status_code, answer.json()) == (404, {"detail": "events are not configured"})


def test_the_service_itself_can_read_none_of_it(here: Rig) -> None:
    with here.server.connect("web") as connection, pytest.raises(Exception, match="permission denied"):
        connection.execute("SELECT FROM booking_event")
    with here.server.connect("web") as connection, pytest.raises(Exception, match="permission denied"):
        connection.execute("SELECT end_sequences(%s, '{}', '', '', now())", (uuid4(),))
