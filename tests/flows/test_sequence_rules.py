"""The rules of a sequence under any order of signups, stops, answers, deaths and downtime, on a real ledger."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from flows.delivery import deliver_first
from flows.domain.campaign import Campaign
from flows.domain.confirmation import MOST, PAUSE, SPAN
from flows.domain.lead import Enrolment
from flows.domain.letter import PUNCTUAL
from flows.domain.sequence import next_open
from tests import conftest
from tests.desk import Attempt, Killed, Reply, campaign
from tests.machine import ANSWERS, OFFICE_HOURS, PEOPLE, Machine

BERLIN = ZoneInfo("Europe/Berlin")
WITHOUT_WINDOW = campaign()
WITH_WINDOW = campaign(window=OFFICE_HOURS)
CONFIRMED = campaign(window=OFFICE_HOURS, double_opt_in={"mail": "sure"})


class Life(Machine):
    """What may happen to three people in a campaign, in any order."""

    def __init__(self, server: conftest.Ledger, entered: Campaign) -> None:
        super().__init__(server, entered)
        self.campaign = entered
        self.enrolments: dict[str, Enrolment] = {}
        self.stopped: dict[str, datetime] = {}
        self.confirmed: dict[str, datetime] = {}

    @rule(who=st.sampled_from(PEOPLE), at_once=st.booleans())
    def sign_up(self, who: str, at_once: bool) -> None:
        known = self.enrolments.get(who)
        enrolment = self.rig.enrol(who)
        assert enrolment.new or known is not None
        assert enrolment.new == (known is None) or (self.campaign.double_opt_in and who not in self.confirmed)
        self.enrolments[who] = enrolment
        if at_once:
            with suppress(Killed):
                deliver_first(enrolment.id, self.rig.desk)

    @precondition(lambda self: self.enrolments)
    @rule(data=st.data())
    def stop(self, data: st.DataObject) -> None:
        who = data.draw(st.sampled_from(sorted(self.enrolments)))
        self.rig.stop(self.enrolments[who].contact_id)
        self.stopped.setdefault(who, self.rig.clock())
        self.rig.clock.forward(seconds=1)

    @precondition(lambda self: self.enrolments and self.campaign.double_opt_in)
    @rule(data=st.data())
    def confirm(self, data: st.DataObject) -> None:
        who = data.draw(st.sampled_from(sorted(self.enrolments)))
        if self.rig.confirm(self.enrolments[who].id) == "done":
            self.confirmed.setdefault(who, self.rig.clock())
        self.rig.clock.forward(seconds=1)

    @precondition(lambda self: self.campaign.double_opt_in)
    @rule()
    def the_server_looks_who_has_not_answered(self) -> None:
        self.rig.look()

    @rule(replies=st.lists(st.sampled_from(ANSWERS), min_size=1, max_size=4))
    def the_provider_will(self, replies: list[Reply]) -> None:
        self.rig.provider.will(*replies)

    @rule(
        hours=st.one_of(st.floats(0, 1), st.floats(1, 30), st.sampled_from([23, 24, 72, 24 * 8, 24 * 30])),
        send=st.booleans(),
    )
    def time_passes(self, hours: float, send: bool) -> None:
        self.pass_time(hours, send=send)

    @invariant()
    def nobody_gets_a_mail_twice(self) -> None:
        accepted = [(mail.to, mail.step) for mail in self.rig.provider.sent]
        assert len(accepted) == len(set(accepted))

    @invariant()
    def nothing_is_tried_after_a_stop(self) -> None:
        for attempt in self.rig.provider.attempts:
            assert attempt.at <= self.stopped.get(attempt.to, attempt.at)

    @invariant()
    def nothing_but_the_question_leaves_before_the_person_has_confirmed(self) -> None:
        for attempt in self.rig.provider.attempts if self.campaign.double_opt_in else ():
            confirmed = self.confirmed.get(attempt.to)
            assert confirmed is not None or attempt.step <= 0
            assert confirmed is None or (
                attempt.at <= confirmed if attempt.step <= 0 else attempt.at >= confirmed
            )

    @invariant()
    def nobody_is_asked_more_than_once_a_day_and_three_times_a_month(self) -> None:
        for who in PEOPLE:
            asked = [mail.at for mail in self.rig.provider.sent if mail.to == who and mail.step <= 0]
            assert all(later - earlier >= PAUSE for earlier, later in pairwise(asked))
            assert all(later - earlier >= SPAN for earlier, later in zip(asked, asked[MOST:], strict=False))

    @invariant()
    def a_key_has_the_same_bytes_for_ever(self) -> None:
        bodies = {(attempt.key, attempt.body) for attempt in self.rig.provider.attempts}
        assert len(bodies) == len({key for key, _ in bodies})

    @invariant()
    def mails_come_in_their_order_and_keep_their_distance(self) -> None:
        for who in self.enrolments:
            sent = self._sent_to(who)
            assert [mail.step for mail in sent] == sorted(mail.step for mail in sent)
            for earlier, later in pairwise(sent):
                assert later.at - earlier.at >= self._distance(earlier, later) - PUNCTUAL

    @invariant()
    def later_mails_begin_in_the_window(self) -> None:
        first_tries: dict[str, Attempt] = {}
        for attempt in self.rig.provider.attempts:
            first_tries.setdefault(attempt.key, attempt)
        for attempt in first_tries.values():
            assert attempt.step <= 1 or next_open(self.campaign.window, attempt.at, BERLIN) == attempt.at

    def teardown(self) -> None:
        """Once all is well again, nothing is left over: every mail has left, or says why not."""
        self.play_to_the_end(100)
        self.nobody_gets_a_mail_twice()
        self.nothing_is_tried_after_a_stop()
        self.a_key_has_the_same_bytes_for_ever()
        self.mails_come_in_their_order_and_keep_their_distance()
        self.later_mails_begin_in_the_window()
        self.nothing_but_the_question_leaves_before_the_person_has_confirmed()
        self.nobody_is_asked_more_than_once_a_day_and_three_times_a_month()
        ended = self.rig.rows("SELECT DISTINCT state::text, reason IS NULL FROM message")
        self.rig.close()
        assert set(ended) <= {("sent", True), ("held", False), ("skipped", False)}

    def _sent_to(self, who: str) -> list[Attempt]:
        """What the ledger knows to be sent of the steps, when the provider took it."""
        messages = self.rig.messages(self.enrolments[who])
        known = {step for step, state, _ in messages if state == "sent" and step > 0}
        return [mail for mail in self.rig.provider.sent if mail.to == who and mail.step in known]

    def _distance(self, earlier: Attempt, later: Attempt) -> timedelta:
        if self.campaign.window:
            return timedelta(0)  # the window may bring two mails together
        delays = [step.after for step in self.campaign.steps]
        return delays[later.step - 1] - delays[earlier.step - 1]


@pytest.mark.parametrize(
    "entered",
    [WITHOUT_WINDOW, WITH_WINDOW, CONFIRMED],
    ids=["always open", "office hours", "double opt-in"],
)
def test_whatever_happens_each_mail_leaves_once_in_order_and_none_after_a_stop(
    postgres: conftest.Ledger, entered: Campaign
) -> None:
    run_state_machine_as_test(
        lambda: Life(postgres, entered),
        settings=settings(
            max_examples=30, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
