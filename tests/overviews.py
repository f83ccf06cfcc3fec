"""An overview in which everything is to be seen, and a reading with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from flows.adapters.figures import Behind, Mail, Pause, People
from flows.adapters.outlook import Hour, Queue, Segment, Standing
from flows.adapters.totals import Total, Waits
from flows.overview import Overview
from services.server.reading import Reading
from tests.desk import NOW

HELD = UUID("0d3c7f6e-5b7e-4a53-9a51-2f0f4f8f6f11")


def mail(**changes: Any) -> Mail:
    figures = {"mail": "one", "step": 1, "planned": 1000, "sent": 1000, "delivered": 970, "bounced": 20, "complained": 1, "stopped": 15,
               "waiting": 0, "held": 1, "failed": 0, "skipped": 0, "previewed": 0}  # fmt: skip
    return Mail(campaign="spring", **figures | changes)


_SEEN = Overview(
    at=NOW,
    accounts={"resend": True, "notion": True},
    campaigns={
        "spring": People(
            signups=1010, enrolled=1000, under_way=700, finished=200, stopped={"unsubscribed": 60, "phoned us": 40}
        )
    },
    segments=[
        Segment(campaign="spring", segment="URGENT", enrolled=600, under_way=400, stopped=60),
        Segment(campaign="spring", segment="REST", enrolled=400, under_way=300, stopped=40),
    ],
    mails=[mail()],
    hours=[Hour(at=NOW, campaign="spring", mail="one", count=3)],
    due=Queue(count=2, since=NOW - timedelta(seconds=90)),
    held=[
        Standing(campaign="spring", mail="one", step=1, reason="Resend refused <it>.", count=1, since=NOW, ids=[HELD])
    ],
    pauses=[Pause(provider="resend", until=None, reason="no DKIM")],
    mirror=Behind(count=5, since=NOW - timedelta(hours=1), failures={"Notion is away.": 5}),
    waiting_signups=Queue(count=4, since=NOW - timedelta(seconds=30)),
    astray_signups=1,
)  # fmt: skip


def overview(**changes: Any) -> Overview:
    """At `NOW`, something of everything."""
    return replace(_SEEN, **changes)


def quiet() -> Overview:
    """All is well, and nobody is there yet."""
    nobody = People(signups=0, enrolled=0, under_way=0, finished=0, stopped={})
    none = Queue(count=0, since=None)
    return overview(
        campaigns={"spring": nobody}, segments=[], mails=[], hours=[], due=none, held=[], pauses=[],
        mirror=Behind(count=0, since=None, failures={}), waiting_signups=none, astray_signups=0,
    )  # fmt: skip


def reading(**changes: Any) -> Reading:
    waits = Waits(buckets=[1, 900, 50, 30, 9, 5, 2, 1, 1, 0, 1], seconds=4321.5)
    total = Total(
        signups={"spring": 1010},
        entered={"spring": 1000},
        sent={("spring", 1): 1000},
        first_mails={"spring": waits},
    )
    return Reading(
        overview=overview(**changes),
        total=total,
        sizes={"campaigns": 9_000_000},
        runs={"completed": 12, "failed": 1},
    )
