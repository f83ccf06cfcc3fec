"""A restored ledger: the people whose signup, sequence or stop the backup missed by a moment."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from uuid import uuid4

import pytest

from flows.after_restore import stop_again
from flows.delivery import deliver_first
from flows.mirroring import mirror_one
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
