"""The last step of `make restore`: `after-restore`."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from typing import Annotated

import typer

from flows import settings, wiring
from flows.adapters.campaign_files import read_campaigns
from flows.adapters.notion import NotionAway, NotionRefused
from flows.adapters.restored import Restored
from flows.after_restore import Found, stop_again
from flows.after_restore import after_restore as settle
from flows.domain.record import Mirror

_SAID = """\
The ledger is as it was at {moment:%Y-%m-%d %H:%M} UTC.
{found.unsure} mails were due since then. Until 23 hours after the backup each is asked for under its old key, which
Resend answers without a second mail if it has left; after that it is held: see `campaigns held`.
{found.enrolled} signups got their sequence again; {found.refused} no longer fit their campaign, their flow runs say why.
{stopped} people are stopped again, because Notion shows that they said stop; so are series that it shows as ended.
Who else signed up or said stop since then is not known here: see docs/backup.md."""


def after_restore(
    taken: Annotated[str, typer.Argument(help="The backup's moment, as `taken_at` in its file says it.")],
) -> None:
    """Once after a restore, before the worker starts: lets mail leave again, and none a second time.

    Example: campaigns after-restore 2026-12-01T06:00:00Z
    """
    moment, now, here = datetime.fromisoformat(taken), wiring.utc_now(), settings.load()
    if moment.tzinfo is None or moment > now:
        raise ValueError(f"{taken} is no backup's moment: it lies ahead, or has no zone (a Z at the end).")
    with closing(Restored(**wiring.conninfo(here))) as ledger:
        stopped = _stop_again(wiring.mirror(here), ledger, now)
        found: Found = settle(read_campaigns(), ledger, here.timezone, moment, now)
    print(_SAID.format(moment=moment, found=found, stopped=stopped))


def _stop_again(mirror: Mirror, ledger: Restored, now: datetime) -> int:
    try:
        return stop_again(mirror, ledger, now)
    except (NotionAway, NotionRefused) as error:
        raise ValueError(f"Nobody knows who said stop since the backup. {error}") from None
