"""`doctor`: looks at every part of the installation and says what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import httpx
import typer
from alembic.script import ScriptDirectory

from flows import settings, wiring
from flows.adapters.names import Names
from flows.doctoring import Parts, examine
from flows.domain.finding import Finding
from flows.prefect_runs import connected
from flows.settings import Settings, WrongSetting
from services.cli.options import Json, print_json
from services.worker.pool import POOL

_MIGRATIONS = Path(__file__).parents[2] / "migrations"


def doctor(
    *,
    fix: Annotated[
        bool, typer.Option("--fix", help="Add the properties that Notion's database lacks.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Look at everything: settings, Postgres, Prefect, worker, Resend, DNS, webhook, Notion, clock, disk.

    Each line is ok, warn, fail (exit code 1) or off: it does not apply here. While a line fails that the law or
    the mail providers demand, real mail stays off, until doctor finds it mended. A test event is sent through the
    public address and removed again.

    Example: campaigns doctor --fix
    """
    try:
        found = settings.load()
        findings = examine(_parts(found), fix=fix)
    except WrongSetting as error:
        findings = [
            Finding(line="settings", state="fail", said=one, do="Correct it in .env, then make up")
            for one in str(error).splitlines()
        ]
    if as_json:
        print_json(findings)
    else:
        print("\n".join(map(_written, findings)))
    if any(one.state == "fail" for one in findings):
        raise typer.Exit(1)


def _parts(found: Settings) -> Parts:
    head = ScriptDirectory(str(_MIGRATIONS)).get_current_head()
    return Parts(
        desk=wiring.build(found),
        health=wiring.ledger_health(found),
        head=head or "nothing",
        connected=connected,
        pool=POOL,
        account=wiring.resend_account(found),
        notion=wiring.notion_office(found),
        names=Names(),
        client=httpx.Client(base_url=found.public_url, timeout=10),
    )


def _written(one: Finding) -> str:
    return f"{one.state:<5} {one.line:<18} {one.said}" + (
        f"\n{'':25}→ {one.do.rstrip('.')}." if one.do else ""
    )
