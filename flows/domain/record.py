"""What the mirror shows of one person in one campaign."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Status(StrEnum):
    """Where a sequence stands. A person may set one of `STOP_VALUES` instead."""

    UNCONFIRMED = "Waiting for confirmation"
    NEW = "New"
    RUNNING = "Running"
    FINISHED = "Finished"
    STOPPED = "Stopped"
    HELD = "Held"
    PREVIEW = "Preview"


#: What a person sets in the mirror to end a sequence before the next mail.
STOP_VALUES = ("Stop", "Booked", "Replied")


#: Why a sequence ended whose person wants no more of it. Shown as a stop word: a ledger that was restored from
#: before learns of it by that.
STOPPED_SERIES = "stopped this series"


@dataclass(frozen=True, kw_only=True)
class Record:
    """One enrolment with the counts of its messages, as the ledger has them."""

    #: The enrolment's id: by it the record is found again.
    key: str
    email: str
    name: str | None
    business: str | None
    campaign: str
    segment: str
    score: float | None
    #: How many of its messages are sent; scheduled or under way; held for a person; only previewed.
    sent: int
    waiting: int
    held: int
    previewed: int
    #: The step of the last mail that left, from 1.
    step: int | None
    last_sent: datetime | None
    next_send: datetime | None
    #: Why the address must not be mailed; why the sequence ended early.
    suppressed: str | None
    ended: str | None
    #: The ledger no longer has what the person said: its time is over.
    cleared: bool = False
    #: `confirmation`: nothing leaves until the person has confirmed. `plan`: they just have.
    waits_for: str | None = None

    @property
    def unsubscribed(self) -> bool:
        """Whether the address must not be mailed, whatever the reason."""
        return self.suppressed is not None

    @property
    def status(self) -> str:
        """The word in the mirror. A stop value that a person set there stays."""
        own_words = {value.lower(): value for value in STOP_VALUES} | {STOPPED_SERIES: STOP_VALUES[0]}
        if self.ended and self.ended.lower() in own_words:
            return own_words[self.ended.lower()]
        if self.ended or self.suppressed:
            return Status.STOPPED
        return self._progress()

    def _progress(self) -> Status:
        if self.held:
            return Status.HELD
        if self.waits_for:
            return Status.UNCONFIRMED if self.waits_for == "confirmation" else Status.NEW
        if self.previewed and not self.sent:
            return Status.PREVIEW
        if self.waiting:
            return Status.RUNNING if self.sent else Status.NEW
        return Status.FINISHED


class Mirror(Protocol):
    """Where records are shown."""

    def problems(self) -> list[str]:
        """What a person must mend before records can be shown, each in a sentence."""
        ...

    def stop_word(self, page_id: str) -> str | None:
        """The one of `STOP_VALUES` that a person has set on this page, if any."""
        ...

    def stopped(self) -> list[tuple[str, str]]:
        """Contact key and stop word of each record that a person has stopped while mails were still to come."""
        ...

    def ended(self) -> list[tuple[str, str]]:
        """Contact key and stop word of each record that has one, whether mails were still to come or not."""
        ...

    def unsubscribed(self) -> list[str]:
        """Contact key of each record that shows that its address must not be mailed."""
        ...

    def upsert(self, record: Record, page_id: str | None = None) -> str | None:
        """Show the record, on its page if it has one. Returns the page's id, None if there is no mirror."""
        ...
