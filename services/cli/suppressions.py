"""Addresses that must not be mailed: `stop`, and `suppressions` with its own commands."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from flows import settings, wiring
from flows.adapters.office import Suppression
from flows.domain import suppression_csv
from flows.domain.address import deliverable
from services.cli.options import Address, Json, print_json

app = typer.Typer(no_args_is_help=True, help="The list of addresses that must not be mailed.")


def stop(address: Address, *, as_json: Json = False) -> None:
    """Nobody mails this address any more, in no campaign. `resume` takes it back.

    Example: campaigns stop anna@example.com
    """
    news = wiring.office(settings.load()).stop(deliverable(address), wiring.utc_now())
    if as_json:
        print_json({"news": news})
    else:
        print("Stopped." if news else "It was stopped before.")


@app.command("export")
def export() -> None:
    """The whole list as CSV, to standard output.

    Example: campaigns suppressions export > suppressions.csv
    """
    found = wiring.office(settings.load()).suppressions()
    print(suppression_csv.write((s.email, s.reason, s.source, s.created_at) for s in found), end="")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A CSV file, or - for standard input.")],
    *,
    as_json: Json = False,
) -> None:
    """Take over a list from CSV: whole, or not at all if a line is wrong. The first line names the columns.

    Example: campaigns suppressions import - < suppressions.csv
    """
    text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    rows = suppression_csv.read(text, wiring.utc_now())
    entries = [Suppression(email=e, reason=r, source=s, created_at=at) for e, r, s, at in rows]
    new = wiring.office(settings.load()).suppress_all(entries)
    if as_json:
        print_json({"read": len(rows), "new": new})
    else:
        print(f"{len(rows)} addresses read, {new} new.")


@app.command("lift")
def lift(
    address: Address,
    because: Annotated[str, typer.Option(help="Who wants it, and how you know.")],
    *,
    as_json: Json = False,
) -> None:
    """Mail an address again, because the person wants it. It is noted. What was skipped stays skipped.

    Example: campaigns suppressions lift anna@example.com --because "asked for it by mail on 3 December"
    """
    lifted = wiring.office(settings.load()).lift(deliverable(address), because, wiring.utc_now())
    if as_json:
        print_json({"lifted": lifted})
    else:
        print("Lifted." if lifted else "It was not on the list.")
