"""The word that the mirror shows for a sequence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.stand_ins.samples import RECORD

NEW = replace(RECORD, sent=0, waiting=7)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, "New"),
        ({"sent": 1, "waiting": 6}, "Running"),
        ({"sent": 7, "waiting": 0}, "Finished"),
        ({"sent": 1, "waiting": 5, "held": 1}, "Held"),
        ({"previewed": 1, "waiting": 6}, "Preview"),
        ({"previewed": 7, "waiting": 0}, "Preview"),
        ({"previewed": 1, "sent": 1, "waiting": 5}, "Running"),
        ({"waits_for": "confirmation", "waiting": 0}, "Waiting for confirmation"),
        ({"waits_for": "confirmation", "waiting": 0, "previewed": 1}, "Waiting for confirmation"),
        ({"waits_for": "confirmation", "waiting": 0, "held": 1}, "Held"),
        ({"waits_for": "confirmation", "waiting": 0, "suppressed": "unsubscribed"}, "Stopped"),
        ({"waits_for": "confirmation", "waiting": 0, "ended": "not confirmed"}, "Stopped"),
        ({"waits_for": "plan", "waiting": 0}, "New"),
        ({"suppressed": "bounced"}, "Stopped"),
        ({"suppressed": "unsubscribed", "held": 1}, "Stopped"),
        ({"ended": "moved to another campaign"}, "Stopped"),
        ({"ended": "booked"}, "Booked"),
        ({"ended": "stopped this series"}, "Stop"),
        ({"ended": "Replied", "suppressed": "unsubscribed"}, "Replied"),
    ],
)
def test_a_status_tells_where_the_sequence_stands(changes: dict[str, Any], status: str) -> None:
    assert replace(NEW, **changes).status == status


@pytest.mark.parametrize(
    ("suppressed", "unsubscribed"), [(None, False), ("unsubscribed", True), ("bounced", True)]
)
def test_whoever_must_not_be_mailed_is_unsubscribed(suppressed: str | None, unsubscribed: bool) -> None:
    assert replace(NEW, suppressed=suppressed).unsubscribed is unsubscribed
