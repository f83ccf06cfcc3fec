"""A campaign with a double opt-in: one mail asks, and nothing else leaves before the person has pressed its button."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from flows.adapters.office import Office
from flows.adapters.plans import Plans
from flows.adapters.resend import Preview
from flows.adapters.throwaway import ThrowAway
from flows.beginning import begin_confirmed
from flows.delivery import Delivered, deliver_first
from flows.domain import link
from flows.domain.lead import Enrolment, Lead
from flows.domain.replanning import begun
from flows.mirroring import mirror_one
from flows.resuming import resume
from flows.send_due import send_all
from flows.simulation import Story, simulate
from flows.summary import summary
from flows.trial import Trial, send_test, step_called
from services.server.planner import _SLIPPED, SLIPPED
from tests.desk import EMAIL, NOW, Killed, Reply, Rig, campaign
from tests.flows.test_retention import clear

ASKED = campaign(double_opt_in={"mail": "sure"})
HOURS = {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "18:00"}


@pytest.fixture
def here(opened: Callable[..., Rig]) -> Rig:
    return opened(ASKED)


def sign_up(rig: Rig, name: str = "spring") -> tuple[Enrolment, Delivered]:
    enrolment = rig.enrol(name=name)
    return enrolment, deliver_first(enrolment.id, rig.desk)


def left(rig: Rig) -> list[int]:
    return [mail.step for mail in rig.provider.sent]


def days_pass(rig: Rig, days: int) -> None:
    for _ in range(days):
        rig.clock.forward(days=1)
        rig.look()
        send_all(rig.desk)


def test_the_mail_that_asks_leaves_at_once_and_nothing_else_however_long_it_takes(here: Rig) -> None:
    assert sign_up(here)[1].state == "sent"
    days_pass(here, 30)
    assert left(here) == [0]


def test_it_has_the_link_that_confirms_and_the_link_that_stops(here: Rig) -> None:
    enrolment, _ = sign_up(here)
    [mail] = here.provider.sent
    key = here.desk.settings.link_key.get_secret_value()  # type: ignore[union-attr]
    assert f"https://localhost/confirm/{link.sign_confirm(key, enrolment.id, 'spring')}" in mail.body
    assert f"https://localhost/unsubscribe/{link.sign(key, enrolment.contact_id, 'spring')}" in mail.body


def test_who_confirms_gets_mail_1_then_and_the_rest_counted_from_then(here: Rig) -> None:
    enrolment, _ = sign_up(here)
    here.clock.forward(days=3, hours=2)
    confirmed = here.clock()
    assert here.confirm(enrolment.id) == "done"
    send_all(here.desk)
    assert [(mail.step, mail.at) for mail in here.provider.sent][1:] == [(1, confirmed)]
    dues = here.rows("SELECT due_at FROM message WHERE step > 0 ORDER BY step")
    assert [due - confirmed for (due,) in dues] == [timedelta(days=days) for days in (0, 1, 3, 5)]
    days_pass(here, 6)
    assert left(here) == [0, 1, 2, 3, 4]


def test_mail_1_answers_the_click_at_any_hour_and_the_rest_keeps_the_window(
    opened: Callable[..., Rig],
) -> None:
    rig = opened(campaign(double_opt_in={"mail": "sure"}, window=HOURS))
    enrolment, _ = sign_up(rig)
    rig.clock.forward(hours=13)  # 23:30 in Berlin
    rig.confirm(enrolment.id)
    send_all(rig.desk)
    assert left(rig) == [0, 1]
    assert rig.rows(
        "SELECT extract(hour FROM due_at AT TIME ZONE 'Europe/Berlin')::int FROM message WHERE step = 2"
    ) == [(9,)]


def test_pressing_twice_changes_nothing(here: Rig) -> None:
    enrolment, _ = sign_up(here)
    first = here.confirm(enrolment.id)
    here.clock.forward(hours=1)
    assert [first, here.confirm(enrolment.id)] == ["done", "done"]
    assert here.rows("SELECT confirmed_at FROM enrolment") == [(NOW,)]
    assert here.rows("SELECT count(*) FROM consent") == [(1,)]


def test_confirmations_that_are_begun_twice_are_planned_once(here: Rig) -> None:
    enrolment, _ = sign_up(here)
    here.confirm(enrolment.id)
    place = here.desk.ledger.place(enrolment.id)
    begin_confirmed(here.desk)
    here.desk.ledger.begin_sequence(enrolment.id, ASKED, begun(ASKED, place), here.clock())
    assert [step for step, _, _ in here.messages(enrolment)] == [0, 1, 2, 3, 4]


def test_who_does_not_confirm_in_time_is_told_so_and_gets_nothing(here: Rig) -> None:
    enrolment, _ = sign_up(here)
    here.clock.forward(days=7)
    assert here.confirm(enrolment.id) == "late"
    here.look()
    assert here.rows("SELECT end_reason, waits_for FROM enrolment") == [("not confirmed", "confirmation")]
    assert here.rows("SELECT actor, action, detail FROM audit ORDER BY id")[-1] == (
        "clock", "ended: not confirmed", "spring",
    )  # fmt: skip
    days_pass(here, 10)
    assert left(here) == [0]


def test_a_month_after_that_nothing_is_left_of_what_they_said(here: Rig) -> None:
    sign_up(here)
    days_pass(here, 8)
    clear(here)
    assert here.rows("SELECT count(*) FROM enrolment WHERE answers <> '{}'") == [(1,)]
    here.clock.forward(days=30)
    clear(here)
    assert here.rows("SELECT answers = '{}' FROM enrolment") == [(True,)]
    assert here.rows("SELECT rendered FROM message") == [(None,)]
    assert here.rows("SELECT detail FROM audit WHERE action = 'cleared'") == [
        ("1 sequences that nobody confirmed",)
    ]


def test_stop_works_from_the_mail_that_asks_and_holds_against_its_button(here: Rig) -> None:
    enrolment, _ = sign_up(here)
    here.stop(enrolment.contact_id)
    assert here.confirm(enrolment.id) == "stopped"
    days_pass(here, 10)
    assert left(here) == [0]


def test_a_stop_after_the_click_keeps_mail_1_back(here: Rig) -> None:
    enrolment, _ = sign_up(here)
    here.confirm(enrolment.id)
    here.stop(enrolment.contact_id)
    days_pass(here, 10)
    assert left(here) == [0]
    assert {reason for step, _, reason in here.messages(enrolment) if step > 0} == {"unsubscribed"}


def test_whoever_signs_up_a_stranger_can_cause_one_mail_a_day_and_three_in_thirty_days(here: Rig) -> None:
    asked = []
    for hour in range(24 * 20):
        if hour % 6 == 0:
            before = len(here.provider.sent)
            sign_up(here)
            asked += [hour] * (len(here.provider.sent) - before)
        here.clock.forward(hours=1)
        here.look()
    assert asked == [0, 24, 48]
    assert left(here) == [0, -1, -2]
    here.clock.forward(days=11)
    sign_up(here)
    assert left(here) == [0, -1, -2, -3]


def test_who_is_asked_again_has_the_whole_time_again(here: Rig) -> None:
    enrolment, _ = sign_up(here)
    here.clock.forward(days=6)
    sign_up(here)
    here.clock.forward(days=6)
    here.look()
    assert here.confirm(enrolment.id) == "done"


def test_who_signs_up_again_after_the_time_begins_anew_with_what_they_say_now(here: Rig) -> None:
    enrolment, _ = sign_up(here)
    days_pass(here, 40)
    clear(here)
    again, _ = sign_up(here)
    assert (again.id, again.new) == (enrolment.id, True)
    assert here.rows("SELECT answers->>'first_name', end_reason FROM enrolment") == [("Anna", None)]
    here.confirm(again.id)
    send_all(here.desk)
    assert left(here) == [0, -1, 1]


def test_who_has_confirmed_is_not_asked_again(here: Rig) -> None:
    enrolment, _ = sign_up(here)
    here.confirm(enrolment.id)
    send_all(here.desk)
    here.clock.forward(days=2)
    again, delivered = sign_up(here)
    assert (again.new, again.waits_for, delivered.state) == (False, None, "sent")
    assert left(here) == [0, 1]


def test_a_question_whose_answer_from_the_provider_was_lost_is_not_asked_after_the_click(here: Rig) -> None:
    here.provider.will(Reply(None, taken=True))
    enrolment = here.enrol()
    with suppress(Killed):
        deliver_first(enrolment.id, here.desk)
    assert here.confirm(enrolment.id) == "done"
    assert here.messages(enrolment) == [(0, "skipped", "confirmed")]
    here.clock.forward(minutes=5)
    send_all(here.desk)
    assert left(here) == [0, 1]
    assert [attempt.step for attempt in here.provider.attempts] == [0, 1]


def test_a_booked_call_ends_what_waits_for_a_confirmation(here: Rig) -> None:
    enrolment, _ = sign_up(here)
    with here.server.connect("worker") as connection:
        connection.execute(
            "SELECT end_sequences(%s, '{spring}', 'booked', 'cal', %s)", (enrolment.contact_id, NOW)
        )
    assert here.confirm(enrolment.id) == "late"
    days_pass(here, 3)
    assert left(here) == [0]


def test_a_campaign_ends_others_when_it_is_confirmed_and_not_before(opened: Callable[..., Rig]) -> None:
    """Or anybody could end a stranger's mails by signing them up."""
    other = campaign(name="winter", flow="winter-signup")
    rig = opened(campaign(double_opt_in={"mail": "sure"}, ends=["winter"]), other)
    rig.enrol(name="winter")
    enrolment, _ = sign_up(rig)
    ended = "SELECT end_reason FROM enrolment WHERE campaign = 'winter'"
    assert rig.rows(ended) == [(None,)]
    rig.confirm(enrolment.id)
    send_all(rig.desk)
    assert rig.rows(ended) == [("entered spring",)]


