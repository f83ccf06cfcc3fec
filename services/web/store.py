"""The ledger as this process may use it: add signups and events, do what a link's holder asks; it can read nobody."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from uuid import UUID

import asyncpg

from flows.settings import Settings
from services.web.choice import Choice
from services.web.errors import Away
from services.web.group import Grouped
from services.web.hour import Hour
from services.web.intake import Intake
from services.web.rows import Event, Preferences, Report, Signup, Stored

logger = logging.getLogger("campaigns.web")

#: What the driver raises while Postgres is away, starting, hung, full or read-only.
_AWAY = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)

_EVENT = """
    INSERT INTO delivery_event (svix_id, type, provider_id, occurred_at, received_at, payload)
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING"""

_PREFERENCES = "SELECT stopped, weekly, running FROM preferences($1)"

_BOOKING = "SELECT report_booking($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"


class Unstorable(Exception):
    """Postgres cannot keep this value, such as a NUL character inside a text."""


class Ledger:
    """Every call ends within `patience` seconds.

    Raises (each method):
        Away: Postgres did not answer in time, or refused. Nothing is known to be stored; try again.
        Unstorable: a value cannot be kept.
    """

    def __init__(self, settings: Settings, patience: float = 5.0) -> None:
        self._settings, self._patience = settings, patience
        self.hour = Hour(settings.intake_per_hour_total)
        self._intake = Intake(settings.intake_per_address_per_day, self.hour)
        self._add = Grouped(self._insert, spoils=Unstorable)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Holds the connections. It opens whether Postgres answers or not, and finds it again by itself."""
        found = self._settings
        password = found.ledger_password.get_secret_value() if found.ledger_password else None
        self._pool = await asyncpg.create_pool(
            host=found.ledger_host, port=found.ledger_port, database=found.ledger_name,
            user=found.ledger_user, password=password, min_size=0, max_size=5,
            max_inactive_connection_lifetime=0, reset=_as_it_is,
            timeout=self._patience / 2, command_timeout=self._patience,
            server_settings={"application_name": "web", "jit": "off"},
        )  # fmt: skip
        try:
            await self.ping()  # so that the first visitor finds a connection
        except Away as away:
            logger.warning("the ledger does not answer yet (%s): 503 until it does", away)
        yield
        with suppress(TimeoutError):  # a hung connection has been cut by then
            async with asyncio.timeout(self._patience):
                await self._pool.close()

    async def ping(self) -> None:
        async with self._connection(within=2.0) as connection:
            await connection.execute("SELECT 1")

    async def add(self, signup: Signup) -> Stored | None:
        """Store it, unless its key was used before. It is on disk when this returns.

        None if its address has been signed up as often as a day allows: then nothing is stored.
        """
        try:
            async with asyncio.timeout(self._patience):
                return await self._add(signup)
        except TimeoutError:
            raise Away("TimeoutError") from None

    async def preferences(self, contact_id: UUID) -> Preferences | None:
        """What a person has chosen; None if there is no such person."""
        async with self._connection(within=2.0) as connection:
            return _preferences(await connection.fetchrow(_PREFERENCES, contact_id))

    async def choose(self, contact_id: UUID, choice: Choice, now: datetime) -> Preferences | None:
        """What a person chooses holds from now on. Returns what they have chosen then."""
        async with self._connection() as connection:
            match choice.what:
                case "all":
                    await connection.execute("SELECT stop($1, 'link', $2)", contact_id, now)
                case "series":
                    await connection.execute(
                        "SELECT leave_series($1, $2, $3)", contact_id, choice.series, now
                    )
                case "weekly" | "usual":
                    weekly = choice.what == "weekly"
                    await connection.execute("SELECT choose_weekly($1, $2, $3)", contact_id, weekly, now)
            return _preferences(await connection.fetchrow(_PREFERENCES, contact_id))

    async def mail(self, message_id: UUID) -> str | None:
        """The HTML of a mail as it left; None if it is not kept, or not any more."""
        async with self._connection() as connection:
            html: str | None = await connection.fetchval("SELECT mail_html($1)", message_id)
        return html

    async def confirm(self, enrolment_id: UUID, words: str, now: datetime) -> str:
        """The person wants the mails. `done`, `stopped` or `late`, as the ledger's function says.

        Args:
            words: what the page said that they pressed the button of.
        """
        async with self._connection() as connection:
            return str(await connection.fetchval("SELECT confirm($1, $2, $3)", enrolment_id, words, now))

    async def report(self, event: Event) -> None:
        """Keep what Resend reported, once."""
        async with self._connection() as connection:
            await connection.execute(_EVENT, *vars(event).values())

    async def report_booking(self, report: Report) -> None:
        """Keep and apply what a booking service reported, once."""
        async with self._connection() as connection:
            await connection.execute(_BOOKING, *vars(report).values())

    async def _insert(self, signups: list[Signup]) -> list[Stored | None]:
        async with self._connection() as connection:
            return await self._intake.add(connection, signups)

    @asynccontextmanager
    async def _connection(self, within: float | None = None) -> AsyncIterator[asyncpg.Connection]:
        patience = within or self._patience
        try:
            async with asyncio.timeout(patience), self._pool.acquire(timeout=patience) as connection:
                yield connection
        except asyncpg.DataError:
            raise Unstorable from None
        except _AWAY as error:
            # Only its kind: the text of a driver's exception can carry a row.
            raise Away(type(error).__name__) from None


def _preferences(row: asyncpg.Record | None) -> Preferences | None:
    return Preferences(row["stopped"], row["weekly"], tuple(row["running"])) if row else None


async def _as_it_is(connection: asyncpg.Connection) -> None:
    """Leaves a connection as it is between two uses: nothing here changes its session."""
