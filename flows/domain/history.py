"""What happened to a person and what will, in sentences with times."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from flows.domain.person import Person, Row

#: A signup whose run should have enrolled the person by then.
ENROLLED_BY = timedelta(minutes=10)

#: What the rows of other tables tell better.
_TOLD_ELSEWHERE = {"enrolled", "confirmed"}
_OPEN = {"scheduled", "sending", "held"}


@dataclass(frozen=True)
class Told:
    """One sentence, when it became or becomes true, and whether that is still to come."""

    at: datetime
    said: str
    ahead: bool = False


def history(person: Person, flows: Mapping[str, str], now: datetime) -> list[Told]:
    """All of it, in the order of time.

    Args:
        flows: the flows' names, and the campaign of each.
    """
    told = [*_signups(person, flows, now), *_enrolments(person), *_decisions(person), *_suppressions(person)]
    told += [*_consents(person), *(_mail(row, now) for row in person.messages), *_reports(person)]
    told += [_notice(row) for row in person.notices]
    return sorted(told, key=lambda one: one.at)


def standing(person: Person) -> list[str]:
    """How it stands with the person now."""
    said = [f"Nobody mails this address: {row['reason']}." for row in person.suppressions]
    if person.erased_at:
        said.append(f"Erased on {person.erased_at:%Y-%m-%d}: only a digest was kept, and nobody mails them.")
    said += [
        f"At most one mail a week, as the person asked on {row['weekly_since']:%Y-%m-%d}."
        for row in person.contacts
        if row.get("weekly_since")
    ]
    for row in person.enrolments:
        left = sum(m["enrolment_id"] == row["id"] and m["state"] in _OPEN for m in person.messages)
        ended = f"; ended: {row['end_reason']}" if row["ended_at"] else ""
        place = f"In {row['campaign']}, version {row['version']}, {row['segment']}"
        said.append(f"{place}: {_to_come(row, left)}{ended}.")
    return said


def _to_come(place: Row, left: int) -> str:
    if place["waits_for"] == "confirmation" and not place["ended_at"]:
        return f"waits until {place['confirm_by']:%Y-%m-%d %H:%M} UTC for the person's confirmation"
    return f"{left} mail{'s' * (left != 1)} to come"


def _signups(person: Person, flows: Mapping[str, str], now: datetime) -> Iterator[Told]:
    places = {row["campaign"] for row in person.enrolments}
    for row in person.signups:
        yield Told(row["created_at"], f"Signed up on the website ({row['flow']}, run {row['id']}).")
        if row["handed_over_at"] is None:
            yield Told(
                now, f"The signup waits to be handed to Prefect; tries that failed: {row['failures']}."
            )
        elif flows.get(row["flow"]) not in places and now - row["handed_over_at"] > ENROLLED_BY:
            yield Told(
                now,
                f"The signup's run has enrolled nobody: look at it in Prefect, then campaigns retry {row['id']}.",
            )


def _enrolments(person: Person) -> Iterator[Told]:
    for row in person.enrolments:
        mails = sum(m["enrolment_id"] == row["id"] and m["step"] > 0 for m in person.messages)
        planned = "asked to confirm" if row["waits_for"] == "confirmation" else f"{mails} mails"
        said = f"Enrolled in {row['campaign']} as {row['segment']}: {planned}, times by {row['timezone']}."
        yield Told(row["created_at"], said)


def _consents(person: Person) -> Iterator[Told]:
    for row in person.consents:
        if row["act"] == "confirmed":
            yield Told(row["at"], f"Confirmed by the link of the mail, {row['campaign']}: “{row['words']}”.")
            continue
        where = row["page"] or row["origin"]
        said = f"Agreed to wording {row['wording']}, {row['campaign']}{f', on {where}' if where else ''}"
        yield Told(row["at"], f"{said}: “{row['words']}”.")


def _decisions(person: Person) -> Iterator[Told]:
    for row in person.audit:
        if row["action"] in _TOLD_ELSEWHERE:
            continue
        detail = f": {row['detail'].rstrip('.')}" if row["detail"] else ""
        yield Told(row["at"], f"{row['action'][0].upper()}{row['action'][1:]} (by {row['actor']}){detail}.")


def _suppressions(person: Person) -> Iterator[Told]:
    """Those that came before the person did; the others stand in `audit`."""
    noted = {row["at"] for row in person.audit if row["action"] == "suppressed"}
    for row in person.suppressions:
        if row["created_at"] not in noted:
            said = f"Put on the list of addresses that nobody mails (by {row['source']}): {row['reason']}."
            yield Told(row["created_at"], said)


def _mail(row: Row, now: datetime) -> Told:
    which = f"Mail {row['step']} of" if row["step"] > 0 else "The mail that asks for the confirmation,"
    name = f"{which} {row['campaign']} ({row['mail']})"
    because = _because(row)
    match row["state"]:
        case "sent":
            return Told(row["sent_at"], f"{name} left, “{row['subject']}”, in the wording {row['wording']}.")
        case "held":
            return Told(row["first_attempt_at"] or row["due_at"], f"{name} is held for a person{because}.")
        case "skipped" if row["reason"] == "preview":
            return Told(row["due_at"], f"{name} was written and kept: there is no RESEND_API_KEY.")
        case "skipped" | "failed":
            return Told(row["due_at"], f"{name} does not leave{because}.", row["due_at"] > now)
        case state:
            at = max(row["due_at"], row["next_attempt_at"] or row["due_at"])
            tried = f", tried {row['attempts']} times" if state == "sending" else ""
            return Told(at, f"{name} {'will leave' if at > now else 'is due'}{tried}{because}.", at > now)


def _notice(row: Row) -> Told:
    """Whether the operator heard of them as a lead: by mail and by webhook, each by itself."""
    what = f"of this lead of {row['campaign']} by {row['channel']}"
    because = _because(row)
    match row["state"]:
        case "sent":
            return Told(row["sent_at"], f"The operator was told {what}.")
        case "waiting":
            return Told(row["made_at"], f"The operator is to be told {what}{because}.")
        case _:
            return Told(row["made_at"], f"The operator was not told {what}{because}.")


def _because(row: Row) -> str:
    return f": {row['reason'].rstrip('.')}" if row["reason"] else ""


def _reports(person: Person) -> Iterator[Told]:
    steps = {
        row["id"]: f"mail {row['step']} of {row['campaign']}" if row["step"] > 0
        else f"the mail that asks for the confirmation, {row['campaign']}"
        for row in person.messages
    }  # fmt: skip
    for row in person.events:
        what = row["type"].removeprefix("email.").replace("_", " ")
        which = steps.get(row["message_id"], "a mail that is not in the ledger")
        yield Told(
            row["occurred_at"] or row["received_at"], f"Resend reported {which}: {what}{_bounce(row)}."
        )


def _bounce(row: Row) -> str:
    bounce = (row["payload"].get("data") or {}).get("bounce") or {}
    parts = [bounce.get("type"), bounce.get("subType"), bounce.get("message")]
    return f" ({', '.join(filter(None, parts))})" if any(parts) else ""
