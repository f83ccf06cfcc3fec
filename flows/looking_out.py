"""One look whether all is well: the figures, the disk, the certificate; what follows from it, and who hears of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flows.adapters.webhook import Pulse
from flows.domain.alarms import alarms, reason_to_brake
from flows.domain.alert import Change, Open
from flows.domain.digest import due_digest
from flows.domain.finding import Finding
from flows.domain.identity import LOOK_OUT
from flows.domain.vitals import Vitals
from flows.telling import Teller, Told, tell


@dataclass(frozen=True, kw_only=True)
class Tower:
    """Where the look-out stands: whom it tells, and what it looks at beside the ledger."""

    teller: Teller
    looks: Sequence[Callable[[], Finding]]
    pulse: Pulse | None


@dataclass(frozen=True)
class Seen:
    """What a look came to: the alerts that are open now, what changed, what was told, why the pulse failed."""

    open: Sequence[Open]
    changes: Sequence[Change]
    told: Sequence[Told]
    pulse: str | None


def look(tower: Tower) -> Seen:
    """Safe to repeat at any time: what is known already is not told again."""
    teller, desk = tower.teller, tower.teller.desk
    now = desk.clock()
    windows = {name: campaign.window for name, campaign in desk.campaigns.items()}
    found = alarms(_braked(teller, now), windows, now) + [one() for one in tower.looks]
    changed = teller.notices.note(found, now)
    if teller.mails and (day := due_digest(now, desk.settings.digest_at, teller.zone)):
        teller.notices.make_digest(day, desk.settings.domain, now)
    told = tell(teller)
    teller.vitals.beat(LOOK_OUT, desk.clock())
    pulse = tower.pulse.beat() if tower.pulse else None
    return Seen(teller.notices.open_alerts(), changed, told, pulse)


def _braked(teller: Teller, now: datetime) -> Vitals:
    """The vitals, after the brake is set if they demand it."""
    vitals = teller.vitals.vitals(now)
    why = None if vitals.complaint_brake else reason_to_brake(vitals.since_release)
    if why is None:
        return vitals
    teller.vitals.brake_for_complaints(why, now)
    return replace(vitals, complaint_brake=why)
