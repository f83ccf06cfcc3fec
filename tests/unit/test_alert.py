"""When the operator hears of an alert: once when it begins, each day while it lasts, once when it is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from flows.domain.alert import Open, changes
from flows.domain.finding import Finding, fail, off, ok, warn

NOW = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)


def known(line: str = "held", state: str = "warn", told: timedelta = timedelta(hours=1)) -> Open:
    return Open(
        id=uuid4(), line=line, state=state, said="", remedy="", began_at=NOW - told, told_at=NOW - told
    )


def made(open_: list[Open], *found: Finding) -> list[tuple[str, bool]]:
    return [(change.moment, change.told) for change in changes(open_, found, NOW)]


def test_what_is_new_begins_and_is_told() -> None:
    assert made([], warn("held", "1"), ok("disk", "fine"), off("certificate", "unknown")) == [("began", True)]


def test_what_is_gone_is_over_and_told() -> None:
    assert made([known()]) == made([known()], ok("held", "none")) == [("over", True)]


@pytest.mark.parametrize(("hours", "told"), [(1, False), (23.9, False), (24, True), (50, True)])
def test_what_lasts_is_told_again_each_day(hours: float, told: bool) -> None:
    assert made([known(told=timedelta(hours=hours))], warn("held", "2")) == [("lasts", told)]


def test_what_becomes_graver_is_told_at_once_and_what_becomes_less_so_is_not() -> None:
    assert made([known("disk", "warn")], fail("disk", "full")) == [("lasts", True)]
    assert made([known("disk", "fail")], warn("disk", "little")) == [("lasts", False)]


def test_what_nobody_can_tell_stays_as_it_was() -> None:
    assert made([known("certificate")], off("certificate", "no answer")) == []
