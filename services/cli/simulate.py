"""`simulate`: time travel."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from flows import wiring
from flows.adapters.throwaway import ThrowAway
from flows.domain.answers import Refused
from flows.domain.campaign import Campaign
from flows.domain.gallery import spoken
from flows.domain.given import given, parted
from flows.domain.suggestion import instead
from flows.simulation import Line, Story
from flows.simulation import simulate as simulated
from services.cli.options import Json, print_json


def simulate(  # noqa: PLR0913, PLR0917 (an option for each thing that happens)
    campaign: Annotated[str, typer.Argument(help="The campaign's name: its directory.")],
    signup: Annotated[
        Path, typer.Option(help="What the website would send: a JSON file, - for standard input.")
    ],
    start: Annotated[datetime, typer.Option(help="When the person signs up, by the clock of TIMEZONE.")],
    stop: Annotated[datetime | None, typer.Option(help="When they unsubscribe.")] = None,
    weekly: Annotated[
        datetime | None, typer.Option(help="When they ask for at most one mail a week.")
    ] = None,
    down: Annotated[
        tuple[datetime, datetime] | None, typer.Option(help="From when to when the stack is off.")
    ] = None,
    *,
    confirm: Annotated[
        datetime | None, typer.Option(help="When they confirm, where they have to. Without it, at once.")
    ] = None,
    unconfirmed: Annotated[bool, typer.Option("--unconfirmed", help="They never confirm.")] = False,
    as_json: Json = False,
) -> None:
    """A person's whole sequence in seconds: which mail leaves when, and which does not and why. Nothing is sent.

    Example: campaigns simulate christmas --signup lead.json --start 2026-12-20
    """
    desk = wiring.desk()
    if campaign not in desk.campaigns:
        raise ValueError(f"There is no campaign `{campaign}`; {instead(campaign, desk.campaigns)}")
    known, zone = desk.campaigns[campaign], ZoneInfo(desk.settings.timezone)
    spans = [(down[0].replace(tzinfo=zone), down[1].replace(tzinfo=zone))] if down else []
    story = Story(
        start=start.replace(tzinfo=zone),
        stop_at=stop.replace(tzinfo=zone) if stop else None,
        weekly_at=weekly.replace(tzinfo=zone) if weekly else None,
        down=spans,
        confirm_at=confirm.replace(tzinfo=zone) if confirm else None,
        confirms=not unconfirmed,
    )
    ledger = ThrowAway(**wiring.conninfo(desk.settings))
    try:
        lines = simulated(desk, ledger, campaign, _answers(known, signup), story)
    except Refused as refused:
        raise ValueError(f"The signup does not fit the campaign: {refused}") from None
    finally:
        ledger.close()
    if as_json:
        print_json(lines)
    else:
        print("\n".join([_written(line, zone) for line in lines] + _waiting(known, lines)))


def _waiting(campaign: Campaign, lines: Sequence[Line]) -> list[str]:
    """What is to be said of somebody whose mails were never planned."""
    if not campaign.double_opt_in or any(line.step > 0 for line in lines):
        return []
    within = spoken(campaign.double_opt_in.within)
    return [
        f"Nothing else leaves: it waits for the confirmation, and after {within} it ends as not confirmed."
    ]


def _answers(campaign: Campaign, path: Path) -> dict[str, Any]:
    """The parameters, alone or inside the body that the website posts. Raises `Refused` if a consent is missing."""
    body = json.loads(sys.stdin.read() if str(path) == "-" else path.read_text())
    if not isinstance(body, dict):
        raise ValueError("The signup is not a JSON object.")  # noqa: TRY004 (a wrong file, not a wrong call)
    parameters, consent = parted(campaign, body.get("parameters", body))
    given(campaign, consent)
    return parameters


def _written(line: Line, zone: ZoneInfo) -> str:
    day = line.at.astimezone(zone).strftime("%a %d %b %Y %H:%M")
    what = line.subject if line.state == "sent" else f"{line.state}: {line.reason}"
    return f"{line.step}  {day}  {line.mail:<16} {what}"
