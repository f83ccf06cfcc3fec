"""`retry`: what failed tries again: a mail, or a signup that has enrolled nobody."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import typer

from flows import settings, wiring
from flows.adapters.strays import Stray, Strays
from flows.prefect_runs import Runs, connected
from flows.settings import Settings
from services.cli.options import Json, Yes, print_json

Ids = Annotated[
    list[UUID] | None, typer.Argument(help="Of mails as `campaigns held` prints them, or of signups.")
]


def retry(
    ids: Ids = None,
    *,
    signups: Annotated[
        bool, typer.Option("--signups", help="Every signup whose run has enrolled nobody.")
    ] = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Try again: a mail that is held or has failed, or a signup whose run failed before the person was enrolled.

    Without ids it lists the signups that can be tried again. A signup that runs twice enrols and mails once; of a
    mail look first at Resend whether it has left: after 24 hours Resend forgets what it took.

    Example: campaigns retry 0d3c7f6e-5b7e-4a53-9a51-2f0f4f8f6f11
    """
    found = settings.load()
    strays, now = wiring.strays(found), wiring.utc_now()
    astray = {stray.id: stray for stray in strays.strays(_flows(found), now)}
    if not ids and not signups:
        _list(list(astray.values()), as_json=as_json)
        return
    chosen = list(astray) if signups else list(ids or [])
    done = {str(one): _signup(strays, one, now) for one in chosen if one in astray}
    done |= _mails(found, [one for one in chosen if one not in astray], now, yes=yes)
    if as_json:
        print_json(done)
    else:
        print("\n".join(f"{one}  {said}" for one, said in done.items()) or "There is nothing to try again.")
    if any(said.startswith("not ") for said in done.values()):
        raise typer.Exit(1)


def _flows(found: Settings) -> dict[str, str]:
    return {campaign.flow: name for name, campaign in wiring.build(found).campaigns.items()}


def _list(astray: list[Stray], *, as_json: bool) -> None:
    if as_json:
        print_json(astray)
        return
    for stray in astray:
        print(f"{stray.id}  {stray.flow}, signed up {stray.created_at:%Y-%m-%d %H:%M} UTC")
    print(
        f"{len(astray)} signups have enrolled nobody. Look at the run in Prefect, then: campaigns retry ID."
    )


def _signup(strays: Strays, signup: UUID, now: datetime) -> str:
    with connected() as runs:
        return _run(runs, strays, signup, now)


def _run(runs: Runs, strays: Strays, signup: UUID, now: datetime) -> str:
    match runs.again(signup):
        case "again":
            return "the run is scheduled once more"
        case "gone":
            strays.hand_over_again(signup, now)
            return "Prefect has forgotten the run; it is made anew"
        case _:
            return "not tried again: the run is still under way"


def _mails(found: Settings, ids: list[UUID], now: datetime, *, yes: bool) -> dict[str, str]:
    if not ids:
        return {}
    if not yes:
        typer.confirm(
            f"Send {len(ids)} mails, and you have looked at Resend that they did not leave?", abort=True
        )
    office = wiring.office(found)
    said = {
        True: "the mail leaves with the next run",
        False: "not tried again: neither a held mail nor such a signup",
    }
    return {str(one): said[office.release([one], now) > 0] for one in ids}