def test_who_waits_is_not_moved_and_gets_the_version_of_the_day_of_the_click(
    here: Rig, opened: Callable[..., Rig]
) -> None:
    enrolment, _ = sign_up(here)
    steps = [{"mail": "one", "after": 0}, {"mail": "five", "after": "2d"}]
    newer = opened(campaign(double_opt_in={"mail": "sure"}, version=4, steps=steps), clock=here.clock)
    server = here.server
    with closing(Plans(host=server.host, port=server.port, dbname=server.name, user="worker")) as plans:
        assert plans.movable("spring", 4) == []
    newer.confirm(enrolment.id)
    send_all(newer.desk)
    assert newer.rows("SELECT version FROM enrolment") == [(4,)]
    assert newer.rows("SELECT mail FROM message ORDER BY step") == [("sure",), ("one",), ("five",)]


def test_resume_does_not_confirm_for_anybody(here: Rig) -> None:
    sign_up(here)
    days_pass(here, 8)
    server = here.server
    with closing(Plans(host=server.host, port=server.port, dbname=server.name, user="worker")) as plans:
        assert resume(here.desk, plans, [EMAIL], "asked", missed=True).stops == []
    assert here.rows("SELECT end_reason FROM enrolment") == [("not confirmed",)]


def test_the_mirror_shows_who_waits_and_a_stop_word_set_there_is_found(here: Rig) -> None:
    enrolment, _ = sign_up(here)
    mirror_one(enrolment.id, here.desk)
    shown = here.wall.shown[str(enrolment.id)]
    assert (shown.status, shown.step, shown.next_send) == (
        "Waiting for confirmation", None, NOW + timedelta(days=7),
    )  # fmt: skip
    here.confirm(enrolment.id)
    send_all(here.desk)
    mirror_one(enrolment.id, here.desk)
    assert here.wall.shown[str(enrolment.id)].status == "Running"


