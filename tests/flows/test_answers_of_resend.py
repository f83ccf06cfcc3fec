"""What becomes of a letter after each kind of answer: its state, who is told, when it is tried again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from flows.delivery import deliver_first
from flows.domain.verdict import NO_ID, Action, Verdict, judge
from flows.send_due import send_all
from tests.desk import NOW, Reply, Rig


def named(value: object) -> str:
    return value.reason[:40] if isinstance(value, Verdict) else str(value)


SECOND, QUARTER = timedelta(seconds=1), timedelta(minutes=15)
TOMORROW = datetime(2026, 12, 2, 0, 1, tzinfo=UTC)
NEW_YEAR = datetime(2027, 1, 1, 0, 1, tzinfo=UTC)

#: The answer; the state of the letter after it; whether a person is told; when it is tried again.
TABLE: list[tuple[Verdict, str, bool, datetime | None]] = [
    (judge(200), "sent", False, None),
    (Verdict(Action.PREVIEW, "kept"), "skipped", False, None),
    (judge(200, NO_ID), "held", True, None),
    (judge(409, "invalid_idempotent_request"), "held", True, None),
    (judge(422, "validation_error"), "held", True, None),
    (judge(None), "sending", False, NOW + SECOND),
    (judge(500), "sending", False, NOW + SECOND),
    (judge(503, None, 40), "sending", False, NOW + 40 * SECOND),
    (judge(409, "concurrent_idempotent_requests"), "sending", False, NOW + SECOND),
    (judge(429, "rate_limit_exceeded", 7), "sending", False, NOW + 7 * SECOND),
    (judge(429, "daily_quota_exceeded"), "scheduled", True, TOMORROW),
    (judge(429, "monthly_quota_exceeded"), "scheduled", True, NEW_YEAR),
    (judge(401, "missing_api_key"), "scheduled", True, NOW + QUARTER),
    (judge(403, "validation_error"), "scheduled", True, NOW + QUARTER),
]
#: Answers after which nobody is asked anything for a while.
PAUSING = [judge(401), judge(429, "daily_quota_exceeded"), judge(429, "monthly_quota_exceeded")]


def test_every_action_has_its_row() -> None:
    assert {verdict.action for verdict, *_ in TABLE} == set(Action)


@pytest.mark.parametrize(("verdict", "state", "told", "again"), TABLE, ids=named)
def test_an_answer_settles_the_letter_or_names_the_next_try(
    here: Rig, verdict: Verdict, state: str, told: bool, again: datetime | None
) -> None:
    here.enrol()
    here.provider.will(verdict)
    outcomes, reasons = send_all(here.desk)
    [(found, tried_again, reason)] = here.rows(
        "SELECT state::text, next_attempt_at, reason FROM message WHERE step = 1"
    )
    assert (found, tried_again) == (state, again)
    assert reasons == ({verdict.reason} if told else set())
    assert sum(outcomes.values()) == 1
    if state not in ("sent", "skipped"):
        assert reason == verdict.reason


@pytest.mark.parametrize("verdict", [verdict for verdict, _, _, again in TABLE if again], ids=named)
def test_the_next_try_has_the_same_key_and_the_same_bytes(here: Rig, verdict: Verdict) -> None:
    here.enrol()
    here.provider.will(verdict)
    send_all(here.desk)
    [(here.clock.now,)] = here.rows("SELECT next_attempt_at FROM message WHERE step = 1")
    send_all(here.desk)
    first, second = here.provider.attempts[:2]
    assert (first.key, first.body) == (second.key, second.body)
    assert here.provider.sent[0].step == 1


@pytest.mark.parametrize(
    "verdict", [judge(None), judge(500), judge(409, "concurrent_idempotent_requests")], ids=named
)
def test_a_mail_that_was_taken_without_an_answer_does_not_leave_again(here: Rig, verdict: Verdict) -> None:
    here.enrol()
    here.provider.will(Reply(verdict, taken=True))
    send_all(here.desk)
    here.clock.forward(minutes=1)
    send_all(here.desk)
    assert len(here.provider.attempts) == 2
    assert len(here.provider.sent) == 1
    assert here.rows("SELECT state::text FROM message WHERE step = 1") == [("sent",)]


def test_the_pauses_between_tries_grow(here: Rig) -> None:
    here.enrol()
    here.provider.will(*[judge(500)] * 8)
    waits = []
    for _ in range(8):
        send_all(here.desk)
        [(again,)] = here.rows("SELECT next_attempt_at FROM message WHERE step = 1")
        waits.append((again - here.clock()).total_seconds())
        here.clock.now = again
    assert waits == [1, 5, 60, 300, 900, 3600, 3600, 3600]


def test_the_first_mail_has_three_tries_within_seconds(here: Rig) -> None:
    enrolment = here.enrol()
    here.provider.will(judge(500), judge(503))
    assert deliver_first(enrolment.id, here.desk).state == "sent"
    assert [one.at - NOW for one in here.provider.attempts] == [0 * SECOND, SECOND, 6 * SECOND]


def test_after_three_tries_the_signup_says_when_the_next_is(here: Rig) -> None:
    enrolment = here.enrol()
    here.provider.will(*[judge(500)] * 3)
    delivered = deliver_first(enrolment.id, here.desk)
    assert delivered.state == "waiting"
    assert delivered.again_at == here.clock() + 60 * SECOND
    assert not delivered.needs_person


def test_a_slow_ledger_between_two_tries_does_not_stop_them(here: Rig) -> None:
    """The pause is over before it begins: nobody sleeps for less than no time."""
    enrolment = here.enrol()
    here.provider.will(judge(500))
    slow = _Slow(here)
    assert deliver_first(enrolment.id, slow.desk).state == "sent"


def test_twenty_three_hours_after_the_first_try_a_person_must_look(here: Rig) -> None:
    here.enrol()
    here.provider.will(judge(None))
    send_all(here.desk)
    here.clock.forward(hours=23)
    outcomes, [reason] = send_all(here.desk)
    assert outcomes == {"held": 1}
    assert "look it up at Resend" in reason
    assert len(here.provider.attempts) == 1


@pytest.mark.parametrize("verdict", PAUSING, ids=named)
def test_when_the_provider_takes_nothing_nobody_asks_it_and_nothing_is_lost(
    here: Rig, verdict: Verdict
) -> None:
    people = [here.enrol(f"person{n}@lead.example") for n in range(5)]
    here.provider.will(verdict)
    outcomes, reasons = send_all(here.desk)
    assert (outcomes, reasons) == ({"waiting": 5}, {verdict.reason})
    assert len(here.provider.attempts) == 1

    here.clock.now = max(
        again for (again,) in here.rows("SELECT next_attempt_at FROM message WHERE step = 1")
    )
    outcomes, reasons = send_all(here.desk)
    assert reasons == set()
    first_mails = [mail.to for mail in here.provider.sent if mail.step == 1]
    assert sorted(first_mails) == [f"person{n}@lead.example" for n in range(len(people))]


def test_a_wrong_key_does_not_use_up_the_hours_that_a_letter_has(here: Rig) -> None:
    here.enrol()
    here.provider.will(*[judge(401)] * 200)
    for _ in range(60 * 4):
        send_all(here.desk)
        here.clock.forward(minutes=15)
    assert here.rows("SELECT state::text FROM message WHERE step = 1") == [("sent",)]


def test_a_refusal_after_a_try_that_nobody_answered_leaves_the_key_as_it_was(here: Rig) -> None:
    """The first try may have left, so the 23 hours go on from there."""
    here.enrol()
    here.provider.will(judge(None), judge(401))
    send_all(here.desk)
    here.clock.forward(minutes=1)
    send_all(here.desk)
    assert here.rows("SELECT state::text, first_attempt_at, attempts FROM message WHERE step = 1") == [
        ("sending", NOW, 1)
    ]


class _Slow:
    """A desk on which two seconds pass whenever somebody looks at the clock."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self.desk = replace(rig.desk, clock=self._later)

    def _later(self) -> datetime:
        self._rig.clock.forward(seconds=2)
        return self._rig.clock()
