"""Who has confirmed gets the mails of their campaign: planned from that moment on, by the campaign as it is now."""

from __future__ import annotations

import logging

from flows.desk import Desk
from flows.domain.replanning import begun

logger = logging.getLogger("campaigns.confirmed")


def begin_confirmed(desk: Desk) -> int:
    """Plan the sequence of everybody who has confirmed; returns of how many. Safe to run twice, or at once."""
    places = [desk.ledger.place(enrolment) for enrolment in desk.ledger.confirmed()]
    known = [place for place in places if place.campaign in desk.campaigns]
    for place in known:
        campaign = desk.campaigns[place.campaign]
        desk.ledger.begin_sequence(place.id, campaign, begun(campaign, place), desk.clock())
    if len(known) < len(places):
        missing = sorted({place.campaign for place in places} - desk.campaigns.keys())
        logger.warning("people have confirmed, and their campaign is not here: %s", ", ".join(missing))
    return len(known)
