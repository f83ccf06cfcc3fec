"""People who move to another version of their campaign, and people who go on after a stop, in the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from flows.adapters.campaign_files import read_campaigns
from flows.adapters.notion import NotionAway
from flows.adapters.plans import Plans
from flows.delivery import deliver, deliver_first
from flows.domain.letter import Due
from flows.domain.replanning import Place, moved
from flows.resuming import resume
from flows.send_due import send_all
from tests.desk import EMAIL, Clock, Rig, campaign
from tests.terminal import Terminal

#: Two of the four mails, one of them on another day, and a new one.
NEW = campaign(
    version=4,
    steps=[{"mail": "one", "after": 0}, {"mail": "two", "after": "2d"}, {"mail": "extra", "after": "3d"}],
)


def on(rig: Rig) -> Plans:
    return Plans(host=rig.server.host, port=rig.server.port, dbname=rig.server.name, user="worker")


@pytest.fixture
def plans(here: Rig) -> Iterator[Plans]:
    with closing(on(here)) as found:
        yield found


def move(rig: Rig, plans: Plans, *addresses: str) -> int:
    """Everybody, or who is named, moves to the new version."""
    places = plans.movable("spring", 4, addresses or None)
    for place in places:
        plans.change_version(place, partial(moved, campaign=NEW, now=rig.clock()), rig.clock())
    return len(places)


def test_a_person_moves_and_the_rest_is_planned_by_the_new_version(here: Rig, plans: Plans) -> None:
    enrolment = here.enrol()
    deliver_first(enrolment.id, here.desk)
    assert move(here, plans) == 1
    query = "SELECT step, mail, state::text, due_at FROM message ORDER BY step"
    start = enrolment.created_at
    assert here.rows(query) == [
        (1, "one", "sent", start),
        (2, "two", "scheduled", start + timedelta(days=2)),
        (3, "extra", "scheduled", start + timedelta(days=3)),
    ]
    assert here.rows("SELECT version FROM enrolment") == [(4,)]


def test_a_move_is_noted_and_tells_what_changed(here: Rig, plans: Plans) -> None:
    here.enrol()
    move(here, plans)
    said = "spring, from version 3 to version 4, without three, without four, with extra"
    assert ("operator", "moved", said) in here.rows("SELECT actor, action, detail FROM audit")


def test_a_step_is_never_sent_twice_however_often_a_person_moves(opened: Callable[..., Rig]) -> None:
    rig = opened(NEW)
    with closing(on(rig)) as plans:
        rig.enrol()
        for _ in range(6):
            send_all(rig.desk)
            rig.rows("UPDATE enrolment SET version = 3 RETURNING 1")
            assert move(rig, plans) == 1
            rig.clock.forward(days=1)
    subjects = [
        subject for (subject,) in rig.rows("SELECT mail FROM message WHERE state = 'sent' ORDER BY sent_at")
    ]
    assert subjects == ["one", "two", "extra"]
    assert len(rig.provider.sent) == 3


def test_a_move_while_the_mail_is_being_written_sends_it_once(here: Rig, plans: Plans) -> None:
    here.enrol()
    [claimed] = here.desk.ledger.claim(here.clock())
    move(here, plans)
    deliver(claimed, here.desk)
    send_all(here.desk)
    assert [one.step for one in here.provider.sent] == [1]


def test_nobody_is_moved_who_stopped_ended_or_is_there_already(here: Rig, plans: Plans) -> None:
    here.stop(here.enrol("stopped@lead.example").contact_id)
    here.desk.ledger.end(here.enrol("ended@lead.example").id, "booked", here.clock())
    here.enrol("moves@lead.example")
    assert move(here, plans) == 1
    assert move(here, plans) == 0


def test_one_person_moves_alone(here: Rig, plans: Plans) -> None:
    here.enrol("anna@lead.example")
    here.enrol("ben@lead.example")
    assert move(here, plans, "ben@lead.example") == 1
    assert here.rows("SELECT version FROM enrolment ORDER BY created_at, version") == [(3,), (4,)]


@pytest.fixture
def stopped(here: Rig) -> Rig:
    """Anna had mail 1 and stopped; the mails of days 1 and 3 have passed, that of day 5 has not."""
    enrolment = here.enrol()
    deliver_first(enrolment.id, here.desk)
    here.stop(enrolment.contact_id)
    here.clock.forward(days=4)
    return here


def states(rig: Rig) -> list[str]:
    return [state for (state,) in rig.rows("SELECT state::text FROM message ORDER BY step")]


def test_a_person_who_wants_mail_again_gets_what_is_still_to_come(stopped: Rig, plans: Plans) -> None:
    done = resume(stopped.desk, plans, [EMAIL], "asked by mail", missed=False)
    assert (done.stops, len(done.dues)) == (["unsubscribed"], 1)
    assert states(stopped) == ["sent", "skipped", "skipped", "scheduled"]
    stopped.clock.forward(days=2)
    send_all(stopped.desk)
    assert [one.step for one in stopped.provider.sent] == [1, 4]


def test_what_was_missed_leaves_too_if_the_operator_says_so(stopped: Rig, plans: Plans) -> None:
    resume(stopped.desk, plans, [EMAIL], "asked by mail", missed=True)
    for _ in range(6):
        send_all(stopped.desk)
        stopped.clock.forward(days=1)
    assert [(one.step, (one.at - stopped.provider.sent[0].at).days) for one in stopped.provider.sent] == [
        (1, 0), (2, 4), (3, 6), (4, 8),
    ]  # fmt: skip


def test_a_resumption_is_noted_with_its_reason(stopped: Rig, plans: Plans) -> None:
    resume(stopped.desk, plans, [EMAIL], "asked by mail", missed=False)
    assert ("operator", "resumed", "asked by mail") in stopped.rows("SELECT actor, action, detail FROM audit")


def test_a_sequence_that_was_ended_in_notion_goes_on_and_notion_says_so(here: Rig, plans: Plans) -> None:
    enrolment = here.enrol()
    here.desk.ledger.end(enrolment.id, "booked", here.clock())
    resume(here.desk, plans, [EMAIL], "the call was cancelled", missed=False)
    assert states(here) == ["scheduled"] * 4
    assert here.wall.shown[str(enrolment.id)].status == "New"


def test_who_went_on_to_another_campaign_is_not_taken_back(here: Rig, plans: Plans) -> None:
    enrolment = here.enrol()
    here.desk.ledger.end(enrolment.id, "entered onboarding", here.clock())
    here.stop(enrolment.contact_id)
    resume(here.desk, plans, [EMAIL], "asked for it", missed=False)
    assert here.rows("SELECT end_reason FROM enrolment") == [("entered onboarding",)]
    assert {state for _, state, _ in here.messages(enrolment)} == {"skipped"}


def test_notion_away_is_told_for_a_stop_word_there_would_end_it_again(here: Rig, plans: Plans) -> None:
    here.desk.ledger.end(here.enrol().id, "booked", here.clock())
    here.wall.failures.append(NotionAway("Notion is away."))
    [mend] = resume(here.desk, plans, [EMAIL], "asked", missed=False).to_mend
    assert "by hand" in mend


def test_mails_that_were_dropped_or_too_late_stay_so(stopped: Rig, plans: Plans) -> None:
    stopped.rows("UPDATE message SET reason = 'dropped by the operator' WHERE step = 4 RETURNING 1")
    assert resume(stopped.desk, plans, [EMAIL], "asked", missed=False).dues == []


def test_a_mail_that_may_have_left_is_not_planned_again(stopped: Rig, plans: Plans) -> None:
    stopped.rows("UPDATE message SET first_attempt_at = now() WHERE step = 4 RETURNING 1")
    [place] = plans.lift([EMAIL], "asked", stopped.clock())

    def all_of_it(place: Place) -> list[Due]:
        return [Due(id=mail.id, due_at=mail.due_at, expires_at=None) for mail in place.mails]

    plans.plan_again(place, all_of_it, stopped.clock())
    assert states(stopped) == ["sent", "scheduled", "scheduled", "skipped"]


@pytest.fixture
def earlier(opened: Callable[..., Rig]) -> Rig:
    """Somebody entered christmas a moment ago under an earlier version."""
    rig = opened(read_campaigns()["christmas"], clock=Clock(datetime.now(UTC)))
    answers = "UPDATE enrolment SET version = 0, segment = 'URGENT', answers = %s RETURNING 1"
    rig.enrol(name="christmas")
    wanted = {name for name, one in rig.desk.campaigns["christmas"].parameters.items() if not one.optional}
    rig.rows(answers, Jsonb(dict.fromkeys(wanted, 1)))
    return rig


def test_the_operator_moves_somebody(earlier: Rig, terminal: Terminal) -> None:
    said = terminal.type("move", EMAIL, "--campaign", "christmas", answer="y\n")
    assert (said.exit_code, said.stdout.splitlines()[-1]) == (0, "1 moved.")
    again = terminal.type("move", "--all", "--campaign", "christmas", "--yes")
    assert (again.exit_code, again.stdout.splitlines()[-1]) == (1, "0 moved.")


def test_a_move_that_is_not_confirmed_moves_nobody(earlier: Rig, terminal: Terminal) -> None:
    assert terminal.type("move", "--all", "--campaign", "christmas", answer="n\n").exit_code == 1
    assert earlier.rows("SELECT version FROM enrolment") == [(0,)]


def test_whoever_did_not_say_what_the_version_asks_for_is_named_and_stays(
    earlier: Rig, terminal: Terminal
) -> None:
    earlier.rows("UPDATE enrolment SET answers = '{}' RETURNING 1")
    said = terminal.type("move", "--all", "--campaign", "christmas", "--yes")
    assert said.exit_code == 1
    assert "not moved: version" in said.stdout


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--all", "--campaign", "summer"], "There is no campaign `summer`"),
        (["--all", "--campaign", "christmas", "--to", "99"], "Version 99 of christmas is not here"),
        (["--campaign", "christmas"], "Give an address, or --all"),
    ],
)
def test_a_move_that_makes_no_sense_is_refused(
    ledger: Any, terminal: Terminal, words: list[str], problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        terminal.type("move", *words)


def test_the_operator_resumes_somebody_and_must_say_why(here: Rig, terminal: Terminal) -> None:
    here.stop(here.enrol().contact_id)
    assert terminal.type("resume", EMAIL, "--yes").exit_code == 2
    said = terminal.type("resume", EMAIL, "--because", "asked by mail", answer="y\n")
    assert (said.exit_code, "Resumed." in said.stdout) == (0, True)
    again = terminal.type("resume", EMAIL, "--because", "asked by mail")
    assert (again.exit_code, again.stdout) == (1, "This address was not stopped.\n")
