"""A restored ledger: the people whose signup, sequence or stop the backup missed by a moment."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from uuid import uuid4

import pytest

from flows.after_restore import stop_again
from flows.delivery import deliver_first
from flows.mirroring import mirror_one
from flows.send_due import send_all
from services.cli import restored as command
from tests.desk import EMAIL, Rig, campaign
from tests.restoring import accept, brought_back, lose, restored, settle, taken


def test_a_sequence_that_began_after_the_backup_has_the_same_links_and_keys_again(here: Rig) -> None:
    signup = accept(here)
    copy, backup = taken(here.server), here.clock()
    here.clock.forward(seconds=3)
    first = here.enrol(signup=signup)
    deliver_first(first.id, here.desk)
    brought_back(here.server, copy)

    found = settle(here, backup)
    again = here.enrol(signup=signup)  # its flow run begins again
    deliver_first(again.id, here.desk)

    assert (found.enrolled, found.unsure) == (1, 1)
    assert (again.id, again.contact_id, again.new) == (first.id, first.contact_id, False)
    one, other = here.provider.attempts
    assert (one.key, one.body) == (other.key, other.body)
    assert len(here.provider.sent) == 1


def test_a_signup_that_is_in_its_sequence_is_left_alone(here: Rig) -> None:
    accept(here)
    here.enrol(signup=accept(here, EMAIL.upper()))
    assert settle(here, lose(here, hours=1)).enrolled == 0


def test_a_signup_that_no_longer_fits_its_campaign_is_counted_and_holds_nobody_up(here: Rig) -> None:
    accept(here, "other@lead.example", first_name=7)
    accept(here)
    found = settle(here, here.clock())
    assert (found.enrolled, found.refused) == (1, 1)


def test_who_said_stop_after_the_backup_is_stopped_again_where_the_mirror_shows_it(here: Rig) -> None:
    anna = here.enrol()
    for one in (anna.id, here.enrol("other@lead.example").id):
        mirror_one(one, here.desk)
    copy = taken(here.server)
    here.stop(anna.contact_id)
    mirror_one(anna.id, here.desk)
    here.wall.shown["typed by a person"] = here.wall.shown[str(anna.id)]
    brought_back(here.server, copy)

    with closing(restored(here)) as ledger:
        found = [stop_again(here.wall, ledger, here.clock()) for _ in range(2)]

    assert found == [1, 0]
    assert here.rows("SELECT email, reason FROM suppression") == [(EMAIL, "unsubscribed")]


def test_a_series_that_was_stopped_after_the_backup_ends_again_where_the_mirror_shows_it(here: Rig) -> None:
    anna = here.enrol()
    mirror_one(anna.id, here.desk)
    copy = taken(here.server)
    here.leave_series(anna.contact_id, "spring")
    mirror_one(anna.id, here.desk)
    here.wall.words[str(anna.id)] = here.wall.shown[str(anna.id)].status
    brought_back(here.server, copy)

    with closing(restored(here)) as ledger:
        stop_again(here.wall, ledger, here.clock())

    assert here.rows("SELECT end_reason FROM enrolment") == [("stop",)]
    settle(here, here.clock())
    send_all(here.desk)
    assert here.provider.attempts == []


def test_a_choice_of_one_mail_a_week_that_the_backup_missed_is_lost_and_can_be_made_again(here: Rig) -> None:
    anna = here.enrol()
    copy = taken(here.server)
    here.choose_weekly(anna.contact_id)
    brought_back(here.server, copy)
    settle(here, here.clock())
    assert here.rows("SELECT weekly_since FROM contact") == [(None,)]
    here.choose_weekly(anna.contact_id)
    assert here.rows("SELECT weekly_since FROM contact") == [(here.clock(),)]


@pytest.mark.parametrize(
    ("lost_hours", "first_mails"),
    [pytest.param(20, 1, id="while Resend knows the key"), pytest.param(25, 2, id="after that")],
)
def test_a_confirmation_that_the_backup_missed_is_waited_for_again_by_the_same_link(
    opened: Callable[..., Rig], lost_hours: int, first_mails: int
) -> None:
    here = opened(campaign(double_opt_in={"mail": "sure"}))
    anna = here.enrol()
    deliver_first(anna.id, here.desk)
    copy, backup = taken(here.server), here.clock()
    here.confirm(anna.id)
    send_all(here.desk)
    here.clock.forward(hours=lost_hours)
    brought_back(here.server, copy)
    settle(here, backup)
    send_all(here.desk)
    assert here.rows("SELECT waits_for FROM enrolment") == [("confirmation",)]
    assert here.confirm(anna.id) == "done"
    send_all(here.desk)
    assert [mail.step for mail in here.provider.sent] == [0] + [1] * first_mails


def test_the_ids_of_two_campaigns_do_not_meet(opened: Callable[..., Rig]) -> None:
    here = opened(campaign(), campaign(name="autumn", flow="autumn-signup"))
    signup = uuid4()
    first, second = here.enrol(signup=signup), here.enrol(name="autumn", signup=signup)
    assert first.id != second.id
    assert first.contact_id == second.contact_id
    assert here.rows("SELECT count(DISTINCT id) FROM message") == [(8,)]


@pytest.mark.parametrize("moment", ["2999-01-01T00:00:00Z", "2026-01-01T00:00:00", "yesterday"])
def test_a_moment_that_no_backup_can_have_is_refused(moment: str) -> None:
    with pytest.raises(ValueError, match=moment):
        command.after_restore(moment)
