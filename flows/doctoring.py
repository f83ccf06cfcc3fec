"""The whole look of `campaigns doctor`, and what follows from it: real mail stays off while a demanded line fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import httpx

from flows.adapters.ledger_health import LedgerHealth
from flows.adapters.names import Names
from flows.adapters.notion_office import NotionOffice
from flows.adapters.resend_account import ResendAccount
from flows.checkup import house, mirror_lines, outside, sender, settings_lines
from flows.desk import Desk
from flows.domain.finding import Finding, fail
from flows.prefect_runs import Runs

_SIGNATURE = "campaigns doctor found: "


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Whatever is looked at. `head` is the newest migration that this code knows, `client` asks the public address."""

    desk: Desk
    health: LedgerHealth
    head: str
    connected: Callable[[], AbstractContextManager[Runs]]
    pool: str
    account: ResendAccount | None
    notion: NotionOffice | None
    names: Names
    client: httpx.Client


def examine(parts: Parts, *, fix: bool = False) -> list[Finding]:
    """Every line, in the order in which one stands on the other.

    Args:
        fix: add the properties that Notion's database lacks.
    """
    desk = parts.desk
    found = [*settings_lines.look(desk), house.ledger(parts.health, parts.head)]
    found += house.prefect(parts.connected, parts.pool)
    found += sender.look(desk.settings, parts.account, parts.names)
    found += sender.replies(desk, parts.names)
    found += outside.look(desk.settings, parts.account, parts.health, parts.client, desk.clock())
    found += mirror_lines.look(parts.notion, fix=fix)
    found += [house.clock(parts.health, parts.account, desk.clock), house.disk()]
    return [*found, *_brake(found, parts), *_complaints(found, parts)]


def _brake(found: Sequence[Finding], parts: Parts) -> list[Finding]:
    """Set while a demanded line fails, released when all are well; unknown changes nothing."""
    if any(one.line == "Postgres" and one.state == "fail" for one in found):
        return []
    demanded = [one for one in found if one.demanded]
    failing = [f"{one.line}: {one.said}" for one in demanded if one.state == "fail"]
    set_before = parts.health.brake()
    ours = set_before is None or set_before.startswith(_SIGNATURE)
    if ours and failing:
        parts.health.set_brake(_SIGNATURE + "; ".join(failing), parts.desk.clock())
    elif ours and set_before and all(one.state == "ok" for one in demanded):
        parts.health.set_brake(None, parts.desk.clock())
    why = parts.health.brake()
    do = "Mend what fails and run this again" if ours else "See campaigns status"
    return [fail("sending", f"real mail stays off. {why}", do)] if why else []


def _complaints(found: Sequence[Finding], parts: Parts) -> list[Finding]:
    """The other brake, which is not the doctor's to release."""
    if any(one.line == "Postgres" and one.state == "fail" for one in found):
        return []
    why = parts.health.complaint_brake()
    do = "Find out what people complain about, mend it, then campaigns release-brake"
    return [fail("complaints", f"campaign mail stays off. {why}", do)] if why else []
