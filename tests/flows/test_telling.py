"""A notice leaves once by each way, whatever fails or dies; what fails one way does not stop the other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from flows.adapters.resend import Preview
from flows.adapters.webhook import Webhook
from flows.domain.finding import fail
from flows.domain.verdict import judge
from tests.desk import Killed, Reply
from tests.stand_ins.script import Fault
from tests.tower import OPERATOR, Lookout


def ill(watch: Lookout) -> Lookout:
    """The disk is full, from the next look on."""
    watch.house = [fail("disk", "full", "Make room")]
    return watch


def states(watch: Lookout) -> dict[str, tuple[str, str | None]]:
    query = "SELECT n.channel, n.state, n.reason FROM notice n JOIN alert a ON a.id = alert_id WHERE kind = 'began' AND line = 'disk'"
    rows = watch.rig.rows(query)
    return {channel: (state, reason) for channel, state, reason in rows}


def test_a_mail_goes_to_the_operator_from_the_sender_under_the_notices_id(watch: Lookout) -> None:
    ill(watch).look()
    [mail] = watch.mails()
    assert (mail["to"], mail["from"]) == ([OPERATOR], "Galatek <hello@galatek.example>")
    assert mail["tags"] == [{"name": "notice", "value": "began"}]
    [(key,)] = watch.rig.rows("SELECT id::text FROM notice WHERE channel = 'mail'")
    assert [one.key for one in watch.rig.provider.sent] == [key]


@pytest.mark.parametrize("verdict", [judge(None), judge(503), judge(429), judge(401, "invalid_api_key")])
def test_resend_broken_does_not_stop_the_webhook_and_the_mail_leaves_with_a_later_look(
    watch: Lookout, verdict: Any
) -> None:
    watch.rig.provider.will(verdict)
    ill(watch).look()
    assert (states(watch)["mail"][0], states(watch)["webhook"][0]) == ("waiting", "sent")
    watch.look(minutes=20)
    assert (watch.subjects(), len(watch.posts())) == (["Alert: disk"], 1)


@pytest.mark.parametrize("fault", [Fault(status=500), Fault(status=404), Fault(status=302), Fault(drop=True)])
def test_a_webhook_that_is_broken_does_not_stop_the_mail_and_is_tried_again(
    watch: Lookout, fault: Fault
) -> None:
    watch.will(fault)
    ill(watch).look()
    assert (states(watch)["mail"][0], states(watch)["webhook"][0]) == ("sent", "waiting")
    watch.house = [fail("disk", "fuller", "Make room")]
    watch.look(minutes=10)
    assert (len(watch.mails()), states(watch)["webhook"]) == (1, ("sent", None))
    posted = {(one.headers["idempotency-key"], one.body) for one in watch.script.requests}
    assert (len(watch.posts()), len(posted)) == (2, 1)


def test_a_webhooks_address_is_not_repeated_when_it_does_not_answer() -> None:
    failure = Webhook("http://127.0.0.1:9/services/s3cr3t", 5).post({}, "key")
    assert failure is not None
    assert "ConnectError" in failure
    assert "s3cr3t" not in failure


@pytest.mark.parametrize("taken", [True, False])
def test_who_dies_while_resend_is_asked_leaves_a_mail_that_leaves_once(watch: Lookout, taken: bool) -> None:
    watch.rig.provider.will(Reply(None, taken=taken))
    with pytest.raises(Killed):
        ill(watch).look()
    watch.look(minutes=10)
    watch.look(minutes=10)
    bodies = {one.body for one in watch.rig.provider.attempts}
    assert (watch.subjects(), len(watch.posts()), len(bodies)) == (["Alert: disk"], 1, 1)


def test_what_two_would_tell_at_once_is_told_by_one(watch: Lookout) -> None:
    watch.teller.notices.note([fail("disk", "full", "Make room")], watch.rig.clock())
    claimed = [watch.teller.notices.claim_notice(watch.rig.clock()) for _ in range(3)]
    assert sorted(one.channel for one in claimed if one) == ["mail", "webhook"]


def test_after_23_hours_a_mail_of_unknown_fate_is_given_up(watch: Lookout) -> None:
    watch.rig.provider.will(*[judge(None)] * 200)
    ill(watch)
    for _ in range(24):
        watch.look(hours=1)
    assert states(watch)["mail"] == ("failed", "tried for 23 hours, and nobody knows whether it left")


def test_a_mail_that_was_surely_refused_is_tried_for_a_week(watch: Lookout) -> None:
    watch.rig.provider.will(*[judge(401, "invalid_api_key")] * 100)
    ill(watch)
    for _ in range(3):
        watch.look(days=1)
    assert states(watch)["mail"][0] == "waiting"
    watch.look(days=5)
    assert states(watch)["mail"] == ("failed", "it did not leave within 7 days")


def test_a_mail_that_resend_refuses_for_good_is_not_tried_again(watch: Lookout) -> None:
    watch.rig.provider.will(judge(422, "validation_error"))
    ill(watch).look()
    watch.look(minutes=10)
    assert states(watch)["mail"][0] == "failed"
    assert len(watch.rig.provider.attempts) == 1


@pytest.mark.parametrize(
    ("settings", "mail", "webhook"),
    [
        ({"operator_email": None}, ("skipped", "OPERATOR_EMAIL is not set"), ("sent", None)),
        ({"posting": False}, ("sent", None), ("skipped", "ALERT_WEBHOOK_URL is not set")),
        ({"mail_from": None}, ("waiting", "MAIL_FROM is not set: a mail needs a sender"), ("sent", None)),
    ],
)
def test_a_way_that_is_not_set_is_left_out(
    on_watch: Callable[..., Lookout], settings: Any, mail: Any, webhook: Any
) -> None:
    watch = on_watch(**settings)
    ill(watch).look()
    assert states(watch) == {"mail": mail, "webhook": webhook}
    assert watch.lines() == {"disk"}


def test_in_preview_the_mail_is_shown_and_the_webhook_works(on_watch: Callable[..., Lookout]) -> None:
    watch = on_watch(resend_api_key=None, operator_email=None, provider=Preview())
    shown = [one.body for one in ill(watch).look().told if one.body]
    assert [body["subject"] for body in shown if body] == ["Alert: disk"]
    assert states(watch) == {"mail": ("skipped", "preview"), "webhook": ("sent", None)}


def digests(watch: Lookout) -> list[str]:
    return [subject for subject in watch.subjects() if "signup" in subject]


def test_there_is_one_digest_a_day_at_its_hour_however_often_somebody_looks(
    on_watch: Callable[..., Lookout],
) -> None:
    watch = on_watch(digest_at="12:00")
    watch.rig.enrol()
    for _ in range(3 * 24 * 2):
        watch.look(minutes=30)
    assert len(digests(watch)) == 3


def test_over_the_change_of_the_clocks_each_day_has_one_digest(on_watch: Callable[..., Lookout]) -> None:
    watch = on_watch(digest_at="02:30")
    for at in ("2027-03-26 12:00", "2027-10-29 12:00"):
        watch.rig.clock.now = watch.rig.clock.now.fromisoformat(f"{at}+00:00")
        before = len(digests(watch))
        for _ in range(4 * 24):
            watch.look(hours=1)
        assert len(digests(watch)) - before == 5  # the day itself, and four nights


def test_the_digest_counts_what_happened_the_day_before(on_watch: Callable[..., Lookout]) -> None:
    watch = on_watch(digest_at="07:00")
    watch.left(20, complained=1, bounced=2, ago=timedelta(0))
    stopped = watch.rig.enrol("stopped@lead.example")
    watch.rig.stop(stopped.contact_id)
    watch.look(hours=24)
    text = watch.mails()[-1]["text"]
    row = next(line for line in text.splitlines() if line.startswith("spring"))
    assert row.split() == ["spring", "0", "2", "20", "18", "2", "1", "1"]
    assert "lead.example" not in text


def test_without_an_operator_no_digest_is_made(on_watch: Callable[..., Lookout]) -> None:
    watch = on_watch(digest_at="07:00", operator_email=None)
    watch.look(hours=24)
    assert watch.rig.rows("SELECT count(*) FROM notice") == [(0,)]
