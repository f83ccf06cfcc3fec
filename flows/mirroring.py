"""The mirror catches up: what the ledger knows of a person is shown in Notion, whenever Notion can."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from flows.adapters.notion import NotionAway, NotionRefused
from flows.adapters.postgres import Ledger
from flows.desk import Desk

logger = logging.getLogger("campaigns.mirror")

#: How long a record stays behind before the next try when Notion did not say; a person's mending takes longer.
PAUSE = timedelta(minutes=5)
PAUSE_FOR_A_PERSON = timedelta(minutes=30)
#: Notion's published average of three requests a second, with room for its other clients.
PER_SECOND = 2.5
#: What a record costs: it is looked at or looked for before it is written.
REQUESTS = 2
#: How long a signup's own run waits for Notion's pace; a longer queue is the `mirror` flow's.
PATIENCE = timedelta(seconds=2)


def mirror_one(enrolment: UUID, desk: Desk, patience: timedelta = PATIENCE) -> str | None:
    """Show one enrolment as it is now. Returns why it stays behind, None if it does not."""
    if desk.settings.notion_token and not desk.wait_for_turn("notion", PER_SECOND / REQUESTS, patience):
        return "it is busy with other records"
    seen = desk.clock()
    try:
        _show(enrolment, seen, desk)
    except NotionAway as away:
        again = seen + max(PAUSE, timedelta(seconds=away.retry_after or 0))
        desk.ledger.mirror_failed(enrolment, str(away), again)
        return str(away)
    except NotionRefused as refusal:
        desk.ledger.mirror_failed(enrolment, str(refusal), seen + PAUSE_FOR_A_PERSON)
        return str(refusal)
    return None


def _show(enrolment: UUID, seen: datetime, desk: Desk) -> None:
    if (found := desk.ledger.record(enrolment)) is None:
        return
    record, page = found
    # Looked at before it is written over: a person may have stopped the sequence there.
    if page and not record.ended and (word := desk.mirror.stop_word(page)):
        desk.ledger.end(enrolment, word.lower(), seen)
        record = (desk.ledger.record(enrolment) or found)[0]
    desk.ledger.mirrored(enrolment, desk.mirror.upsert(record, page), seen)


def end_stopped(desk: Desk) -> None:
    """End the sequences that a person has stopped in Notion, before the next mail. Notion away changes nothing."""
    if not desk.settings.notion_token or not desk.wait_for_turn("notion", PER_SECOND, PATIENCE):
        return
    try:
        stopped = desk.mirror.stopped()
    except (NotionAway, NotionRefused) as error:
        logger.warning("Notion could not be asked who was stopped there: %s", error)
        return
    end_shown(stopped, desk.ledger, desk.clock())


def end_shown(records: Iterable[tuple[str, str]], ledger: Ledger, now: datetime) -> None:
    """End the sequences of these records: the contact's key, and the word that a person has set there."""
    for key, word in records:
        if enrolment := enrolment_of(key):
            ledger.end(enrolment, word.lower(), now)


def enrolment_of(key: str) -> UUID | None:
    """Whose record has this key; None for a row that a person has typed into Notion."""
    try:
        return UUID(key)
    except ValueError:
        return None


def mirror_behind(desk: Desk) -> tuple[int, set[str]]:
    """Show every enrolment that is behind, at Notion's pace. Returns how many, and why the others stay behind."""
    done, failures = 0, set[str]()
    while behind := desk.ledger.behind(desk.clock(), limit=50):
        for enrolment in behind:
            failure = mirror_one(enrolment, desk, timedelta(minutes=1))
            if failure is None:
                done += 1
            else:
                failures.add(failure)
    return done, failures
