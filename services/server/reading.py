"""What the page, its data, Prefect's artifact and Prometheus are made from: read together, off the event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from prefect.server.database import provide_database_interface

from flows.adapters.outlook import Outlook
from flows.adapters.totals import Total, Totals
from flows.overview import Overview, look
from flows.settings import Settings

logger = logging.getLogger("campaigns.reading")


@dataclass(frozen=True, kw_only=True)
class Reading:
    """`sizes` is in bytes by database. `runs` is by state; None if Prefect's database did not answer."""

    overview: Overview
    total: Total
    sizes: Mapping[str, int]
    runs: Mapping[str, int] | None


class Reader:
    """Reads as the role that the settings name.

    Args:
        flows: the flows' names, and the campaign of each.
    """

    def __init__(self, found: Settings, flows: Mapping[str, str]) -> None:
        self._flows = flows
        self._outlook = Outlook(**found.conninfo)
        self._totals = Totals.beside(self._outlook)

    async def read(self, now: datetime) -> Reading:
        """In a thread: a slow ledger must not hold up Prefect's server.

        Raises:
            LedgerError: the ledger is away.
        """
        overview, total, sizes = await asyncio.to_thread(self._ledger, now)
        return Reading(overview=overview, total=total, sizes=sizes, runs=await _runs())

    def _ledger(self, now: datetime) -> tuple[Overview, Total, Mapping[str, int]]:
        overview = look(self._outlook, self._flows, now)
        return overview, self._totals.total(self._flows), self._totals.sizes()


async def _runs() -> dict[str, int] | None:
    try:
        return await _count_runs()
    except Exception as error:  # noqa: BLE001 (Prefect's database away comes in many shapes)
        logger.warning("Prefect's runs could not be counted: %s", type(error).__name__)
        return None


async def _count_runs() -> dict[str, int]:
    db = provide_database_interface()
    state = db.FlowRun.state_type
    async with db.session_context() as session:
        rows = await session.execute(
            sa.select(state, sa.func.count()).where(state.is_not(None)).group_by(state)
        )
        return {str(getattr(kind, "value", kind)).lower(): count for kind, count in rows}
