"""Two senders at once, a slow one, a dead one, and a stop in between: each mail leaves once or not at all."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from flows.adapters.postgres import LEASE, LedgerError
from flows.delivery import deliver, deliver_first
from flows.domain.verdict import judge
from flows.send_due import send_all
from tests.desk import NOW, Killed, Reply, Rig, campaign

ONE_MAIL = campaign(steps=[{"mail": "one", "after": 0}])


def state(rig: Rig) -> list[tuple[str, str | None]]:
    return rig.rows("SELECT state::text, reason FROM message WHERE step = 1")  # type: ignore[return-value]


def test_two_senders_at_once_send_each_letter_once(opened: Callable[..., Rig]) -> None:
    one = opened(ONE_MAIL, resend_per_second=40)
    other = opened(ONE_MAIL, resend_per_second=40, clock=one.clock, provider=one.provider)
    for number in range(60):
        one.enrol(f"person{number}@lead.example")
    outcomes: list[Counter[str]] = []
    threads = [
        threading.Thread(target=lambda rig=rig: outcomes.append(send_all(rig.desk)[0]))
        for rig in (one, other)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(outcomes, Counter()) == {"sent": 60}
    assert set(Counter(mail.key for mail in one.provider.attempts).values()) == {1}
    assert len(one.provider.sent) == 60


def test_one_sender_has_several_letters_on_their_way_and_none_twice(here: Rig) -> None:
    for number in range(40):
        here.enrol(f"person{number}@lead.example")
    together = threading.Barrier(4, timeout=10)  # broken, if four are never on their way at the same time
    here.provider.meanwhile = lambda: together.wait() and None
    outcomes, _ = send_all(replace(here.desk, at_a_time=4))
    assert outcomes == {"sent": 40}
    assert set(Counter(mail.key for mail in here.provider.attempts).values()) == {1}


def test_when_a_letter_cannot_be_settled_those_that_have_not_begun_wait_for_the_next_run(here: Rig) -> None:
    for number in range(40):
        here.enrol(f"person{number}@lead.example")
    here.provider.will(Reply(None, taken=True))
    with pytest.raises(Killed):
        send_all(replace(here.desk, at_a_time=4))
    assert len(here.provider.attempts) < 40
    here.clock.forward(seconds=LEASE.total_seconds())
    send_all(replace(here.desk, at_a_time=4))
    assert Counter(mail.key for mail in here.provider.sent).total() == 40
    assert here.rows("SELECT DISTINCT state::text FROM message WHERE step = 1") == [("sent",)]


def test_when_postgres_comes_back_one_statement_finds_out_for_all_connections(here: Rig) -> None:
    for number in range(12):
        here.enrol(f"person{number}@lead.example")
    together = threading.Barrier(4, timeout=10)
    here.provider.meanwhile = lambda: together.wait() and None
    send_all(replace(here.desk, at_a_time=4))
    with here.server.connect("postgres") as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'worker'")
    with pytest.raises(LedgerError):
        here.desk.ledger.check()
    here.desk.ledger.check()


def test_what_one_has_claimed_nobody_else_takes_until_the_claim_ends(opened: Callable[..., Rig]) -> None:
    one, other = opened(), opened()
    one.enrol()
    assert len(one.desk.ledger.claim(NOW, 10)) == 1
    assert other.desk.ledger.claim(NOW + LEASE - timedelta(seconds=1), 10) == []
    assert len(other.desk.ledger.claim(NOW + LEASE, 10)) == 1


@pytest.mark.parametrize("taken", [True, False])
def test_the_letter_of_a_dead_sender_goes_again_with_the_same_key_and_bytes(here: Rig, taken: bool) -> None:
    enrolment = here.enrol()
    here.provider.will(Reply(None, taken=taken))
    with pytest.raises(Killed):
        deliver_first(enrolment.id, here.desk)
    assert send_all(here.desk)[0] == {}
    here.clock.forward(seconds=LEASE.total_seconds())
    assert send_all(here.desk)[0] == {"sent": 1}
    first, second = here.provider.attempts
    assert (first.key, first.body) == (second.key, second.body)
    assert len(here.provider.sent) == 1


def test_a_sender_that_dies_before_it_commits_has_sent_nothing(here: Rig) -> None:
    here.enrol()
    here.desk.ledger.claim(here.clock())
    here.clock.forward(seconds=LEASE.total_seconds())
    assert send_all(here.desk)[0] == {"sent": 1}
    assert len(here.provider.attempts) == 1


def test_what_was_committed_is_what_leaves_even_if_the_mail_was_edited_meanwhile(
    opened: Callable[..., Rig],
) -> None:
    before, after = opened(), opened(mail_from="Somebody <else@galatek.example>")
    enrolment = before.enrol()
    before.provider.will(judge(500))
    deliver(before.desk.ledger.claim(before.clock())[0], before.desk)
    after.clock.forward(minutes=3)
    assert deliver_first(enrolment.id, after.desk).state == "sent"
    assert after.provider.sent[0].body == before.provider.attempts[0].body


def test_a_stop_between_claim_and_commit_sends_nothing(here: Rig) -> None:
    enrolment = here.enrol()
    [letter] = here.desk.ledger.claim(here.clock())
    here.stop(enrolment.contact_id)
    assert deliver(letter, here.desk).state == "skipped"
    assert here.provider.attempts == []
    assert {(state, reason) for _, state, reason in here.messages(enrolment)} == {("skipped", "unsubscribed")}


def test_an_address_that_is_suppressed_between_claim_and_commit_is_not_mailed(here: Rig) -> None:
    here.enrol()
    [letter] = here.desk.ledger.claim(here.clock())
    with here.server.connect("postgres") as connection:  # as a list that is imported, which ends no sequence
        connection.execute(
            "INSERT INTO suppression VALUES (lower(%s), 'imported', 'csv', now())", (letter.email,)
        )
    assert deliver(letter, here.desk).state == "skipped"
    assert here.provider.attempts == []


def test_a_stop_while_the_mail_is_under_way_keeps_all_that_come_later(here: Rig) -> None:
    enrolment = here.enrol()
    here.provider.meanwhile = lambda: here.stop(enrolment.contact_id)
    assert deliver_first(enrolment.id, here.desk).state == "sent"
    here.clock.forward(days=10)
    send_all(here.desk)
    assert [mail.step for mail in here.provider.attempts] == [1]
    assert [state for _, state, _ in here.messages(enrolment)] == ["sent"] + ["skipped"] * 3


def test_a_stop_after_a_try_that_nobody_answered_ends_the_tries(here: Rig) -> None:
    enrolment = here.enrol()
    here.provider.will(judge(500))
    send_all(here.desk)
    here.stop(enrolment.contact_id)
    here.clock.forward(minutes=1)
    send_all(here.desk)
    assert len(here.provider.attempts) == 1
    assert state(here) == [("skipped", "unsubscribed")]


def test_a_suppressed_address_is_not_mailed_whatever_its_letters_case(here: Rig) -> None:
    here.enrol("Anna@Lead.Example")
    with here.server.connect("postgres") as connection:
        connection.execute("INSERT INTO suppression VALUES ('anna@lead.example', 'bounced', 'resend', now())")
    assert send_all(here.desk)[0] == {"skipped": 1}
    assert state(here) == [("skipped", "bounced")]
    assert here.provider.attempts == []


def test_a_slow_sender_does_not_undo_what_a_faster_one_found_out(opened: Callable[..., Rig]) -> None:
    """Its claim has ended, somebody else tried, and a person must look: that stays so."""
    slow, fast = opened(), opened()
    slow.enrol()
    [letter] = slow.desk.ledger.claim(NOW)
    fast.clock.forward(seconds=LEASE.total_seconds())
    fast.provider.will(judge(422))
    assert send_all(fast.desk)[0] == {"held": 1}
    slow.clock.now = fast.clock.now
    deliver(letter, slow.desk)
    assert state(fast) == [("held", judge(422).reason)]
    assert slow.provider.attempts == []


def test_a_slow_sender_that_did_send_is_believed(opened: Callable[..., Rig]) -> None:
    slow, fast = opened(), opened()
    slow.enrol()
    [letter] = slow.desk.ledger.claim(NOW)

    def meanwhile() -> None:
        fast.clock.now = NOW + LEASE
        fast.provider.will(judge(409, "invalid_idempotent_request"))
        send_all(fast.desk)

    slow.provider.meanwhile = meanwhile
    deliver(letter, slow.desk)
    assert state(fast) == [("sent", None)]


def test_the_pace_is_shared_by_two_senders(opened: Callable[..., Rig]) -> None:
    one = opened(ONE_MAIL, resend_per_second=2)
    other = opened(ONE_MAIL, resend_per_second=2, clock=one.clock, provider=one.provider)
    for number in range(20):
        one.enrol(f"person{number}@lead.example")
    while deliver_some(one) + deliver_some(other):
        pass
    times = [mail.at for mail in one.provider.sent]
    assert len(times) == 20
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert min(gaps) >= timedelta(seconds=0.5)
    assert times[-1] - times[0] < timedelta(seconds=11)


def deliver_some(rig: Rig) -> int:
    letters = rig.desk.ledger.claim(rig.clock(), 3)
    return sum(deliver(letter, rig.desk).state == "sent" for letter in letters)


def test_a_signup_does_not_wait_long_for_its_turn_and_says_so(opened: Callable[..., Rig]) -> None:
    here = opened(resend_per_second=0.01)
    first, second = here.enrol(), here.enrol("ben@lead.example")
    assert deliver_first(first.id, here.desk).state == "sent"
    delivered = deliver_first(second.id, here.desk)
    assert (delivered.state, delivered.reason) == ("waiting", "waits for its turn: see RESEND_PER_SECOND")
    here.clock.forward(minutes=2)
    assert send_all(here.desk)[0] == {"sent": 1}
