"""The commands of `campaigns`. Each says with `--help` what it does, with an example."""

from __future__ import annotations

import sys

import typer

from flows.adapters.postgres import LedgerError
from services.cli import held, look, restored, suppressions

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
app.command("check")(look.check)
app.command("simulate")(look.simulate)
app.command("held")(held.show)
app.command("release")(held.release)
app.command("drop")(held.drop)
app.command("stop")(suppressions.stop)
app.command("after-restore")(restored.after_restore)
app.add_typer(suppressions.app, name="suppressions")


def main() -> None:
    """Run a command; a wrong setting, campaign or list is one clear text and exit code 1."""
    try:
        app()
    except (LedgerError, ValueError) as error:
        print(error, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
