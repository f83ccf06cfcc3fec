"""What the commands have in common: options, and the two ways to print."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import orjson
import typer

Json = Annotated[bool, typer.Option("--json", help="For programs instead of people.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Address = Annotated[str, typer.Argument(help="An e-mail address.")]


def print_json(value: Any) -> None:
    """Times as ISO 8601, ids as text, dataclasses as objects."""
    print(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode())


def clock(moment: datetime, zone: str) -> str:
    """A moment as a person reads it, by the clock of this zone."""
    return moment.astimezone(ZoneInfo(zone)).strftime("%a %d %b %Y %H:%M")
