"""The last step of `make restore`: `after-restore`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from flows import settings, wiring
from flows.adapters.campaign_files import read_campaigns
from flows.adapters.restored import Restored
from flows.after_restore import after_restore as settle


def after_restore(
    taken: Annotated[str, typer.Argument(help="The backup's moment, as `taken_at` in its file says it.")],
) -> None:
    """Once after a restore, before the worker starts: lets mail leave again, and none a second time.

    Example: campaigns after-restore 2026-12-01T06:00:00Z
    """
    moment, now = datetime.fromisoformat(taken), wiring.utc_now()
    if moment.tzinfo is None or moment > now:
        raise ValueError(
            f"{taken} is not the moment of a backup: it lies ahead, or has no zone (a Z at the end)."
        )
    found = settings.load()
    ledger = Restored(**wiring.conninfo(found))
    settled = settle(read_campaigns(), ledger, found.timezone, moment, now)
    ledger.close()
    print(
        f"The ledger is as it was at {moment:%Y-%m-%d %H:%M} UTC. {settled.unsure} mails were due since then:"
    )
    print(
        "until 23 hours after the backup each is asked for under its old key, which Resend answers without a second"
    )
    print("mail if it has left; after that it is held: `campaigns held`.")
    print(f"{settled.enrolled} signups got their sequence again." + _refused(settled.refused))
    print("Who signed up or said stop since then is not known here: see docs/backup.md.")


def _refused(count: int) -> str:
    return f" {count} do not fit their campaign any more: their flow runs say why." if count else ""
