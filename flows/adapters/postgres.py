"""The ledger in Postgres: the truth about people and mail. Plain SQL, one method for each thing that happens.

Every method is one transaction. Errors of the database become `LedgerError` without the row's data,
since Postgres repeats values in its details and Prefect keeps tracebacks.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID, uuid5

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import Jsonb

from flows.adapters import ledger_sql as sql
from flows.domain.campaign import Campaign
from flows.domain.confirmation import may_ask
from flows.domain.lead import Enrolment, Lead
from flows.domain.letter import TRIES_END, Due, Letter
from flows.domain.notice import CHANNELS, notice_id
from flows.domain.record import Record
from flows.domain.replanning import Mail, Moved, Place
from flows.domain.sequence import Planned

#: How long a claim holds: a sender that dies leaves its mail to the next one after this.
LEASE = timedelta(minutes=2)


class LedgerError(RuntimeError):
    """The ledger could not be read or written. The message names the operation and Postgres' error code."""


class Ledger:
    """The `campaigns` database, with the rights of the role that logs in.

    Threads may share it: each statement has a connection for itself, which the next one takes over.

    Args:
        conninfo: psycopg's connection parameters: `host`, `port`, `dbname`, `user`, `password`.
    """

    def __init__(self, **conninfo: Any) -> None:
        self._conninfo = conninfo
        self._idle: deque[psycopg.Connection[DictRow]] = deque()

    @classmethod
    def beside(cls, other: Ledger) -> Self:
        """Another side of the same ledger, over the same connections."""
        made = cls(**other._conninfo)
        made._idle = other._idle
        return made

    def enrol(
        self, campaign: Campaign, lead: Lead, plan: Sequence[Planned], signup: UUID, now: datetime
    ) -> Enrolment:
        """The contact, the enrolment and a message for each planned mail: all of it or nothing.

        Where the campaign notifies of such a lead, so are the notices to the operator.
        A person who is in the campaign already stays as they are, and nothing is planned again. What the campaign
        `ends` is over for them either way. With a double opt-in that waits for their confirmation, for which they
        may be asked once more; who did not give it in time begins anew. All ids follow from the signup's: what is
        done again after a restore has the links and Resend's keys of the first time.
        """
        enrolment = uuid5(signup, campaign.name)
        asking = campaign.double_opt_in
        row = {"contact": uuid5(signup, "contact"), "enrolment": enrolment,
               "confirm_by": now + asking.within if asking else None, "waits_for": "confirmation" if asking else None,
               "email": lead.email, "campaign": campaign.name, "version": campaign.version, "segment": lead.segment,
               "answers": Jsonb(dict(lead.answers)), "timezone": lead.timezone, "signup": signup, "now": now}  # fmt: skip
        with self._transaction("enrol a lead") as cursor:
            made = cursor.execute(sql.ENROL, row).fetchone()
            found = made or cursor.execute(sql.ENROLLED, row).fetchone()
            assert found is not None
            if found["waits_for"] == "confirmation" and asking:
                plan = _asking(cursor, found["id"], plan[0], now)
            elif not made:
                plan = []
            cursor.executemany(sql.PLAN, [message_row(found["id"], mail) for mail in plan])
            cursor.execute(sql.AGREED, {**row, "contact": found["contact_id"]})
            said = {"action": "enrolled" if made else "signed up again", "subject": found["contact_id"]}
            cursor.execute(sql.AUDIT, {"now": now, "actor": "signup", "detail": campaign.name, **said})
            if not found["waits_for"]:
                end_others(cursor, campaign, found["contact_id"], now)
                if made:
                    _notify(cursor, campaign, lead.segment, enrolment, now)
            cursor.execute(sql.ENTERED, row)
        return Enrolment(new=made is not None, **found)

    def claim(self, now: datetime, limit: int = 1, first_of: UUID | None = None) -> list[Letter]:
        """Up to `limit` letters that are due, oldest first, held for `LEASE` so that nobody else takes them.

        Of one person's sequence only the first that has not left is due: the others wait for it.

        Args:
            first_of: take nothing but the first letter of this enrolment.
        """
        values = {"now": now, "until": now + LEASE, "limit": limit, "first_of": first_of}
        with self._transaction("claim what is due") as cursor:
            ids = [row["id"] for row in cursor.execute(sql.CLAIM, values).fetchall()]
            letters = cursor.execute(sql.LETTERS, {"ids": ids, "tries_end": TRIES_END}).fetchall()
        return [Letter(**row) for row in letters]

    def look_again(self, letter: Letter) -> Letter | None:
        """The letter as it is now; None if it is gone."""
        with self._statement("look at a letter again") as cursor:
            row = cursor.execute(sql.LETTERS, {"ids": [letter.id], "tries_end": TRIES_END}).fetchone()
        return Letter(**row) if row else None

    def begin(  # noqa: PLR0913 (what is committed, and on what it was decided)
        self,
        letter: Letter,
        body: Mapping[str, Any],
        wording: str,
        now: datetime,
        *,
        capped: bool = False,
        whatever: bool = False,
    ) -> dict[str, Any] | None:
        """Commit to an attempt: from here on the letter's body never changes.

        Args:
            capped: it leaves only if the person has had no other mail since the letter was looked at.
            whatever: it leaves however many mails the person gets.

        Returns the body to send, as every attempt sends it; None if what was decided on is not so any more,
        because the person said stop a moment ago, or wants less mail, or got another one.
        """
        values = {"id": letter.id, "contact": letter.contact_id, "body": Jsonb(dict(body)), "wording": wording, "now": now,
                  "uncapped": whatever, "weekly": letter.weekly, "mails": len(letter.mails) if capped else None}  # fmt: skip
        with self._statement("begin an attempt") as cursor:
            row = cursor.execute(sql.BEGIN, values).fetchone()
        return (row["earlier"] or dict(body)) if row else None

    def settle(
        self, letter: Letter, state: str, reason: str | None, now: datetime, provider_id: str | None = None
    ) -> None:
        """What became of a letter: `sent`, `held`, `skipped` or `failed`.

        What is settled stays so, whatever a slower sender thinks, unless it turns out to be sent.
        """
        values = {"id": letter.id, "state": state, "reason": reason, "provider": provider_id, "now": now}
        with self._statement("settle a letter") as cursor:
            cursor.execute(sql.SETTLE, values)

    def postpone(self, letter: Letter, until: datetime, reason: str, *, refused: bool = False) -> None:
        """Nobody tries this letter before `until`.

        Args:
            refused: the attempt that was begun has surely not sent it, so it counts as if it had not been made.
        """
        values = {"id": letter.id, "until": until, "reason": reason, "refused": refused}
        with self._statement("postpone a letter") as cursor:
            cursor.execute(sql.POSTPONE, values)

    def show_again(self, letter: Letter, now: datetime) -> None:
        """The mirror has something else to show of this letter's sequence."""
        with self._statement("tell the mirror") as cursor:
            cursor.execute(sql.SHOW_AGAIN, {"id": letter.enrolment_id, "now": now})

    def later(self, letter: Letter) -> list[Due]:
        """When the letters after this one in its sequence are due that have not been tried yet."""
        values = {"enrolment": letter.enrolment_id, "step": letter.step}
        with self._statement("read what comes later") as cursor:
            return [Due(**row) for row in cursor.execute(sql.LATER, values).fetchall()]

    def move(self, dues: Sequence[Due]) -> None:
        """Letters that nobody has tried yet are due at another time."""
        with self._transaction("move what is due") as cursor:
            cursor.executemany(sql.MOVE, [vars(due) for due in dues])

    def first_mail(self, enrolment: UUID) -> tuple[str, str | None, datetime]:
        """State and reason of an enrolment's first message, and when it is due."""
        with self._statement("read a message") as cursor:
            row = cursor.execute(sql.FIRST_MAIL, {"id": enrolment}).fetchone()
        assert row is not None
        return row["state"], row["reason"], row["due_at"]

    def record(self, enrolment: UUID) -> tuple[Record, str | None] | None:
        """What the mirror should show for an enrolment, and the id of its page if it has one."""
        with self._statement("read a record") as cursor:
            row = cursor.execute(sql.RECORD, {"id": enrolment}).fetchone()
        if row is None:
            return None
        page = row.pop("notion_page_id")
        return Record(**row), page

    def mirrored(self, enrolment: UUID, page_id: str | None, seen: datetime) -> None:
        """The mirror shows what was so at `seen`; what changed since then is still to come."""
        with self._statement("note the mirror") as cursor:
            cursor.execute(sql.MIRRORED, {"id": enrolment, "page": page_id, "seen": seen})

    def end(self, enrolment: UUID, reason: str, now: datetime) -> None:
        """Nothing more of this sequence leaves; what has not left yet is skipped for this reason."""
        values = {"id": enrolment, "reason": reason, "now": now}
        with self._transaction("end a sequence") as cursor:
            if cursor.execute(sql.END, values).rowcount:
                cursor.execute(sql.SKIP_REST, values)

    def confirmed(self) -> list[UUID]:
        """Enrolments whose people have confirmed, and whose mails are not planned yet."""
        with self._statement("look for confirmations") as cursor:
            return [row["id"] for row in cursor.execute(sql.CONFIRMED).fetchall()]

    def begin_sequence(self, enrolment: UUID, campaign: Campaign, begun: Moved, now: datetime) -> None:
        """Plan what follows the confirmation, once; what the campaign `ends` is over, and the operator may hear of it."""
        values = {"id": enrolment, "version": begun.version, "segment": begun.segment, "now": now}
        with self._transaction("begin a sequence") as cursor:
            if row := cursor.execute(sql.BEGUN, values).fetchone():
                cursor.executemany(sql.PLAN, [message_row(enrolment, mail) for mail in begun.planned])
                end_others(cursor, campaign, row["contact_id"], now)
                _notify(cursor, campaign, begun.segment, enrolment, now)

    def place(self, enrolment: UUID) -> Place:
        """A person in a campaign, with all mails of their sequence."""
        with self._transaction("read a sequence") as cursor:
            return read_place(cursor, enrolment)

    def mirror_failed(self, enrolment: UUID, reason: str, again: datetime) -> None:
        """The mirror stays behind until `again`, for this reason."""
        with self._statement("note the mirror's failure") as cursor:
            cursor.execute(sql.MIRROR_FAILED, {"id": enrolment, "reason": reason, "again": again})

    def behind(self, now: datetime, limit: int) -> list[UUID]:
        """Enrolments whose record in the mirror is out of date, the longest first."""
        with self._statement("read the mirror's queue") as cursor:
            return [row["id"] for row in cursor.execute(sql.BEHIND, {"now": now, "limit": limit}).fetchall()]

    def pause(self, provider: str, until: datetime, reason: str, now: datetime) -> None:
        """Nobody asks the provider anything before `until`."""
        values = {"provider": provider, "until": until, "reason": reason, "now": now}
        with self._statement("pause a provider") as cursor:
            cursor.execute(sql.PAUSE, values)

    def paused(self, provider: str, now: datetime) -> tuple[datetime, str] | None:
        """Until when the provider must not be asked, and why; None if it may."""
        with self._statement("look for a pause") as cursor:
            row = cursor.execute(sql.PAUSED, {"provider": provider, "now": now}).fetchone()
        return (row["paused_until"], row["reason"]) if row else None

    def braked(self, provider: str) -> str | None:
        """Why nothing is asked of the provider until a person acts; None if it is."""
        with self._statement("look at the brakes") as cursor:
            row = cursor.execute(sql.BRAKED, {"provider": provider}).fetchone()
        return row["why"] if row else None

    def turn(self, provider: str, per_second: float, now: datetime, patience: timedelta) -> datetime | None:
        """Take the next moment at which the provider may be asked, at this pace over all processes.

        None, and nothing is taken, if that is later than `now + patience`.
        """
        values = {
            "provider": provider,
            "gap": timedelta(seconds=1 / per_second),
            "now": now,
            "until": now + patience,
        }
        with self._statement("wait for a turn") as cursor:
            row = cursor.execute(sql.TURN, values).fetchone()
        return row["turn"] if row else None

    def note_account(self, provider: str, *, there: bool) -> None:
        """Whether the worker has an account with the provider: the operator's page tells it."""
        with self._statement("note an account") as cursor:
            cursor.execute(sql.ACCOUNT, {"provider": provider, "there": there})

    def check(self) -> None:
        """Nothing, if the ledger answers and its tables are there."""
        with self._statement("check the ledger") as cursor:
            cursor.execute("SELECT FROM message LIMIT 1")

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def _transaction(self, doing: str) -> Iterator[psycopg.Cursor[DictRow]]:
        """Several statements, all or nothing."""
        with self._statement(doing) as cursor, cursor.connection.transaction():
            yield cursor

    @contextmanager
    def _statement(self, doing: str) -> Iterator[psycopg.Cursor[DictRow]]:
        """One statement, which is a transaction by itself and one way to Postgres and back."""
        try:
            with self._borrowed() as connection, connection.cursor() as cursor:
                yield cursor
        except psycopg.Error as error:
            code = error.sqlstate or type(error).__name__
            raise LedgerError(
                f"could not {doing}: Postgres answered {code}. Is it up, and migrated?"
            ) from None

    @contextmanager
    def _borrowed(self) -> Iterator[psycopg.Connection[DictRow]]:
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._connect()
        try:
            yield connection
        finally:
            if (
                connection.closed
            ):  # and so, if Postgres was away, are the others: nobody shall find out one by one
                self.close()
            else:
                self._idle.append(connection)

    def _connect(self) -> psycopg.Connection[DictRow]:
        return psycopg.connect(
            **self._conninfo,
            autocommit=True,
            row_factory=dict_row,
            connect_timeout=5,
            options="-c statement_timeout=10s",
        )


