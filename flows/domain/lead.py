"""A person who signed up, and what the ledger holds of them in one campaign."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flows.domain.answers import Answers
from flows.domain.zones import zones


@dataclass(frozen=True, kw_only=True)
class Lead:
    """What one signup says about a person, checked and cleaned: the answers are what mails are written from."""

    email: str
    segment: str
    timezone: str
    answers: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Enrolment:
    """A person in a campaign. `new` tells whether this signup made it or an earlier one had.

    `waits_for`: `confirmation` until the person has confirmed, then `plan` until the mails are planned.
    """

    id: UUID
    contact_id: UUID
    created_at: datetime
    new: bool
    waits_for: str | None = None


def qualified(form: Answers, answers: Mapping[str, Any], timezone: str) -> Lead:
    """What a signup says, checked and cleaned, and the segment that follows from it.

    Args:
        form: the campaign's.
        timezone: where the person is if the answers have no `timezone` that exists.

    Raises:
        Refused: the answers do not fit the campaign.
    """
    said = form.complete(form.check(answers))
    zone = said.get("timezone")
    return Lead(
        email=said["email"],
        segment=form.campaign.segment_of(said),
        timezone=zone if zone in zones() else timezone,
        answers=said,
    )
