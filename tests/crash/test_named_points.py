"""A sender is killed at each point of its work, and another goes on: real processes, ledger and HTTP."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from flows.adapters.postgres import LEASE
from flows.domain.lead import Enrolment
from flows.domain.letter import TRIES_END
from tests.conftest import Ledger
from tests.crash.sender import Point, start
from tests.desk import NOW, Rig, rig
from tests.stand_ins.script import Captured, Fault
from tests.stand_ins.servers import ResendServer, resend_server

#: How many requests have reached the provider when the sender is dead.
POINTS = {
    Point("claim"): 0,
    Point("claim", after=True): 0,
    Point("turn", after=True): 0,
    Point("begin"): 0,
    Point("begin", after=True): 0,
    Point("send"): 0,
    Point("send", after=True): 1,
    Point("settle"): 1,
    Point("settle", after=True): 1,
}
#: Those at which the attempt is committed and not settled: whoever looks cannot tell whether the mail has left.
UNKNOWN = [Point("begin", after=True), Point("send"), Point("send", after=True), Point("settle")]
SECONDS = 60


@dataclass(frozen=True)
class Scene:
    """One person whose first mail is due, the ledger that knows it and the provider that takes it."""

    server: Ledger
    resend: ResendServer
    rig: Rig
    enrolment: Enrolment

    def send(self, at: datetime = NOW, point: Point | None = None) -> int | None:
        """The exit code of a sender at this time."""
        process = start(self.server, self.resend.url, at, point)
        process.join(SECONDS)
        return process.exitcode

    @property
    def first(self) -> tuple[str, str | None]:
        return self.rig.messages(self.enrolment)[0][1:]

    @property
    def requests(self) -> list[Captured]:
        return self.resend.mailbox.script.requests


@pytest.fixture(scope="module")
def provider() -> Iterator[ResendServer]:
    with resend_server() as server:
        yield server


@pytest.fixture
def scene(ledger: Ledger, provider: ResendServer) -> Iterator[Scene]:
    provider.mailbox.forget()
    here = rig(ledger)
    yield Scene(ledger, provider, here, here.enrol())
    here.close()


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.01)


def assert_left_once(scene: Scene, requests: int) -> None:
    assert scene.first == ("sent", None)
    assert len(scene.resend.mailbox.sent) == 1
    assert len(scene.requests) == requests
    assert len({(request.headers["idempotency-key"], request.body) for request in scene.requests}) == 1


@pytest.mark.parametrize("point", POINTS, ids=str)
def test_a_mail_leaves_once_wherever_its_sender_is_killed(scene: Scene, point: Point) -> None:
    assert scene.send(NOW, point) == -signal.SIGKILL
    assert len(scene.requests) == POINTS[point]
    assert scene.send(NOW + LEASE) == 0
    settled = point == Point("settle", after=True)
    assert_left_once(scene, requests=1 if settled else POINTS[point] + 1)


def test_a_mail_whose_senders_are_killed_one_after_the_other_leaves_once(scene: Scene) -> None:
    for turn, point in enumerate(POINTS):
        assert scene.send(NOW + turn * LEASE, point) == -signal.SIGKILL
    assert_left_once(scene, requests=3)


def test_a_sender_killed_between_acceptance_and_answer_has_sent_the_mail_once(scene: Scene) -> None:
    mailbox = scene.resend.mailbox
    scene.resend.will(Fault(delay=1))
    process = start(scene.server, scene.resend.url, NOW)
    wait_until(lambda: bool(mailbox.sent))
    assert scene.first == ("sending", None)
    process.kill()
    process.join(SECONDS)
    wait_until(lambda: not mailbox._under_way)
    assert scene.send(NOW + LEASE) == 0
    assert_left_once(scene, requests=2)


@pytest.mark.parametrize("point", UNKNOWN, ids=str)
def test_a_mail_that_may_have_left_a_day_ago_is_held_and_not_sent_again(scene: Scene, point: Point) -> None:
    assert scene.send(NOW, point) == -signal.SIGKILL
    requests = len(scene.requests)
    assert scene.send(NOW + TRIES_END) == 0
    state, reason = scene.first
    assert (state, len(scene.requests)) == ("held", requests)
    assert "nobody knows whether it left" in str(reason)


@pytest.mark.parametrize("point", UNKNOWN, ids=str)
def test_a_stop_after_the_sender_was_killed_ends_the_tries(scene: Scene, point: Point) -> None:
    assert scene.send(NOW, point) == -signal.SIGKILL
    requests = len(scene.requests)
    scene.rig.stop(scene.enrolment.contact_id)
    assert scene.send(NOW + LEASE) == 0
    assert len(scene.requests) == requests
    assert scene.first == ("skipped", "unsubscribed")


def test_a_slow_sender_whose_claim_has_ended_and_the_next_one_send_once(scene: Scene) -> None:
    scene.resend.will(Fault(delay=5))
    slow = start(scene.server, scene.resend.url, NOW)
    wait_until(lambda: bool(scene.resend.mailbox.sent))
    assert scene.send(NOW + LEASE) == 0
    slow.join(SECONDS)
    assert slow.exitcode == 0
    assert_left_once(scene, requests=2)


def test_two_processes_at_once_send_each_mail_once(scene: Scene) -> None:
    keys = {str(scene.enrolment.id)} | {str(scene.rig.enrol(f"p{n}@lead.example").id) for n in range(40)}
    senders = [start(scene.server, scene.resend.url, NOW) for _ in range(2)]
    for sender in senders:
        sender.join(SECONDS)
    assert [sender.exitcode for sender in senders] == [0, 0]
    assert set(Counter(request.headers["idempotency-key"] for request in scene.requests).values()) == {1}
    assert len(scene.resend.mailbox.sent) == len(keys)


def test_of_two_processes_one_is_killed_and_each_mail_leaves_once(scene: Scene) -> None:
    for number in range(40):
        scene.rig.enrol(f"p{number}@lead.example")
    senders = [start(scene.server, scene.resend.url, NOW, point) for point in (Point("settle"), None)]
    for sender in senders:
        sender.join(SECONDS)
    assert scene.send(NOW + timedelta(seconds=1)) == 0
    assert scene.send(NOW + LEASE) == 0
    assert len(scene.resend.mailbox.sent) == 41
    assert set(scene.rig.rows("SELECT state::text, count(*) FROM message GROUP BY 1")) == {
        ("sent", 41),
        ("scheduled", 123),
    }
