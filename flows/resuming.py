"""A person goes on after a stop, because they want to: what was kept back is planned again, and Notion says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from flows.adapters.notion import NotionAway, NotionRefused
from flows.adapters.plans import Plans
from flows.desk import Desk
from flows.domain.letter import Due
from flows.domain.replanning import Place, resumed

#: The reason that a mail has which was just being sent when the stop came.
_CAUGHT = "unsubscribed"


@dataclass(frozen=True, kw_only=True)
class Resumed:
    """Why nothing left before, the mails that leave now, and what a person must mend in Notion."""

    stops: Sequence[str]
    dues: Sequence[Due] = ()
    to_mend: Sequence[str] = field(default=())


def resume(desk: Desk, plans: Plans, addresses: Sequence[str], because: str, *, missed: bool) -> Resumed:
    """Lift the stops of whoever has this address, and plan what they had kept back.

    Args:
        because: who wants it, and how that is known; noted.
        missed: also the mails whose day has passed. Else they stay skipped.
    """
    stops = plans.stops(addresses)
    if not stops:
        return Resumed(stops=[])
    now, reasons = desk.clock(), {*stops, _CAUGHT}

    def again(place: Place) -> list[Due]:
        known = desk.campaigns.get(place.campaign)
        return resumed(place, reasons, known.window if known else None, now, missed=missed)

    places = plans.lift(addresses, because, now)
    dues = [due for place in places for due in plans.plan_again(place, again, now)]
    mends = [mend for place in places if (mend := _show(desk, place))]
    return Resumed(stops=stops, dues=dues, to_mend=mends)


def _show(desk: Desk, enrolment: UUID) -> str | None:
    """Written over at once: a stop word that is left in Notion would end the sequence again."""
    found = desk.ledger.record(enrolment)
    if found is None:
        return None
    try:
        page = desk.mirror.upsert(*found)
    except (NotionAway, NotionRefused) as error:
        return f"{error} Set the record's Status in Notion to Running by hand: a stop word there ends the sequence again."
    desk.ledger.mirrored(enrolment, page, desk.clock())
    return None
