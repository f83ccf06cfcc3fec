"""The mirror catches up: what the ledger knows of a person is shown in Notion, whenever Notion can."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from flows.adapters.notion import NotionAway, NotionRefused
from flows.desk import Desk

#: How long a record stays behind before the next try when Notion did not say; a person's mending takes longer.
PAUSE = timedelta(minutes=5)
PAUSE_FOR_A_PERSON = timedelta(minutes=30)
#: Notion's published average of three requests a second, with room for its other clients.
PER_SECOND = 2.5
#: What a new record costs: it is looked for before it is made.
REQUESTS = 2
#: How long a signup's own run waits for Notion's pace; a longer queue is the `mirror` flow's.
PATIENCE = timedelta(seconds=2)


def mirror_one(enrolment: UUID, desk: Desk, patience: timedelta = PATIENCE) -> str | None:
    """Show one enrolment as it is now. Returns why it stays behind, None if it does not."""
    if desk.settings.notion_token and not desk.wait_for_turn("notion", PER_SECOND / REQUESTS, patience):
        return "it is busy with other records"
    seen = desk.clock()
    found = desk.ledger.record(enrolment)
    if found is None:
        return None
    record, page = found
    try:
        page = desk.mirror.upsert(record, page)
    except NotionAway as away:
        again = seen + max(PAUSE, timedelta(seconds=away.retry_after or 0))
        desk.ledger.mirror_failed(enrolment, str(away), again)
        return str(away)
    except NotionRefused as refusal:
        desk.ledger.mirror_failed(enrolment, str(refusal), seen + PAUSE_FOR_A_PERSON)
        return str(refusal)
    desk.ledger.mirrored(enrolment, page, seen)
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
