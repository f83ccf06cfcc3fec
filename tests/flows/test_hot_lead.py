"""A lead for whom the campaign notifies: the operator hears of them once, with what they said, after their mail 1."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from flows.adapters.notices import Notices
from flows.adapters.office import Office
from flows.adapters.people import People
from flows.adapters.resend import Preview
from flows.delivery import deliver_first
from flows.domain.history import history
from flows.domain.verdict import judge
from flows.erasing import Places, erase
from flows.send_due import send_all
from flows.telling import Told, tell_of_lead
from tests.desk import EMAIL, Killed, Reply, campaign
from tests.flows.test_erasing import Prefect
from tests.tower import Lookout

NOTIFYING = campaign(notify=["ALL"])


@pytest.fixture
def watch(on_watch: Callable[..., Lookout]) -> Lookout:
    return on_watch(NOTIFYING)


def enters(watch: Lookout, **more: Any) -> list[Told]:
    """What a signup's run does."""
    enrolment = watch.rig.enrol(**more)
    deliver_first(enrolment.id, watch.rig.desk)
    return tell_of_lead(watch.teller, enrolment.id)[0]


def about(watch: Lookout) -> list[dict[str, Any]]:
    return [mail for mail in watch.mails() if mail["subject"] == "ALL lead in spring"]


def test_the_operator_gets_what_the_lead_said_and_an_answer_goes_to_the_lead(watch: Lookout) -> None:
    enters(watch)
    [mail] = about(watch)
    assert mail["reply_to"] == EMAIL
    assert "first name  Anna" in mail["text"]
    [post] = watch.posts()
    assert (post["kind"], post["campaign"], post["segment"]) == ("lead", "spring", "ALL")
    assert EMAIL not in str(post)


def test_the_leads_own_mail_leaves_first(watch: Lookout) -> None:
    enters(watch)
    assert [one.to for one in watch.rig.provider.sent] == [EMAIL, "operator@galatek.example"]


def test_a_signup_that_runs_twice_and_a_person_who_comes_twice_are_told_once(watch: Lookout) -> None:
    signup = uuid4()
    for one in (signup, signup, uuid4()):
        enters(watch, signup=one)
        watch.look(minutes=10)
    assert (len(about(watch)), len(watch.posts())) == (1, 1)


def test_where_people_confirm_the_operator_hears_of_them_when_they_have(
    on_watch: Callable[..., Lookout],
) -> None:
    watch = on_watch(campaign(notify=["ALL"], double_opt_in={"mail": "sure"}))
    enrolment = watch.rig.enrol()
    deliver_first(enrolment.id, watch.rig.desk)
    watch.look()
    assert about(watch) == []
    watch.rig.confirm(enrolment.id)
    send_all(watch.rig.desk)
    watch.look()
    watch.look(hours=1)
    assert len(about(watch)) == 1


def test_a_segment_that_is_not_named_tells_nobody(on_watch: Callable[..., Lookout]) -> None:
    watch = on_watch()
    assert enters(watch) == []
    assert watch.rig.rows("SELECT count(*) FROM notice") == [(0,)]


def test_a_run_that_dies_before_it_tells_leaves_that_to_the_next_look(watch: Lookout) -> None:
    watch.rig.enrol()
    watch.look()
    assert (len(about(watch)), len(watch.posts())) == (1, 1)


def test_a_run_that_dies_while_it_tells_tells_once(watch: Lookout) -> None:
    enrolment = watch.rig.enrol()
    watch.rig.provider.will(judge(200), Reply(None, taken=True))
    deliver_first(enrolment.id, watch.rig.desk)
    with pytest.raises(Killed):
        tell_of_lead(watch.teller, enrolment.id)
    watch.look(minutes=10)
    assert len(about(watch)) == 1


def test_a_notice_that_fails_neither_fails_the_leads_mail_nor_is_lost(watch: Lookout) -> None:
    watch.rig.provider.will(judge(200), judge(503))
    enters(watch)
    assert [one.to for one in watch.rig.provider.sent] == [EMAIL]
    watch.look(minutes=10)
    assert len(about(watch)) == 1


def test_a_ledger_that_is_away_when_it_should_be_told_fails_nothing(watch: Lookout) -> None:
    enrolment = watch.rig.enrol()
    away = replace(watch.teller, notices=Notices(host="127.0.0.1", port=9, dbname="campaigns", user="worker"))
    told, why = tell_of_lead(away, enrolment.id)
    assert told == []
    assert "could not claim a notice" in (why or "")
    watch.look()
    assert len(about(watch)) == 1


def test_the_words_of_a_notice_are_forgotten_when_it_has_left(watch: Lookout) -> None:
    enters(watch)
    assert watch.rig.rows("SELECT state, body FROM notice") == [("sent", None)] * 2


def test_in_preview_the_signups_run_shows_the_notice(on_watch: Callable[..., Lookout]) -> None:
    told = enters(on_watch(NOTIFYING, resend_api_key=None, provider=Preview()))
    assert [one.body["subject"] for one in told if one.body] == ["ALL lead in spring"]


def said(watch: Lookout) -> list[str]:
    """What `campaigns why` says of notices."""
    server = watch.rig.server
    with closing(People(host=server.host, port=server.port, dbname=server.name, user="worker")) as people:
        told = history(people.find([EMAIL]), {}, watch.rig.clock())
    return [one.said for one in told if one.said.startswith("The operator")]


def test_why_tells_that_the_operator_heard_of_the_lead_and_by_which_ways(watch: Lookout) -> None:
    enters(watch)
    assert said(watch) == [
        "The operator was told of this lead of spring by mail.",
        "The operator was told of this lead of spring by webhook.",
    ]


def test_why_tells_what_the_operator_is_still_to_hear_and_what_not(
    on_watch: Callable[..., Lookout],
) -> None:
    watch = on_watch(NOTIFYING, posting=False)
    watch.rig.provider.will(judge(200), judge(500))
    enters(watch)
    to_come, not_told = said(watch)
    assert to_come.startswith("The operator is to be told of this lead of spring by mail: ")
    assert (
        not_told
        == "The operator was not told of this lead of spring by webhook: ALERT_WEBHOOK_URL is not set."
    )


def test_why_says_nothing_of_notices_where_nobody_is_to_be_told(on_watch: Callable[..., Lookout]) -> None:
    watch = on_watch(campaign())
    enters(watch)
    assert said(watch) == []


def test_an_export_has_the_notices_and_with_the_person_they_are_erased(watch: Lookout) -> None:
    enters(watch)
    server = watch.rig.server
    where: dict[str, Any] = {
        "host": server.host,
        "port": server.port,
        "dbname": server.name,
        "user": "worker",
    }
    with closing(People(**where)) as people, closing(Office(**where)) as office:
        ways = [(row["channel"], row["state"]) for row in people.find([EMAIL]).notices]
        places = Places(people=people, office=office, runs=Prefect(), notion=None, resend=None)
        receipt = erase(places, [EMAIL], watch.rig.clock(), anyway=False)
    assert ways == [("mail", "sent"), ("webhook", "sent")]
    assert watch.rig.rows("SELECT count(*) FROM notice") == [(0,)]
    [kept] = [entry for entry in receipt.entries if entry.place == "operator's mailbox"]
    assert (kept.outcome, "delete it" in kept.said) == ("kept", True)
