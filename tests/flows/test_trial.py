"""A test of one mail: real, marked, and without a trace in the ledger of leads."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

from flows.adapters.office import Office
from flows.domain.verdict import judge
from flows.trial import NotSent, Trial, refuse_unready, segment_called, send_test, step_called
from tests.desk import Reply, Rig, campaign

ME = "me@galatek.example"
TWO = campaign(
    segments={"BIG": "size == 'big'", "ALL": True},
    parameters={
        "email": {"type": "string", "format": "email"},
        "first_name": {"type": "string", "examples": ["Bea"]},
        "size": {"type": "string", "enum": ["small", "big"], "optional": True},
    },
    steps=[{"mail": "one", "after": 0}, {"mail": "two", "after": "1d", "segments": ["ALL"]}],
)


@pytest.fixture
def here(opened: Callable[..., Rig]) -> Rig:
    return opened(TWO)


@pytest.fixture
def office(here: Rig) -> Iterator[Office]:
    found = Office(host=here.server.host, port=here.server.port, dbname=here.server.name, user="worker")
    yield found
    found.close()


def trial(**changes: Any) -> Trial:
    plain = {"campaign": TWO, "step": TWO.steps[0], "segment": "ALL", "to": ME}
    return Trial(**plain | changes)


def send(here: Rig, office: Office, **changes: Any) -> dict[str, Any]:
    send_test(here.desk, office, trial(**changes), uuid4())
    body: dict[str, Any] = json.loads(here.provider.sent[-1].body)
    return body


def test_a_test_is_marked_and_goes_to_one_address(here: Rig, office: Office) -> None:
    body = send(here, office)
    assert body["subject"] == "[Test] Mail one"
    assert body["to"] == [ME]
    assert body["tags"] == [{"name": "test", "value": "spring"}]
    assert "Good day, Bea." in body["text"]


def test_a_test_leaves_no_trace_in_the_ledger(here: Rig, office: Office) -> None:
    send(here, office)
    for table in ("contact", "enrolment", "message", "audit"):
        assert here.rows(f"SELECT * FROM {table}") == []


def test_each_test_has_a_key_of_its_own(here: Rig, office: Office) -> None:
    send(here, office)
    send(here, office)
    one, other = here.provider.sent
    assert one.key != other.key
    assert one.key.startswith("test-")


def test_a_test_that_got_no_answer_is_tried_again_under_the_same_key(here: Rig, office: Office) -> None:
    here.provider.will(Reply(judge(None), taken=True))
    send(here, office)
    assert len({attempt.key for attempt in here.provider.attempts}) == 1
    assert [len(here.provider.attempts), len(here.provider.sent)] == [2, 1]


def test_a_test_is_given_up_after_the_third_try(here: Rig, office: Office) -> None:
    here.provider.will(*[judge(503)] * 5)
    with pytest.raises(NotSent, match="Resend failed"):
        send(here, office)
    assert len(here.provider.attempts) == 3


def test_what_the_provider_refuses_is_said(here: Rig, office: Office) -> None:
    here.provider.will(judge(403, "validation_error"))
    with pytest.raises(NotSent, match="domain is not verified"):
        send(here, office)


def test_who_said_stop_gets_no_test_either(here: Rig, office: Office) -> None:
    office.stop(ME, here.clock())
    with pytest.raises(NotSent, match="suppression list .stopped by the operator."):
        send(here, office, to=ME.upper())
    assert here.provider.attempts == []


def test_the_link_under_a_test_stops_nobody(here: Rig, office: Office) -> None:
    here.enrol(ME)
    key = uuid4()
    send_test(here.desk, office, trial(), key)
    here.stop(key)
    assert office.suppressions() == []


def test_while_the_provider_is_paused_a_test_says_why_it_waits(here: Rig, office: Office) -> None:
    here.desk.ledger.pause(
        "resend", here.clock().replace(hour=23), "The day's quota is used up.", here.clock()
    )
    with pytest.raises(NotSent, match="quota"):
        send(here, office)


@pytest.mark.parametrize(
    ("settings", "saying"),
    [
        ({"resend_api_key": None}, "This is preview, where no mail leaves: set RESEND_API_KEY first"),
        ({"mail_from": None}, "MAIL_FROM is not set"),
        ({"postal_address": None}, "POSTAL_ADDRESS is not set"),
    ],
)
def test_where_no_real_mail_can_leave_a_test_is_refused(
    opened: Callable[..., Rig], settings: dict[str, Any], saying: str
) -> None:
    with pytest.raises(NotSent, match=saying):
        refuse_unready(opened(**settings).desk.settings)


@pytest.mark.parametrize(("which", "mail"), [("1", "one"), ("2", "two"), ("two", "two")])
def test_a_mail_is_chosen_by_its_number_or_its_name(which: str, mail: str) -> None:
    assert step_called(TWO, which).mail == mail


@pytest.mark.parametrize(
    ("which", "saying"),
    [("3", "has no mail 3; it has 2"), ("0", "no mail 0"), ("twoo", "did you mean `two`?")],
)
def test_a_mail_that_does_not_exist_is_told(which: str, saying: str) -> None:
    with pytest.raises(NotSent) as refusal:
        step_called(TWO, which)
    assert saying in str(refusal.value)


@pytest.mark.parametrize(
    ("step", "wanted", "saying"),
    [(0, "BGI", "did you mean `BIG`?"), (1, "BIG", "`BIG` does not get the mail `two`; ALL do.")],
)
def test_a_segment_that_does_not_get_the_mail_is_told(step: int, wanted: str, saying: str) -> None:
    with pytest.raises(NotSent) as refusal:
        segment_called(TWO, TWO.steps[step], wanted)
    assert saying in str(refusal.value)


@pytest.mark.parametrize(("step", "segment"), [(0, "BIG"), (1, "ALL")])
def test_without_a_segment_the_first_that_gets_the_mail_counts(step: int, segment: str) -> None:
    assert segment_called(TWO, TWO.steps[step], None) == segment
