"""`erase`: a person goes, with a receipt."""

from __future__ import annotations

from typing import Annotated

import typer

from flows import settings, wiring
from flows.domain.person import spellings
from flows.domain.receipt import Receipt
from flows.erasing import Places
from flows.erasing import erase as erased
from flows.prefect_runs import connected
from flows.settings import Settings
from services.cli.options import Address, Json, Yes, print_json


def erase(
    address: Address,
    *,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Erase the ledger even if Prefect or Notion could not be asked.")
    ] = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Remove everything of a person: from the ledger, Prefect's runs, Notion and Resend's contacts.

    Prints a receipt: what was removed where, and what could not be. What is kept is a digest of the address, so
    that nobody mails it again even if somebody signs it up. Exit code 1: something is left to try again.

    Example: campaigns erase anna@example.com
    """
    addresses = spellings(address)
    if not yes:
        typer.confirm(f"Erase all that is held of {addresses[0]}, for ever?", abort=True)
    done = erased(_places(settings.load()), addresses, wiring.utc_now(), anyway=anyway)
    if as_json:
        print_json({"at": done.at, "complete": done.complete, "entries": done.entries})
    else:
        print(_written(done))
    if not done.complete:
        raise typer.Exit(1)


def _places(found: Settings) -> Places:
    return Places(
        people=wiring.people(found),
        office=wiring.office(found),
        runs=connected,
        notion=wiring.notion_office(found),
        resend=wiring.resend_account(found),
    )


def _written(done: Receipt) -> str:
    lines = [f"{entry.outcome:<8} {entry.place:<8} {entry.said.rstrip('.')}." for entry in done.entries]
    end = "Erased." if done.complete else "Not all of it: mend what failed and run this again."
    return "\n".join([f"Receipt of {done.at:%Y-%m-%d %H:%M} UTC", *lines, end])
