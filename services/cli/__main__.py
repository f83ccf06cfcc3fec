"""The commands of `campaigns`. Each says with `--help` what it does, with an example.

Exit codes: 0 it is done; 1 it is not, or not all of it, and the text says why; 2 it was typed wrongly.
"""

from __future__ import annotations

import sys

import typer

from flows.adapters.postgres import LedgerError
from flows.prefect_runs import PrefectAway
from services.cli import (
    brake,
    check,
    doctor,
    erasure,
    held,
    new,
    openapi,
    person,
    planning,
    preview,
    restored,
    retries,
    schema,
    send_test,
    simulate,
    status,
    suppressions,
)

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
app.command("doctor")(doctor.doctor)
app.command("new")(new.new)
app.command("check")(check.check)
app.command("preview")(preview.preview)
app.command("send-test")(send_test.send_test)
app.command("simulate")(simulate.simulate)
app.command("schema")(schema.schema)
app.command("openapi")(openapi.openapi)
app.command("status")(status.status)
app.command("why")(person.why)
app.command("held")(held.show)
app.command("release")(held.release)
app.command("drop")(held.drop)
app.command("release-brake")(brake.release_brake)
app.command("stop")(suppressions.stop)
app.command("resume")(planning.resume)
app.command("move")(planning.move)
app.command("retry")(retries.retry)
app.command("erase")(erasure.erase)
app.command("export")(person.export)
app.command("after-restore")(restored.after_restore)
app.add_typer(suppressions.app, name="suppressions")


def main() -> None:
    """Run a command; a wrong setting, campaign or list is one clear text and exit code 1."""
    try:
        app()
    except (LedgerError, PrefectAway, ValueError) as error:
        print(error, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
