"""Which figures a person should know of: each rule with its threshold, and where that comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from flows.domain.campaign import Window
from flows.domain.finding import Finding, fail, off, warn
from flows.domain.sequence import next_open
from flows.domain.vitals import Mailing, Mirroring, Overdue, Rate, Vitals

#: Over what time rates are taken: Google mitigates nothing before 7 days below its limit
#: (support.google.com/a/answer/14229414, "Email sender guidelines FAQ").
RATES_OVER = timedelta(days=7)
#: Google's limits for senders: stay below 0.1 % of complaints, never reach 0.3 % (support.google.com/mail/answer/81126).
COMPLAINTS_WARN, COMPLAINTS_BRAKE = 0.001, 0.003
#: One complaint says nothing of a rate: with fewer than 1,000 mails it alone would be over the limit.
COMPLAINTS_AT_LEAST = 2
#: And sending stops for nothing less than this: one angry person of twenty must not stop everybody's mail.
BRAKE_COMPLAINTS_AT_LEAST, BRAKE_SENT_AT_LEAST = 3, 100
#: Half of the 4 % at which Resend stops an account (resend.com/docs, "Account quotas and limits").
BOUNCES_WARN, BOUNCES_AT_LEAST = 0.02, 3
#: How long something may fail, or be late, before a person is told: providers mend most things by themselves.
PATIENCE = timedelta(hours=1)
#: A letter that is put off for longer than this is so on purpose: a used-up quota, a window that is closed.
PUT_OFF = timedelta(hours=1)


def alarms(vitals: Vitals, windows: Mapping[str, Window | None], now: datetime) -> list[Finding]:
    """What is wrong, each on a line of its own; `off` where nobody can tell at the moment.

    Args:
        windows: of each campaign that there is.
    """
    found = [*_brakes(vitals), *_held(vitals.held), *_complaints(vitals), *_bounces(vitals.week)]
    found += [*_resend(vitals.mailing, now), *_notion(vitals.mirroring, now), *_signups(vitals.strays)]
    braked = any(one.line in ("brake", "doctor") for one in found)
    explained = braked or _failing(vitals.mailing) is not None
    return found + list(_silent(vitals, windows, now, explained=explained))


def reason_to_brake(rate: Rate) -> str | None:
    """Why no campaign mail may leave any more, by what became of those that were sent; None if it may."""
    few = rate.complained < BRAKE_COMPLAINTS_AT_LEAST or rate.sent < BRAKE_SENT_AT_LEAST
    if few or rate.complained / rate.sent < COMPLAINTS_BRAKE:
        return None
    return (
        f"{_share(rate.complained, rate.sent)} complained within {RATES_OVER.days} days; the limit is 0.3 %"
    )


def _brakes(vitals: Vitals) -> Iterator[Finding]:
    if vitals.complaint_brake:
        do = "Find out what people complain about, mend it, then campaigns release-brake"
        yield fail("brake", f"no campaign mail leaves: {vitals.complaint_brake}", do)
    if vitals.doctors_brake:
        said = f"no campaign mail leaves: {vitals.doctors_brake}"
        yield fail("doctor", said, "Mend what it names, then run campaigns doctor")


def _held(held: Mapping[str, int]) -> Iterator[Finding]:
    if held:
        campaigns = ", ".join(f"{count} of {name}" for name, count in sorted(held.items()))
        do = "campaigns held names each with its reason; then campaigns release or drop"
        yield warn("held", f"mails wait for a person: {campaigns}", do)


def _complaints(vitals: Vitals) -> Iterator[Finding]:
    rate = vitals.since_release
    if rate.complained >= COMPLAINTS_AT_LEAST and rate.complained / max(rate.sent, 1) >= COMPLAINTS_WARN:
        said = f"{_share(rate.complained, rate.sent)} complained within {RATES_OVER.days} days"
        do = "Look at who gets mail, and how soon and often. With 0.3 % and 3 people all campaign mail stops"
        yield warn("complaints", f"{said}; they should stay below 0.1 %", do)


def _bounces(rate: Rate) -> Iterator[Finding]:
    if rate.bounced >= BOUNCES_AT_LEAST and rate.bounced / max(rate.sent, 1) >= BOUNCES_WARN:
        said = f"{_share(rate.bounced, rate.sent)} bounced within {RATES_OVER.days} days"
        do = "Look where the addresses come from: a form without a check, a robot, a bought list"
        yield warn("bounces", f"{said}; they should stay below 2 %", do)


def _resend(mailing: Mailing, now: datetime) -> Iterator[Finding]:
    failing = _failing(mailing)
    if failing and now - failing[0] >= PATIENCE:
        since, why = failing
        do = "See status.resend.com and resend.com; mails wait, and leave when it takes them again"
        yield fail("Resend", f"no mail has left since {_clock(since)}: {why or 'no answer'}", do)


def _failing(mailing: Mailing) -> tuple[datetime, str | None] | None:
    """Since when and why the provider takes nothing; None if nothing has failed, or a mail has left since."""
    for since, last, why in (
        (mailing.refusing_since, mailing.refused_at, mailing.refusal),
        (mailing.unanswered_since, mailing.unanswered_since, mailing.unanswered),
    ):
        if since and last and not (mailing.taken_at and mailing.taken_at > last):
            return since, why
    return None


def _notion(mirroring: Mirroring, now: datetime) -> Iterator[Finding]:
    if mirroring.since and now - mirroring.since >= PATIENCE:
        said = (
            f"behind with {mirroring.count}, the longest since {_clock(mirroring.since)}: {mirroring.reason}"
        )
        yield warn("Notion", said, "Mend what it says; campaigns doctor looks. Mail does not wait for it")


def _signups(strays: int) -> Iterator[Finding]:
    if strays:
        said = f"{strays} signup{'s' * (strays != 1)} for over an hour whose run has enrolled nobody"
        yield fail("signups", said, "See campaigns status; campaigns retry")


def _silent(
    vitals: Vitals, windows: Mapping[str, Window | None], now: datetime, *, explained: bool
) -> Iterator[Finding]:
    """Campaigns of which letters are overdue while none leaves. While another line explains it, nobody can tell."""
    for campaign in sorted({row.campaign for row in vitals.overdue} & windows.keys()):
        rows = [row for row in vitals.overdue if row.campaign == campaign]
        line = f"silent: {campaign}"
        late = [row for row in rows if _is_late(row, windows[campaign], now)]
        if explained or not any(_is_open(row, windows[campaign], now) for row in rows):
            yield off(line, "its window is closed, or another line explains it")
        elif late and campaign not in vitals.sent_lately:
            yield _silence(line, late)


def _silence(line: str, late: list[Overdue]) -> Finding:
    count, oldest = sum(row.count for row in late), min(row.oldest for row in late)
    why = next((row.reason for row in late if row.reason), "no reason is known")
    said = f"{count} mail{'s' * (count != 1)} should have left, the oldest on {_clock(oldest)}, and none does: {why}"
    return fail(
        line, said, "See campaigns doctor, and the runs of send-due in Prefect's UI; make logs, worker"
    )


def _is_open(row: Overdue, window: Window | None, now: datetime) -> bool:
    return row.prompt or next_open(window, now, ZoneInfo(row.timezone)) <= now


def _is_late(row: Overdue, window: Window | None, now: datetime) -> bool:
    """Whether it could have left for an hour, or for half of a shorter window."""
    if not _is_open(row, window, now):
        return False
    if row.prompt or window is None:
        return now - row.oldest >= PATIENCE
    zone = ZoneInfo(row.timezone)
    day = now.astimezone(zone).date()
    opened, closes = (datetime.combine(day, at, zone).astimezone(UTC) for at in (window.opens, window.closes))
    return now - max(row.oldest, opened) >= min(PATIENCE, (closes - opened) / 2)


def _share(some: int, of: int) -> str:
    return f"{some} of {of} mails ({100 * some / max(of, 1):.2f} %)"


def _clock(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
