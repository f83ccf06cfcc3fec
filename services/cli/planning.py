"""Commands that change what is planned for people: `resume`, `move`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import typer

from flows import settings, wiring
from flows.adapters.plans import Plans
from flows.desk import Desk
from flows.domain.campaign import Campaign
from flows.domain.person import spellings
from flows.domain.replanning import CannotMove, Moved, Place, moved
from flows.resuming import Resumed
from flows.resuming import resume as resumed
from services.cli.options import Address, Json, Yes, print_json


def resume(
    address: Address,
    because: Annotated[str, typer.Option(help="Who wants it, and how you know.")],
    *,
    missed: Annotated[
        bool, typer.Option("--missed", help="Also the mails whose day has passed: the first at once.")
    ] = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Mail a person again after a stop, because they want it. It is noted with the reason.

    Mails whose day is still to come leave on their day. Those whose day passed meanwhile stay skipped, unless
    you say --missed: then the first goes at once, and all keep their distances. (`suppressions lift` only
    allows mail again and plans none.)

    Example: campaigns resume anna@example.com --because "asked for it by mail on 3 December"
    """
    found = settings.load()
    plans, addresses = wiring.plans(found), spellings(address)
    if stops := plans.stops(addresses):
        _ask(f"It was stopped: {', '.join(stops)}. Does the person want mail again?", yes=yes)
    done = resumed(wiring.build(found), plans, addresses, because, missed=missed)
    if as_json:
        print_json(done)
    else:
        print(_resumed(done))
    for mend in done.to_mend:
        typer.echo(mend, err=True)
    if not done.stops or done.to_mend:
        raise typer.Exit(1)


def move(  # noqa: PLR0913 (an option is an argument)
    address: Annotated[str | None, typer.Argument(help="An e-mail address.")] = None,
    *,
    campaign: Annotated[str, typer.Option(help="The campaign's name: its directory.")],
    everybody: Annotated[
        bool, typer.Option("--all", help="Everybody who is in it under another version.")
    ] = False,
    to: Annotated[int | None, typer.Option(help="The version; only the one in use is at hand.")] = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Move people to the version of the campaign that is in use; without this they keep the steps they signed up for.

    What left, was tried, held or skipped stays as it is, and no mail is sent twice. The rest is planned anew from
    the day of the signup. A mail that is new but stands before what a person has had, or whose day has passed, is
    not made up for. Whoever has stopped is not moved.

    Example: campaigns move anna@example.com --campaign christmas --to 2
    """
    found = settings.load()
    target, plans = _target(wiring.build(found), campaign, to), wiring.plans(found)
    if bool(address) == everybody:
        raise ValueError("Give an address, or --all.")
    places = plans.movable(campaign, target.version, spellings(address) if address else None)
    if places:
        _ask(f"Move {len(places)} people to version {target.version} of {campaign}?", yes=yes)
    done, refusals = _move(plans, places, target)
    if as_json:
        print_json({"moved": done, "refused": refusals})
    else:
        print(
            "\n".join([*(f"{key}  {said}" for key, said in (done | refusals).items()), f"{len(done)} moved."])
        )
    if refusals or not done:
        raise typer.Exit(1)


def _target(desk: Desk, name: str, version: int | None) -> Campaign:
    if name not in desk.campaigns:
        raise ValueError(f"There is no campaign `{name}`; there are: {', '.join(desk.campaigns)}.")
    found = desk.campaigns[name]
    if version not in (None, found.version):
        raise ValueError(
            f"Version {version} of {name} is not here: its files say version {found.version}. "
            f"Check the campaign's files of version {version} out, deploy them, and move people then."
        )
    return found


def _move(plans: Plans, places: Sequence[UUID], target: Campaign) -> tuple[dict[str, str], dict[str, str]]:
    """What changed for whom, and who could not be moved and why, by the enrolment's id."""
    done, refusals = {}, {}
    now = wiring.utc_now()

    def decide(place: Place) -> Moved:
        return moved(place, target, now)

    for place in places:
        try:
            done[str(place)] = plans.change_version(place, decide, now).said
        except CannotMove as refusal:
            refusals[str(place)] = f"not moved: {refusal}"
    return done, refusals


def _resumed(done: Resumed) -> str:
    if not done.stops:
        return "This address was not stopped."
    return f"Resumed. {len(done.dues)} mails are planned again." + (
        f" The next: {min(due.due_at for due in done.dues):%Y-%m-%d %H:%M} UTC." if done.dues else ""
    )


def _ask(question: str, *, yes: bool) -> None:
    if not yes:
        typer.confirm(question, abort=True)