def read_place(cursor: psycopg.Cursor[DictRow], enrolment: UUID) -> Place:
    """The sequence as it is. Nobody else changes its mails before the transaction ends."""
    mails = [Mail(**row) for row in cursor.execute(sql.MAILS, {"id": enrolment}).fetchall()]
    row = cursor.execute(sql.PLACE, {"id": enrolment}).fetchone()
    assert row is not None
    return Place(mails=mails, **row)


def _asking(cursor: psycopg.Cursor[DictRow], enrolment: UUID, mail: Planned, now: datetime) -> list[Planned]:
    """The mail that asks for the confirmation, unless the person has been asked enough; longer to answer if it leaves."""
    asked = cursor.execute(sql.ASKED, {"id": enrolment}).fetchall()
    under_way = any(row["state"] in ("scheduled", "sending", "held") for row in asked)
    if under_way or not may_ask([row["at"] for row in asked], now):
        return []
    cursor.execute(sql.ASK, {"id": enrolment, "until": mail.expires_at})
    return [replace(mail, step=min((row["step"] for row in asked), default=1) - 1)]


def end_others(cursor: psycopg.Cursor[DictRow], campaign: Campaign, contact: UUID, now: datetime) -> None:
    """What a campaign `ends` is over for a person who has entered it."""
    if campaign.ends:
        ends = {"campaigns": list(campaign.ends), "reason": f"entered {campaign.name}"}
        cursor.execute(sql.END_OTHERS, {**ends, "contact": contact, "now": now})


def message_row(enrolment: UUID, mail: Planned) -> dict[str, Any]:
    """A planned mail as a row. Its id follows from what it is: planned again, after a restore, it has its old key."""
    return {"id": uuid5(enrolment, f"mail {mail.step} {mail.mail}"), "enrolment": enrolment, **vars(mail)}


def _notify(
    cursor: psycopg.Cursor[DictRow], campaign: Campaign, segment: str, enrolment: UUID, now: datetime
) -> None:
    """The notices to the operator of such a lead, where the campaign has them."""
    if segment in campaign.notify:
        cursor.executemany(sql.NOTIFY, _notice_rows(enrolment, now))


def _notice_rows(enrolment: UUID, now: datetime) -> list[dict[str, Any]]:
    return [
        {"id": notice_id(enrolment, "lead", channel), "channel": channel, "enrolment": enrolment, "now": now}
        for channel in CHANNELS
    ]