def test_the_mirror_shows_who_never_answered_as_stopped(here: Rig) -> None:
    enrolment, _ = sign_up(here)
    days_pass(here, 7)
    mirror_one(enrolment.id, here.desk)
    assert here.wall.shown[str(enrolment.id)].status == "Stopped"


def test_the_run_of_the_signup_says_what_it_waits_for(here: Rig) -> None:
    enrolment, delivered = sign_up(here)
    lead = Lead(email=EMAIL, segment="ALL", timezone="UTC", answers={})
    assert summary(ASKED, lead, enrolment, delivered, None).message == (
        "ALL: asked to confirm; nothing of spring leaves before the person has. The mail that asks was sent."
    )


def test_without_an_account_the_question_is_kept_and_the_click_works_all_the_same(
    opened: Callable[..., Rig],
) -> None:
    rig = opened(ASKED, resend_api_key=None)
    rig = replace(rig, desk=replace(rig.desk, mailer=Preview()))
    enrolment, delivered = sign_up(rig)
    assert (delivered.state, delivered.reason) == ("skipped", "preview")
    assert rig.confirm(enrolment.id) == "done"
    send_all(rig.desk)
    assert rig.messages(enrolment)[:2] == [(0, "skipped", "preview"), (1, "skipped", "preview")]


