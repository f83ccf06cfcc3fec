"""Mail that a person decides about: held, released, dropped, and noted who did it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from flows.adapters.office import Office, Suppression
from flows.delivery import deliver_first
from flows.domain.verdict import judge
from flows.send_due import send_all
from tests.desk import EMAIL, Rig


@pytest.fixture
def office(here: Rig) -> Iterator[Office]:
    found = Office(host=here.server.host, port=here.server.port, dbname=here.server.name, user="worker")
    yield found
    found.close()


@pytest.fixture
def held(here: Rig) -> Rig:
    """Resend has refused Anna's first mail."""
    here.provider.will(judge(422, "validation_error"))
    deliver_first(here.enrol().id, here.desk)
    return here


def test_what_is_held_is_listed_with_what_to_do(held: Rig, office: Office) -> None:
    assert [(one.campaign, one.step) for one in office.held()] == [("spring", 1)]
    assert "resend.com/logs" in office.held()[0].reason


def test_a_released_mail_leaves_with_the_same_bytes_and_key(held: Rig, office: Office) -> None:
    assert office.release([office.held()[0].id], held.clock()) == 1
    send_all(held.desk)
    first, second = held.provider.attempts
    assert (first.key, first.body) == (second.key, second.body)
    assert len(held.provider.sent) == 1


def test_a_mail_can_be_written_anew_when_its_words_were_refused(held: Rig, office: Office) -> None:
    held.rows("UPDATE message SET rendered = '{}' WHERE step = 1 RETURNING id")
    office.release([office.held()[0].id], held.clock(), rewrite=True)
    send_all(held.desk)
    assert held.provider.sent[0].to == EMAIL


def test_a_dropped_mail_never_leaves_and_the_rest_goes_on(held: Rig, office: Office) -> None:
    assert office.drop([office.held()[0].id], held.clock()) == 1
    held.clock.forward(days=2)
    send_all(held.desk)
    assert [mail.step for mail in held.provider.sent] == [2]


def test_a_mail_that_is_not_held_can_neither_be_released_nor_dropped(here: Rig, office: Office) -> None:
    here.enrol()
    ids = [row[0] for row in here.rows("SELECT id FROM message")]
    assert office.release(ids, here.clock()) == 0
    assert office.drop(ids, here.clock()) == 0


def test_every_decision_is_noted(held: Rig, office: Office) -> None:
    office.release([office.held()[0].id], held.clock())
    assert ("operator", "released", "spring, mail 1") in held.rows("SELECT actor, action, detail FROM audit")


def test_an_operators_stop_holds_and_lifting_it_is_a_persons_act_with_a_reason(
    here: Rig, office: Office
) -> None:
    here.enrol()
    assert office.stop(EMAIL.upper(), here.clock())
    assert not office.stop(EMAIL, here.clock())
    send_all(here.desk)
    assert office.lift(EMAIL, "asked by mail", here.clock())
    assert ("suppression lifted", "asked by mail") in here.rows("SELECT action, detail FROM audit")
    here.clock.forward(days=30)
    send_all(here.desk)
    assert here.provider.sent == []


def test_a_list_is_taken_over_whole_or_not_at_all(here: Rig, office: Office) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    good = Suppression(email="a@example.com", reason="bounced", source="import", created_at=at)
    broken = Suppression(email="b@example.com", reason=None, source="import", created_at=at)  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match="take over a suppression list"):
        office.suppress_all([good, broken])
    assert office.suppressions() == []
    assert office.suppress_all([good, good]) == 1
    assert office.suppressions() == [good]
