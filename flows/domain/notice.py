"""One message to the operator: of an alert, of a day, or of a lead who should hear from a person soon."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from flows.domain.message import Words
from flows.domain.sheet import Part, Sheet, Table, sheet

#: The ways to the operator. Each notice goes each way by itself: none waits for another.
CHANNELS = ("mail", "webhook")
#: What has not left by then is old news, and is given up.
GIVEN_UP_AFTER = timedelta(days=7)
#: Resend forgets a key after 24 hours: a mail whose fate is unknown is not tried again later than this.
TRIES_END = timedelta(hours=23)
#: The next look tries again what has failed.
NEXT_TRY = timedelta(minutes=5)

_MARKS = {"warn": "Warning", "fail": "Alert"}


@dataclass(frozen=True, kw_only=True)
class Notice:
    """A row of the ledger with what it is about: an alert's columns, or a lead's, or a digest's day."""

    id: UUID
    kind: str
    channel: str
    made_at: datetime
    body: Mapping[str, Any] | None
    first_attempt_at: datetime | None
    attempts: int
    day: Any
    line: str | None
    state: str | None
    said: str | None
    remedy: str | None
    began_at: datetime | None
    ended_at: datetime | None
    enrolment_id: UUID | None
    campaign: str | None
    segment: str | None
    email: str | None
    entered_at: datetime | None
    answers: Mapping[str, Any] | None


def notice_id(subject: UUID, what: str, channel: str) -> UUID:
    """Follows from what it tells and by which way: told again, it is the same one."""
    return uuid5(subject, f"{what} {channel}")


def reason_to_give_up(notice: Notice, now: datetime) -> str | None:
    """Why this notice is not tried any more; None if it is."""
    if now - notice.made_at >= GIVEN_UP_AFTER:
        return f"it did not leave within {GIVEN_UP_AFTER.days} days"
    tried = notice.first_attempt_at
    if tried and notice.channel == "mail" and now - tried >= TRIES_END:
        return "tried for 23 hours, and nobody knows whether it left"
    return None


def alert_words(notice: Notice, zone: ZoneInfo) -> Sheet:
    """The mail of an alert: what it is, since when, what to do."""
    assert notice.began_at is not None
    rows = [["since", _clock(notice.began_at, zone)]]
    rows += [["until", _clock(notice.ended_at, zone)]] if notice.kind == "over" and notice.ended_at else []
    parts: list[Part] = [_sentence(notice.said), Table(rows)]
    if notice.kind != "over":
        parts += [f"What to do: {notice.remedy}."]
        parts += ["You hear of it again each day while it lasts, and once when it is over."]
    parts.append("docs/alerts.md says what each alert means.")
    return sheet(_headline(notice), parts)


def lead_words(notice: Notice, zone: ZoneInfo, names: Iterable[str]) -> Sheet:
    """The mail of a lead: what they said. An answer to it goes to them. The subject names nobody.

    Args:
        names: of the campaign's parameters, in their order.
    """
    assert notice.entered_at is not None
    answers = notice.answers or {}
    said = {name: answers[name] for name in (*names, *answers) if answers.get(name) is not None}
    rows = [[name.replace("_", " "), str(value)] for name, value in said.items()]
    entered = f"{notice.segment} entered {notice.campaign} on {_clock(notice.entered_at, zone)}"
    return sheet(
        f"{notice.segment} lead in {notice.campaign}",
        [
            f"Somebody who is {entered}. Answer this mail to write to them.",
            Table(rows or [["email", notice.email or ""]]),
            f"All that happened: campaigns why {notice.email}",
        ],
    )


def compose(words: Words, notice: Notice, *, to: str, sender: str) -> dict[str, Any]:
    """The body of Resend's `POST /emails`. No link to stop: it goes to the operator, who has asked for it."""
    return {
        "from": sender,
        "to": [to],
        **({"reply_to": notice.email} if notice.email else {}),
        "subject": words.subject,
        "html": words.html,
        "text": words.text,
        "tags": [{"name": "notice", "value": notice.kind}],
    }


def payload(notice: Notice) -> dict[str, Any]:
    """What the webhook gets: JSON without anybody's data but ids. Slack shows `text`, Discord `content`."""
    if notice.kind == "lead":
        said = f"{notice.segment} lead in {notice.campaign}: enrolment {notice.enrolment_id}"
        about: dict[str, Any] = {
            "campaign": notice.campaign,
            "segment": notice.segment,
            "enrolment": str(notice.enrolment_id),
        }
    else:
        said = f"{_headline(notice)}: {_sentence(notice.said)}"
        about = {
            "alert": notice.line,
            "level": notice.state,
            "said": notice.said,
            "do": notice.remedy,
            "began_at": _iso(notice.began_at),
            "ended_at": _iso(notice.ended_at),
        }
    return {"id": str(notice.id), "kind": notice.kind, **about, "text": said, "content": said[:1900]}


def _headline(notice: Notice) -> str:
    mark = _MARKS.get(notice.state or "", "Alert")
    match notice.kind:
        case "over":
            return f"Over: {notice.line}"
        case "lasts":
            return f"{mark}, still: {notice.line}"
        case _:
            return f"{mark}: {notice.line}"


def _sentence(words: str | None) -> str:
    found = (words or "").rstrip(".")
    return f"{found[:1].upper()}{found[1:]}." if found else ""


def _clock(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%a %d %b %Y %H:%M")


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
