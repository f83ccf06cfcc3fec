"""`release-brake`: campaign mail may leave again after too many had complained."""

from __future__ import annotations

from typing import Annotated

import typer

from flows import settings, wiring
from services.cli.options import Json, Yes, print_json


def release_brake(
    because: Annotated[str, typer.Option(help="What was mended; it is kept in the audit.")],
    *,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Let campaign mail leave again after complaints have stopped it. What was complained of until now counts no more.

    Example: campaigns release-brake --because "the list of the fair is out, and welcome says who we are"
    """
    health = wiring.ledger_health(settings.load())
    why = health.complaint_brake()
    if why and not yes:
        typer.confirm(f"Stopped, because {why}. Let all campaign mail leave again?", abort=True)
    released = health.release_complaint_brake(because, wiring.utc_now())
    others = health.brake()
    if as_json:
        print_json({"released": released, "why": why, "still": others})
        return
    print(
        "Released. Mail leaves with the next run of send-due."
        if released
        else "No complaints have stopped mail."
    )
    if others:
        print(f"Mail stays off for another reason: {others}")
