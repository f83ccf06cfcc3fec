"""The cap over all campaigns under any order of signups, choices, stops, answers and downtime, on a real ledger."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from flows.delivery import deliver_first
from flows.domain.frequency import WEEK
from tests import conftest
from tests.desk import Attempt, Killed, Reply, campaign
from tests.machine import ANSWERS, OFFICE_HOURS, PEOPLE, Machine

MOST = 2
#: Each alone is within the cap or beyond it; the first mail of spring answers its signup, and the cap lets it through.
CAMPAIGNS = {
    one.name: one
    for one in (
        campaign(),
        campaign(name="summer", flow="summer-signup", window=OFFICE_HOURS, steps=[
            {"mail": "one", "after": "2h"}, {"mail": "two", "after": "1d"}, {"mail": "three", "after": "2d"},
        ]),
        campaign(name="autumn", flow="autumn-signup", steps=[
            {"mail": "one", "after": "1d"}, {"mail": "two", "after": "2d", "expires": "3d"}, {"mail": "three", "after": "9d"},
        ]),
    )
}  # fmt: skip
WHO, WHICH = st.sampled_from(PEOPLE), st.sampled_from(sorted(CAMPAIGNS))


class Inbox(Machine):
    """What may happen to three people whom three campaigns would mail at once."""

    def __init__(self, server: conftest.Ledger) -> None:
        super().__init__(server, *CAMPAIGNS.values(), mails_per_week=MOST)
        self.rig.provider.meanwhile = self.tick  # no two mails at the same moment
        self.places: dict[tuple[str, str], UUID] = {}
        self.weekly: dict[str, list[tuple[datetime, bool]]] = {who: [] for who in PEOPLE}
        self.stopped: dict[str, datetime] = {}
        self.left: dict[tuple[str, str], datetime] = {}

    @rule(who=WHO, names=st.lists(WHICH, min_size=1, unique=True), at_once=st.booleans())
    def sign_up(self, who: str, names: list[str], at_once: bool) -> None:
        for name in names:
            enrolment = self.rig.enrol(who, name)
            self.places[who, name] = enrolment.contact_id
            if at_once:
                with suppress(Killed):
                    deliver_first(enrolment.id, self.rig.desk)

    @precondition(lambda self: self.places)
    @rule(data=st.data(), weekly=st.booleans())
    def choose(self, data: st.DataObject, weekly: bool) -> None:
        (who, _), contact = self.somebody(data)
        self.rig.choose_weekly(contact, weekly=weekly)
        self.weekly[who].append((self.rig.clock(), weekly))
        self.tick()

    @precondition(lambda self: self.places)
    @rule(data=st.data(), everything=st.booleans())
    def stop(self, data: st.DataObject, everything: bool) -> None:
        """All mail, or a series."""
        place, contact = self.somebody(data)
        if everything:
            self.rig.stop(contact)
            self.stopped.setdefault(place[0], self.rig.clock())
        else:
            self.rig.leave_series(contact, place[1])
            self.left.setdefault(place, self.rig.clock())
        self.tick()

    @rule(replies=st.lists(st.sampled_from(ANSWERS), min_size=1, max_size=3))
    def the_provider_will(self, replies: list[Reply]) -> None:
        self.rig.provider.will(*replies)

    @rule(hours=st.one_of(st.floats(0, 30), st.sampled_from([24, 72, 24 * 7, 24 * 20])), send=st.booleans())
    def time_passes(self, hours: float, send: bool) -> None:
        self.pass_time(hours, send=send)

    @invariant()
    def nobody_gets_more_than_the_cap_in_any_seven_days(self) -> None:
        for who in PEOPLE:
            times = [mail.at for mail in self.sent_to(who) if not answers_a_signup(mail)]
            assert all(sum(end - WEEK < at <= end for at in times) <= MOST for end in times)

    @invariant()
    def nothing_is_tried_after_a_stop(self) -> None:
        for attempt in self.rig.provider.attempts:
            assert attempt.at <= self.stopped.get(attempt.to, attempt.at)
            assert attempt.at <= self.left.get((attempt.to, series(attempt)), attempt.at)

    def teardown(self) -> None:
        """Once all is well again every mail has left or says why not, and each that left had room when it was begun."""
        self.play_to_the_end(200)
        self.nobody_gets_more_than_the_cap_in_any_seven_days()
        self.nothing_is_tried_after_a_stop()
        begun = dict(self.rig.rows("SELECT id::text, first_attempt_at FROM message"))
        ended = self.rig.rows("SELECT DISTINCT state::text, reason IS NULL FROM message")
        self.rig.close()
        assert set(ended) <= {("sent", True), ("held", False), ("skipped", False)}
        for mail in self.rig.provider.sent:
            assert answers_a_signup(mail) or self.had_room(mail, begun[mail.key])

    def had_room(self, mail: Attempt, begun: datetime) -> bool:
        """Among all that the person had got, whatever it was, by the cap that held at that moment."""
        recent = [one for one in self.sent_to(mail.to) if begun - WEEK < one.at < begun]
        chosen = [weekly for at, weekly in self.weekly[mail.to] if at <= begun]
        return len(recent) < (1 if chosen and chosen[-1] else MOST)

    def sent_to(self, who: str) -> list[Attempt]:
        return [mail for mail in self.rig.provider.sent if mail.to == who]

    def somebody(self, data: st.DataObject) -> tuple[tuple[str, str], UUID]:
        """A person in a series, and the contact that they are."""
        place = data.draw(st.sampled_from(sorted(self.places)))
        return place, self.places[place]

    def tick(self) -> None:
        self.rig.clock.forward(seconds=1)


def series(mail: Attempt) -> str:
    return str(next(tag["value"] for tag in json.loads(mail.body)["tags"] if tag["name"] == "campaign"))


def answers_a_signup(mail: Attempt) -> bool:
    """It counts for the others, and no cap holds it up."""
    return mail.step == 1 and CAMPAIGNS[series(mail)].steps[0].after <= timedelta(hours=1)


def test_whatever_happens_nobody_gets_more_than_the_cap_over_all_campaigns_and_nothing_after_a_stop(
    postgres: conftest.Ledger,
) -> None:
    run_state_machine_as_test(
        lambda: Inbox(postgres),
        settings=settings(
            max_examples=30, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
