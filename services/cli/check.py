"""`check`: all that is wrong with the campaigns' files."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated

import typer

from flows import settings
from flows.adapters.campaign_files import CAMPAIGNS
from flows.soundness import everything_odd, everything_wrong

#: Where the campaigns are; for those who keep them elsewhere.
Directory = Annotated[Path, typer.Option(help="Where the campaigns are.")]

_PLACED = re.compile(r"(?P<file>[^\s:]+):(?P<line>\d+): (?P<problem>.*)", re.DOTALL)


def check(
    *,
    directory: Directory = CAMPAIGNS,
    as_json: Annotated[bool, typer.Option("--json", help="For programs instead of people.")] = False,
) -> None:
    """All that is wrong with the campaigns' files, at once, with file, line and what to do. Registration refuses it.

    Needs no settings and no database. Exit code 1 if anything is wrong; what is only odd is a warning.

    Example: campaigns check
    """
    chosen = settings.load()
    found = everything_wrong(chosen, directory)
    odd = [] if found else everything_odd(chosen, directory)
    if as_json:
        parts = [_parts(problem) for problem in found] + [_parts(one) | {"warning": True} for one in odd]
        print(json.dumps(parts, ensure_ascii=False))
    else:
        print("\n".join([*found, *(f"warning: {one}" for one in odd)] or ["Everything is sound."]))
    if found:
        raise typer.Exit(1)


def _parts(problem: str) -> dict[str, str | int | bool | None]:
    placed = _PLACED.fullmatch(problem)
    if placed is None:
        return {"file": None, "line": None, "problem": problem}
    return {**placed.groupdict(), "line": int(placed["line"])}
