"""Commands about one person: `why`, `export`."""

from __future__ import annotations

from dataclasses import asdict

import typer

from flows import settings, wiring
from flows.domain.history import history, standing
from flows.domain.person import Person, spellings
from flows.settings import Settings
from services.cli.options import Address, Json, clock, print_json


def why(address: Address, *, as_json: Json = False) -> None:
    """Everything that happened to a person and everything that will, in sentences with times.

    Example: campaigns why anna@example.com
    """
    found = settings.load()
    person, now = _person(found, address), wiring.utc_now()
    flows = {campaign.flow: name for name, campaign in wiring.build(found).campaigns.items()}
    told, stands = history(person, flows, now), standing(person)
    if as_json:
        print_json({"email": person.email, "history": told, "now": stands})
        return
    for one in told:
        if not one.ahead:
            print(f"{clock(one.at, found.timezone)}  {one.said}")
    print(f"{clock(now, found.timezone)}  Now. {' '.join(stands)}")
    for one in told:
        if one.ahead:
            print(f"{clock(one.at, found.timezone)}  {one.said}")


def export(address: Address) -> None:
    """All data that the ledger holds on a person, as JSON (GDPR, articles 15 and 20).

    The person's runs in Prefect have the ids of the signups, and the same parameters; the page in Notion has its
    id in the enrolment and shows nothing that is not here.

    Example: campaigns export anna@example.com > anna.json
    """
    print_json(asdict(_person(settings.load(), address)))


def _person(found: Settings, address: str) -> Person:
    person = wiring.people(found).find(spellings(address))
    if not person.known and not person.erased_at:
        print("Nobody with this address is in the ledger.")
        raise typer.Exit(1)
    return person
