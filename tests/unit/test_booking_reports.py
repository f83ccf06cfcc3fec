"""What Cal.com and Calendly report, read from what they document; and their signatures."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from services.web.bookings import Service
from services.web.cal import CAL
from services.web.calendly import CALENDLY
from services.web.errors import Refusal
from tests.bookings import SECRET, report, signed
from tests.desk import EMAIL, NOW

KEY, BODY = SECRET.encode(), '{"name": "Jörg"}'.encode()
SERVICES = {"cal": CAL, "calendly": CALENDLY}
UID = "w4hVn1qkZpT8sYdRb2mXcJ"
INVITEE = "https://api.calendly.com/scheduled_events/5a3f0c9e-0000-4000-8000-00000000e001/invitees/1111-aaaa"


def read(service: Service, body: object) -> Any:
    return service.read(json.dumps(body).encode(), NOW)


def is_signed(service: str, headers: dict[str, str], body: bytes = BODY) -> bool:
    sent = {name.lower(): value for name, value in headers.items()}
    return SERVICES[service].is_signed(KEY, sent, body, NOW)


@pytest.mark.parametrize(
    ("name", "occasion"),
    [
        ("cal_created", "booked"),
        ("cal_rescheduled", "rescheduled"),
        ("cal_cancelled", "cancelled"),
        ("cal_no_show", "no-show"),
        ("cal_no_show_undone", "no-show-undone"),
        ("calendly_created", "booked"),
        ("calendly_rescheduled", "rescheduled"),
        ("calendly_canceled", "cancelled"),
        ("calendly_canceled_by_rescheduling", None),
        ("calendly_no_show", "no-show"),
        ("calendly_no_show_undone", "no-show-undone"),
    ],
)
def test_both_services_say_the_same_in_our_words(name: str, occasion: str | None) -> None:
    call = read(SERVICES[name.split("_", maxsplit=1)[0]], report(name))
    assert (call.occasion, call.addresses) == (occasion, (EMAIL,))


@pytest.mark.parametrize(
    ("name", "booking"), [("cal_created", UID), ("cal_no_show", UID), ("calendly_created", INVITEE)]
)
def test_a_report_names_its_booking(name: str, booking: str) -> None:
    assert read(SERVICES[name.split("_", maxsplit=1)[0]], report(name)).booking == booking


def test_of_several_guests_only_who_was_missing_was_missing() -> None:
    attendees = [{"email": "a@lead.example", "noShow": False}, {"email": "b@lead.example", "noShow": True}]
    call = read(CAL, report("cal_no_show", attendees=attendees))
    assert (call.occasion, call.addresses) == ("no-show", ("b@lead.example",))


@pytest.mark.parametrize(
    ("service", "event"),
    [
        (CAL, {"triggerEvent": "PING", "createdAt": NOW.isoformat()}),
        (CAL, {"triggerEvent": "MEETING_ENDED", "createdAt": NOW.isoformat(), "payload": 7}),
        (
            CALENDLY,
            {"event": "routing_form_submission.created", "created_at": NOW.isoformat(), "payload": {}},
        ),
    ],
)
def test_a_report_of_another_kind_means_nothing_whatever_it_holds(service: Service, event: object) -> None:
    assert read(service, event).occasion is None


@pytest.mark.parametrize(
    ("service", "event", "named"),
    [
        (CAL, [], "the body"),
        (CAL, {}, "createdAt, triggerEvent"),
        (CAL, report("cal_created") | {"createdAt": "yesterday"}, "createdAt"),
        (CAL, report("cal_created") | {"createdAt": "2026-12-01T09:29:30"}, "createdAt"),
        (CAL, report("cal_created", attendees=None), "payload.attendees"),
        (CAL, report("cal_created", attendees=["Anna"]), "payload.attendees.0"),
        (CAL, report("cal_created", uid=7), "payload.uid"),
        (CAL, report("cal_no_show", bookingUid=None), "payload.bookingUid"),
        (CALENDLY, {"event": 7, "created_at": NOW.isoformat()}, "event"),
        (CALENDLY, report("calendly_created") | {"payload": None}, "payload"),
        (CALENDLY, report("calendly_created", email=None), "payload.email"),
    ],
)
def test_what_is_not_as_documented_is_refused_by_the_names_of_its_fields(
    service: Service, event: object, named: str
) -> None:
    with pytest.raises(Refusal) as refused:
        read(service, event)
    assert (refused.value.status, refused.value.detail) == (422, f"not as it is documented: {named}")


@pytest.mark.parametrize(("hours", "taken"), [(23, True), (25, False)])
def test_a_report_of_cal_may_be_a_day_late(hours: int, taken: bool) -> None:
    made = report("cal_created") | {"createdAt": (NOW - timedelta(hours=hours)).isoformat()}
    if taken:
        assert read(CAL, made).occasion == "booked"
        return
    with pytest.raises(Refusal, match="401"):
        read(CAL, made)


@pytest.mark.parametrize("service", SERVICES)
def test_what_the_key_signed_is_accepted_and_nothing_else(service: str) -> None:
    assert is_signed(service, signed(service, BODY, NOW))
    assert not is_signed(service, signed(service, BODY, NOW), BODY + b" ")
    assert not is_signed(service, signed(service, BODY, NOW, "another-secret-of-16"))
    assert not is_signed(service, {})


@pytest.mark.parametrize(("late", "accepted"), [(-301, False), (-300, True), (300, True), (301, False)])
def test_a_signature_of_calendly_is_good_for_five_minutes(late: int, accepted: bool) -> None:
    assert is_signed("calendly", signed("calendly", BODY, NOW - timedelta(seconds=late))) is accepted


@pytest.mark.parametrize(
    "change",
    [("t=", "t= "), ("t=", "t=٣"), (",v1=", ",v0="), (",v1=", "&v1="), (",v1=", ",v1=x"), ("t=", "x=1,t=")],
)
def test_another_form_of_calendlys_signature_is_refused(change: tuple[str, str]) -> None:
    [(name, value)] = signed("calendly", BODY, NOW).items()
    assert not is_signed("calendly", {name: value.replace(*change)})


@pytest.mark.parametrize("sent", ["", "no-secret-provided", "ä", "0" * 64])
def test_another_signature_of_cal_is_refused(sent: str) -> None:
    assert not is_signed("cal", {"X-Cal-Signature-256": sent})
