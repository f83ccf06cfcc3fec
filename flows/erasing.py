"""A person is erased: first out there, by what the ledger knows of them, then in the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from flows.adapters.notion import NotionAway, NotionRefused
from flows.adapters.notion_office import NotionOffice
from flows.adapters.office import Office
from flows.adapters.people import People
from flows.adapters.resend_account import AccountAway, AccountRefused, ResendAccount
from flows.domain.person import Person
from flows.domain.receipt import Entry, Receipt, failed, receipt, removed
from flows.prefect_runs import PrefectAway, Runs

LEDGER, PREFECT, NOTION, RESEND, BACKUPS = "ledger", "Prefect", "Notion", "Resend", "backups"
OPERATOR = "operator's mailbox"


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where something of a person may be. Without an account there is nothing to ask."""

    people: People
    office: Office
    runs: Callable[[], AbstractContextManager[Runs]]
    notion: NotionOffice | None
    resend: ResendAccount | None


def erase(places: Places, addresses: Sequence[str], now: datetime, *, anyway: bool) -> Receipt:
    """Remove everything that is held of whoever has this address; what is left is a digest for suppression.

    Mail stops first. The ledger goes last: by it the others are found, so it stays while Prefect or Notion
    could not be asked, unless `anyway` says otherwise. Safe to repeat.
    """
    places.office.stop(addresses[0], now)
    places.people.unmirror(addresses)  # or a page thrown away here would be made anew
    person = places.people.find(addresses)
    entries = [_prefect(places, person), _notion(places, addresses, person), _resend(places, addresses)]
    unfound = [entry for entry in entries if entry.outcome == "failed" and entry.place != RESEND]
    if unfound and not anyway:
        said = "nothing yet: by it the others are found. Nobody mails the address meanwhile. Run this again"
        return receipt(now, [*entries, Entry(place=LEDGER, outcome="failed", said=said)])
    return receipt(now, [*entries, *_ledger(places, addresses, now), *_proof(person), *_beyond(person)])


def _prefect(places: Places, person: Person) -> Entry:
    ids = {row["id"] for row in person.signups} | {row["signup_id"] for row in person.enrolments}
    try:
        with places.runs() as runs:
            return removed(PREFECT, runs.erase(sorted(ids)), "flow runs with parameters, logs and artifacts")
    except PrefectAway as away:
        return failed(PREFECT, away)


def _notion(places: Places, addresses: Sequence[str], person: Person) -> Entry:
    pages = [row["notion_page_id"] for row in person.enrolments if row["notion_page_id"]]
    if places.notion is None:
        if not pages:
            return removed(NOTION, 0, "page: there is no account")
        said = f"NOTION_TOKEN is not set, and these pages are known: {', '.join(pages)}. Remove them by hand"
        return Entry(place=NOTION, outcome="failed", said=said)
    try:
        what = "pages, emptied and in the trash, from which Notion removes them after 30 days"
        return removed(NOTION, places.notion.erase(addresses, pages), what)
    except (NotionAway, NotionRefused) as error:
        return failed(NOTION, error)


def _resend(places: Places, addresses: Sequence[str]) -> Entry:
    if places.resend is None:
        return removed(RESEND, 0, "contact: there is no account")
    try:
        return removed(RESEND, sum(map(places.resend.remove_contact, addresses)), "contacts")
    except AccountRefused as refusal:
        said = f"{refusal} Look for the contact at resend.com/audience"
        return Entry(place=RESEND, outcome="kept" if refusal.sending_only else "failed", said=said)
    except AccountAway as away:
        return failed(RESEND, away)


def _ledger(places: Places, addresses: Sequence[str], now: datetime) -> Iterator[Entry]:
    rows = places.people.erase(addresses, now)
    audited = rows.pop("audit")
    for table, count in rows.items():
        yield removed(LEDGER, count, f"rows of {table}")
    if audited:
        said = f"{audited} rows of audit: what was done and when, no longer to whom"
        yield Entry(place=LEDGER, outcome="kept", said=said)
    said = "a digest of the address, so that nobody mails it again (GDPR, article 17(3)(b))"
    yield Entry(place=LEDGER, outcome="kept", said=said)


def _proof(person: Person) -> Iterator[Entry]:
    """What the ledger could prove until now: the receipt, which names nobody, can do it from here on."""
    for row in person.consents:
        to = f" to wording {row['wording']}" if row["wording"] else ""
        said = f"in this receipt alone: {row['act']}{to}, {row['campaign']}, {row['at']:%Y-%m-%d %H:%M} UTC"
        yield Entry(place=LEDGER, outcome="kept", said=said)


def _beyond(person: Person) -> Iterator[Entry]:
    if any(row["provider_id"] for row in person.messages):
        said = "the mails that were sent stand in Resend's log until its own retention ends; its API removes none"
        yield Entry(place=RESEND, outcome="kept", said=said)
    if any(row["channel"] == "mail" and row["sent_at"] for row in person.notices):
        said = "a notice of the person went to OPERATOR_EMAIL with what they said: delete it in that mailbox"
        yield Entry(place=OPERATOR, outcome="kept", said=said)
    if any(row["reason"] == "preview" for row in person.messages):
        said = "Prefect's events repeat the previews for 7 days, its own retention; its API removes none"
        yield Entry(place=PREFECT, outcome="kept", said=said)
    said = "backups of before hold the person until they are rotated out; after restoring one, run this again"
    yield Entry(place=BACKUPS, outcome="kept", said=said)