def test_planned_again_after_a_restore_the_question_has_its_old_key(here: Rig) -> None:
    signup = uuid4()
    here.enrol(signup=signup)
    before = here.rows("SELECT id FROM message")
    here.server.empty()
    here.enrol(signup=signup)
    assert here.rows("SELECT id FROM message") == before


ANNA = {"email": EMAIL, "first_name": "Anna"}


@pytest.fixture
def away(here: Rig) -> Iterator[ThrowAway]:
    server = here.server
    with closing(ThrowAway(host=server.host, port=server.port, dbname=server.name, user="worker")) as ledger:
        yield ledger


def test_in_a_simulation_they_confirm_at_once(here: Rig, away: ThrowAway) -> None:
    lines = simulate(here.desk, away, "spring", ANNA, Story(NOW))
    assert [(line.step, line.state) for line in lines] == [(step, "sent") for step in range(5)]
    assert lines[1].at == NOW
    assert here.rows("SELECT count(*) FROM enrolment") == [(0,)]
    assert here.rows("SELECT count(*) FROM consent") == [(0,)]


def test_or_when_the_story_says_so(here: Rig, away: ThrowAway) -> None:
    lines = simulate(here.desk, away, "spring", ANNA, Story(NOW, confirm_at=NOW + timedelta(days=3)))
    assert [line.at - NOW for line in lines[:3]] == [timedelta(days=days) for days in (0, 3, 4)]


@pytest.mark.parametrize(
    "story",
    [
        Story(NOW, confirms=False),
        Story(NOW, confirm_at=NOW + timedelta(days=8)),
        Story(NOW, confirm_at=NOW + timedelta(days=2), stop_at=NOW + timedelta(days=1)),
    ],
    ids=["never", "too late", "after a stop"],
)
def test_or_not_at_all_and_then_nothing_else_leaves(here: Rig, away: ThrowAway, story: Story) -> None:
    assert [(line.step, line.state) for line in simulate(here.desk, away, "spring", ANNA, story)] == [
        (0, "sent")
    ]


def test_a_test_of_the_mail_that_asks_confirms_nobody(here: Rig) -> None:
    server = here.server
    sign_up(here)
    trial = Trial(campaign=ASKED, step=step_called(ASKED, "0"), segment="ALL", to="me@galatek.example")
    with closing(Office(host=server.host, port=server.port, dbname=server.name, user="worker")) as office:
        key = uuid4()
        send_test(here.desk, office, trial, key)
    assert here.desk.confirm_url(key, "spring") in here.provider.sent[-1].body
    assert here.confirm(key) == "late"
    assert here.rows("SELECT waits_for FROM enrolment") == [("confirmation",)]
    assert step_called(ASKED, "sure") == trial.step


def test_a_click_while_the_provider_still_answers_counts_and_the_mail_that_asked_was_sent(here: Rig) -> None:
    enrolment = here.enrol()
    clicks: list[str] = []
    here.provider.meanwhile = lambda: clicks.append(here.confirm(enrolment.id))
    deliver_first(enrolment.id, here.desk)
    here.provider.meanwhile = lambda: None
    assert (clicks, here.messages(enrolment)) == (["done"], [(0, "sent", None)])
    send_all(here.desk)
    assert left(here) == [0, 1]


def test_a_confirmation_that_nobody_took_up_is_found_by_the_sweep(here: Rig) -> None:
    enrolment, _ = sign_up(here)

    def slipped() -> bool:
        with here.server.connect("server") as connection:
            row = connection.execute(
                _SLIPPED.replace("$1", "%(at)s"), {"at": here.clock() - SLIPPED}
            ).fetchone()
        return bool(row and row[0])

    here.confirm(enrolment.id)
    assert not slipped()
    here.clock.forward(minutes=4)
    assert slipped()
    send_all(here.desk)
    assert not slipped()
