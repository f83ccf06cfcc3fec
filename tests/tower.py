"""A look-out of parts that a test holds in its hands: a rig, a webhook that stands in, findings of the house."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from flows.adapters.figures import Figures
from flows.adapters.notices import Notices
from flows.adapters.vitals import VitalSigns
from flows.adapters.webhook import Pulse, Webhook
from flows.domain.finding import Finding
from flows.looking_out import Seen, Tower, look
from flows.telling import Teller
from tests.desk import Rig
from tests.stand_ins.script import Fault, Script

OPERATOR = "operator@galatek.example"


@dataclass
class Lookout:
    """`house` is what disk and certificate say at the next look."""

    rig: Rig
    teller: Teller
    script: Script
    pulse: Pulse | None = None
    house: list[Finding] = field(default_factory=list)

    def look(self, **later: float) -> Seen:
        """One look, after this time has passed."""
        self.rig.clock.forward(**later)
        looks = [partial(self._house, at) for at in (0, 1)]
        return look(Tower(teller=self.teller, looks=looks, pulse=self.pulse))

    def mails(self) -> list[dict[str, Any]]:
        """What the operator got."""
        bodies = [json.loads(one.body) for one in self.rig.provider.sent]
        return [body for body in bodies if body["to"] == [OPERATOR]]

    def subjects(self) -> list[str]:
        return [body["subject"] for body in self.mails()]

    def posts(self) -> list[dict[str, Any]]:
        """What the webhook was given."""
        return [json.loads(one.body) for one in self.script.requests if one.method == "POST"]

    def will(self, *faults: Fault) -> None:
        self.script.faults += faults

    def lines(self) -> set[str]:
        """The alerts that are open."""
        return {alert.line for alert in self.teller.notices.open_alerts()}

    def left(
        self, sent: int, *, complained: int = 0, bounced: int = 0, ago: timedelta = timedelta(hours=2)
    ) -> None:
        """So many mails have left some time ago, and this is what became of them."""
        enrolment, at = self.rig.enrol(f"{uuid4()}@lead.example").id, self.rig.clock() - ago
        with self.rig.server.connect("postgres") as connection:
            connection.execute("DELETE FROM message WHERE enrolment_id = %s", (enrolment,))
            connection.execute(_LEFT, (enrolment, at, at, complained, complained + bounced, sent))

    def refused_since(self, since: datetime) -> None:
        self.rig.desk.ledger.pause("resend", since + timedelta(minutes=15), "the key is wrong", since)

    def _house(self, at: int) -> Finding:
        return self.house[at] if at < len(self.house) else Finding(line=f"fine {at}", state="ok", said="")


@contextmanager
def lookout(rig: Rig, url: str | None, script: Script) -> Iterator[Lookout]:
    """On this rig; without the webhook's address nothing is posted."""
    script.forget()
    ledger = rig.desk.ledger
    yield Lookout(
        rig,
        Teller(
            desk=rig.desk,
            notices=Notices.beside(ledger),
            vitals=VitalSigns.beside(ledger),
            figures=Figures.beside(ledger),
            webhook=Webhook(f"{url}/hook", 5) if url else None,
        ),
        script,
    )


_LEFT = """
    INSERT INTO message (enrolment_id, step, mail, due_at, state, sent_at, delivery)
    SELECT %s, at, 'one', %s, 'sent', %s, CASE WHEN at <= %s THEN 'complained' WHEN at <= %s THEN 'bounced' ELSE 'delivered' END
    FROM generate_series(1, %s) at"""
