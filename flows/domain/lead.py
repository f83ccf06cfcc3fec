"""A person who signed up, and what the ledger holds of them in one campaign."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class Lead:
    """What one signup says about a person, checked and cleaned: the answers are what mails are written from."""

    email: str
    segment: str
    timezone: str
    answers: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Enrolment:
    """A person in a campaign. `new` tells whether this signup made it or an earlier one had."""

    id: UUID
    contact_id: UUID
    created_at: datetime
    new: bool
