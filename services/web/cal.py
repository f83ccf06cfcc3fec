"""`POST /events/cal`: what Cal.com reports of calls, signed over the raw body.

The shapes are those of cal.com/docs, "Webhooks", as of November 2026.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from pydantic import AwareDatetime, Field

from flows.domain.words import Occasion
from services.web.bookings import Call, Reported, Service, is_hex_signature, parsed
from services.web.errors import Refusal

#: Cal.com signs no time of sending, only the time at which the report was made. One may be late, not ancient.
OLDEST = timedelta(days=1)

_NO_SHOW = "BOOKING_NO_SHOW_UPDATED"
_OCCASIONS: dict[str, Occasion] = {
    "BOOKING_CREATED": "booked",
    "BOOKING_RESCHEDULED": "rescheduled",
    "BOOKING_CANCELLED": "cancelled",
}


class _Attendee(Reported):
    email: str | None = None
    no_show: bool = Field(default=False, alias="noShow")


class _Booking(Reported):
    uid: str
    attendees: tuple[_Attendee, ...]


class _MissedBooking(_Booking):
    uid: str = Field(alias="bookingUid")


class _Report(Reported):
    trigger: str = Field(alias="triggerEvent")
    created_at: AwareDatetime = Field(alias="createdAt")


class _WithBooking(_Report):
    payload: _Booking


class _WithMissedBooking(_Report):
    payload: _MissedBooking


def is_signed(key: bytes, headers: Mapping[str, str], body: bytes, _: datetime) -> bool:
    return is_hex_signature(headers.get("x-cal-signature-256", ""), key, body)


def read(body: bytes, now: datetime) -> Call:
    """What a report says. One of a kind that means nothing here may have any payload.

    Raises:
        Refusal: 422 for a report of another shape, 401 for one that is too old.
    """
    report = parsed(_Report, body)
    if now - report.created_at > OLDEST:
        raise Refusal(401, "the report is too old")
    if report.trigger == _NO_SHOW:
        return _missed(report, parsed(_WithMissedBooking, body).payload)
    if report.trigger not in _OCCASIONS:
        return Call(type=report.trigger, occurred_at=report.created_at)
    booking = parsed(_WithBooking, body).payload
    return _call(report, _OCCASIONS[report.trigger], booking, booking.attendees)


def _missed(report: _Report, booking: _MissedBooking) -> Call:
    """The report comes for each change of the mark, so that it may also say that somebody was there after all."""
    missing = tuple(attendee for attendee in booking.attendees if attendee.no_show)
    return _call(report, "no-show" if missing else "no-show-undone", booking, missing or booking.attendees)


def _call(report: _Report, occasion: Occasion, booking: _Booking, concerned: tuple[_Attendee, ...]) -> Call:
    addresses = tuple(attendee.email for attendee in concerned if attendee.email)
    return Call(
        type=report.trigger,
        occurred_at=report.created_at,
        occasion=occasion,
        booking=booking.uid,
        addresses=addresses,
    )


CAL = Service("Cal.com", is_signed, read)
