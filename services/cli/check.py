"""`check`: all that is wrong with the campaigns' files."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated

import typer

from flows import settings
from flows.adapters.campaign_files import CAMPAIGNS
from flows.soundness import everything_wrong

#: Where the campaigns are; for those who keep them elsewhere.
Directory = Annotated[Path, typer.Option(help="Where the campaigns are.")]

_PLACED = re.compile(r"(?P<file>[^\s:]+):(?P<line>\d+): (?P<problem>.*)", re.DOTALL)


def check(
    *,
    directory: Directory = CAMPAIGNS,
    as_json: Annotated[bool, typer.Option("--json", help="For programs instead of people.")] = False,
) -> None:
    """All that is wrong with the campaigns' files, at once, with file, line and what to do. Registration refuses it.

    Needs no settings and no database. Exit code 1 if anything is wrong.

    Example: campaigns check
    """
    found = everything_wrong(settings.load(), directory)
    if as_json:
        print(json.dumps([_parts(problem) for problem in found], ensure_ascii=False))
    else:
        print("\n".join(found) or "Everything is sound.")
    if found:
        raise typer.Exit(1)


def _parts(problem: str) -> dict[str, str | int | None]:
    placed = _PLACED.fullmatch(problem)
    if placed is None:
        return {"file": None, "line": None, "problem": problem}
    return {**placed.groupdict(), "line": int(placed["line"])}
