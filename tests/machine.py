"""What both machines of hypothesis have in common that throw the dice on a real ledger: time, sending, and how it ends."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine, rule

from flows.domain.campaign import Campaign
from flows.domain.verdict import NO_ID, judge
from flows.send_due import send_all
from tests import conftest
from tests.desk import Killed, Reply, rig

PEOPLE = ["anna@lead.example", "ben@lead.example", "cleo@lead.example"]
ANSWERS = [
    Reply(judge(200)),
    Reply(judge(200, NO_ID), taken=True),
    Reply(judge(None)),
    Reply(judge(None), taken=True),
    Reply(judge(500), taken=True),
    Reply(judge(503, None, 7200)),
    Reply(judge(409, "concurrent_idempotent_requests")),
    Reply(judge(422)),
    Reply(judge(401)),
    Reply(judge(429, "rate_limit_exceeded", 30)),
    Reply(judge(429, "daily_quota_exceeded")),
    Reply(None),
    Reply(None, taken=True),
]
OFFICE_HOURS = {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "18:00"}


class Machine(RuleBasedStateMachine):
    """An empty ledger, and a provider that answers what it is told to."""

    def __init__(self, server: conftest.Ledger, *campaigns: Campaign, **settings: Any) -> None:
        super().__init__()
        server.empty()
        self.rig = rig(server, *campaigns, **settings)

    @rule()
    def send_what_is_due(self) -> None:
        with suppress(Killed):
            send_all(self.rig.desk)

    def pass_time(self, hours: float, *, send: bool) -> None:
        """Downtime, if nothing is sent when it is over."""
        self.rig.clock.forward(hours=hours)
        if send:
            self.send_what_is_due()

    def play_to_the_end(self, looks: int) -> None:
        """Once all is well again."""
        self.rig.provider.replies.clear()
        send_all(self.rig.desk)
        self.rig.play_out(looks)
