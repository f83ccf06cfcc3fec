"""The funnel as an artifact in Prefect's UI, brought up to date in place when something has changed.

No flow run and no request: it is written inside Prefect's process by the model functions that its own routes call, so
an idle stack runs nothing for it, and the loop that hands signups over never waits for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta

from prefect.server import models, schemas
from prefect.server.database import provide_database_interface

from flows.adapters.figures import Mail
from flows.overview import Overview
from services.server.funnel import number, share
from services.server.reading import Reading

logger = logging.getLogger("campaigns.board")

KEY = "campaigns"
#: Between two looks whether something has changed.
EVERY = timedelta(minutes=5)

_COLUMNS = ("sent", "delivered", "bounced", "complained", "stopped", "waiting", "held")
_DESCRIPTION = (
    "How each campaign goes, mail by mail. Looked at every five minutes, renewed when something has changed."
)


async def keep_current(read: Callable[[], Awaitable[Reading]]) -> None:
    """Keep the artifact current for ever. A database that is away is waited for."""
    shown: str | None = None
    while True:
        try:
            shown = await renew((await read()).overview, shown)
        except Exception as error:  # noqa: BLE001 (not its traceback: SQLAlchemy's errors carry parameters)
            logger.warning("the artifact %s stays as it is: %s", KEY, type(error).__name__)
        await asyncio.sleep(EVERY.total_seconds())


async def renew(seen: Overview, shown: str | None) -> str:
    """Write the artifact, unless it says just that already. Returns what it says now."""
    if (text := markdown(seen)) != shown:
        await _write(f"{text}\nFigures of {seen.at:%Y-%m-%d %H:%M} UTC; nothing has changed since.\n")
    return text


async def _write(text: str) -> None:
    """One row for ever: Prefect's vacuum leaves artifacts without a run, and every version would stay."""
    async with provide_database_interface().session_context(begin_transaction=True) as session:
        known = await models.artifacts.read_latest_artifact(session, KEY)
        if known is None:
            made = schemas.core.Artifact(key=KEY, type="markdown", description=_DESCRIPTION, data=text)
            await models.artifacts.create_artifact(session, made)
        else:
            change = schemas.actions.ArtifactUpdate(data=text, description=_DESCRIPTION)
            await models.artifacts.update_artifact(session, known.latest_id, change)


def markdown(seen: Overview) -> str:
    """The funnel without the moment of reading, so that the same figures are the same text."""
    return "\n".join(
        [*_notes(seen), *_campaigns(seen), "", "[The whole page](/campaigns), with the next hours.", ""]
    )


def _notes(seen: Overview) -> Iterator[str]:
    if seen.accounts.get("resend") is False:
        yield "**Preview:** RESEND_API_KEY is not set, and no mail leaves."
    for pause in seen.pauses:
        until = f"until {pause.until:%Y-%m-%d %H:%M} UTC" if pause.until else "until a person acts"
        yield f"**{pause.provider} is paused {until}:** {pause.reason}"
    if held := sum(one.count for one in seen.held):
        yield f"**{number(held)} held for a person:** see `campaigns held`."
    if seen.astray_signups:
        yield f"**{number(seen.astray_signups)} signups enrolled nobody:** see `campaigns retry`."


def _campaigns(seen: Overview) -> Iterator[str]:
    for name, people in seen.campaigns.items():
        yield f"\n## {name}\n"
        stopped = sum(people.stopped.values())
        yield (
            f"{number(people.signups)} signups, {number(people.enrolled)} people: {number(people.under_way)} under way, "
            f"{number(people.finished)} finished, {number(stopped)} stopped.\n"
        )
        if mails := [mail for mail in seen.mails if mail.campaign == name]:
            yield "| mail | " + " | ".join(_COLUMNS) + " |"
            yield "|---|" + "---:|" * len(_COLUMNS)
            yield from map(_row, mails)


def _row(mail: Mail) -> str:
    delivered = f" ({share(mail.delivered, mail.sent)})" if mail.sent else ""
    cells = {name: number(getattr(mail, name)) for name in _COLUMNS}
    cells["delivered"] += delivered
    return f"| {mail.step} {mail.mail} | " + " | ".join(cells.values()) + " |"
