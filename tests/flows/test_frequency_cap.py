"""How often one person gets mail, over all campaigns, decided in the moment of sending."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from itertools import pairwise

from flows.delivery import deliver, deliver_first
from flows.send_due import send_all
from tests.desk import Rig, campaign

LATER = [{"mail": "one", "after": "2h"}, {"mail": "two", "after": "1d"}]
AUTUMN = campaign(name="autumn", flow="autumn-signup", steps=LATER)
SPRING = campaign(steps=LATER)
WEEK = timedelta(days=7)


def test_over_all_campaigns_nobody_gets_more_than_the_cap_and_nothing_is_lost(
    opened: Callable[..., Rig],
) -> None:
    here = opened(SPRING, AUTUMN, mails_per_week=2)
    here.enrol()
    here.enrol(name="autumn")
    here.play_out()
    times = [mail.at for mail in here.provider.sent]
    assert len(times) == 4
    assert all(sum(end - WEEK < at <= end for at in times) <= 2 for end in times)


def test_a_person_who_asked_for_one_a_week_gets_one_a_week(opened: Callable[..., Rig]) -> None:
    here = opened(
        campaign(
            steps=[
                {"mail": mail, "after": f"{day}d"}
                for mail, day in (("one", 0), ("two", 1), ("three", 3), ("four", 5))
            ]
        )
    )
    enrolment = here.enrol()
    deliver_first(enrolment.id, here.desk)
    here.choose_weekly(enrolment.contact_id)
    here.play_out()
    times = [mail.at for mail in here.provider.sent]
    assert len(times) == 4
    assert all(later - earlier >= WEEK for earlier, later in pairwise(times))


def test_a_waiting_mail_says_why_and_leaves_when_the_person_takes_it_back(here: Rig) -> None:
    enrolment = here.enrol()
    deliver_first(enrolment.id, here.desk)
    here.choose_weekly(enrolment.contact_id)
    here.clock.forward(days=1)
    assert send_all(here.desk)[0] == {"waiting": 1}
    assert here.messages(enrolment)[1] == (
        2,
        "scheduled",
        "waits: the person asked for at most one mail a week",
    )
    here.choose_weekly(enrolment.contact_id, weekly=False)
    assert send_all(here.desk)[0] == {"sent": 1}


def test_what_answers_a_signup_leaves_however_many_others_do(opened: Callable[..., Rig]) -> None:
    here = opened(campaign(), campaign(name="autumn", flow="autumn-signup"), mails_per_week=1)
    deliver_first(here.enrol().id, here.desk)
    assert deliver_first(here.enrol(name="autumn").id, here.desk).state == "sent"


def test_a_mail_that_would_expire_before_there_is_room_is_skipped(opened: Callable[..., Rig]) -> None:
    steps = [{"mail": "one", "after": 0}, {"mail": "two", "after": "1d", "expires": "2d"}]
    here = opened(campaign(steps=steps), mails_per_week=1)
    enrolment = here.enrol()
    deliver_first(enrolment.id, here.desk)
    here.clock.forward(days=1)
    send_all(here.desk)
    assert here.messages(enrolment)[1] == (2, "skipped", "too late")


def test_two_senders_at_once_do_not_exceed_the_cap(opened: Callable[..., Rig]) -> None:
    here = opened(SPRING, AUTUMN, mails_per_week=1)
    here.enrol()
    here.enrol(name="autumn")
    here.clock.forward(hours=3)
    letters = here.desk.ledger.claim(here.clock(), 2)
    assert len(letters) == 2
    threads = [threading.Thread(target=deliver, args=(letter, here.desk)) for letter in letters]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(here.provider.sent) == 1


def test_who_begins_second_waits_and_sees_what_the_first_has_committed(opened: Callable[..., Rig]) -> None:
    here = opened(SPRING, AUTUMN, mails_per_week=1)
    here.enrol()
    here.enrol(name="autumn")
    here.clock.forward(hours=3)
    first, second = here.desk.ledger.claim(here.clock(), 2)
    second_begins = partial(here.desk.ledger.begin, second, {}, "", here.clock(), capped=True)
    with here.server.connect("worker") as beginning, ThreadPoolExecutor(1) as sender:
        with beginning.transaction():
            beginning.execute(
                "SELECT earlier FROM begin_attempt(%s, %s, '{}', '', %s, false, false, 0)",
                (first.id, first.contact_id, here.clock()),
            )
            begun = sender.submit(second_begins)
            while not here.rows("SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"):
                assert not begun.done()
        assert begun.result() is None


def test_a_choice_between_claim_and_commit_is_seen(opened: Callable[..., Rig]) -> None:
    here = opened(SPRING, AUTUMN, mails_per_week=0)
    enrolment = here.enrol()
    here.enrol(name="autumn")
    here.clock.forward(hours=3)
    one, other = here.desk.ledger.claim(here.clock(), 2)
    assert deliver(one, here.desk).state == "sent"
    here.choose_weekly(enrolment.contact_id)
    assert deliver(other, here.desk).state == "waiting"


def test_nothing_more_of_a_series_leaves_that_its_person_has_stopped_and_others_do(
    opened: Callable[..., Rig],
) -> None:
    here = opened(SPRING, AUTUMN)
    enrolment = here.enrol()
    here.enrol(name="autumn")
    here.leave_series(enrolment.contact_id, "spring")
    here.play_out()
    assert {reason for _, _, reason in here.messages(enrolment)} == {"stopped this series"}
    assert len(here.provider.sent) == 2
