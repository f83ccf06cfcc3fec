"""The port `Mailer` over Resend: one mail for one key, whatever gets lost on the way. Over real HTTP."""

from __future__ import annotations

import socket
from itertools import repeat
from typing import Any

from flows.adapters.resend import Preview, Resend
from flows.domain.verdict import Action, Answer, Mailer
from tests.stand_ins.samples import KEY, MAIL
from tests.stand_ins.script import Fault
from tests.stand_ins.servers import IMPATIENT, LATE, PATIENT, ResendServer


def send(server: ResendServer, mail: dict[str, Any] = MAIL, timeout: float = PATIENT) -> Answer:
    return server.mailer(timeout).send(mail, KEY)


def test_an_accepted_mail_is_sent_under_the_id_that_resend_gave(resend_server: ResendServer) -> None:
    answer = send(resend_server)

    (mail,) = resend_server.mailbox.sent
    assert (answer.verdict.action, answer.provider_id) == (Action.SENT, mail["id"])
    assert (mail["key"], mail["body"]) == (KEY, MAIL)


def test_a_time_out_after_acceptance_ends_as_one_mail(resend_server: ResendServer) -> None:
    resend_server.will(Fault(accept=True, delay=LATE))

    lost, meanwhile = send(resend_server, timeout=IMPATIENT), send(resend_server)
    later = map(send, repeat(resend_server, 5000))
    again = next(answer for answer in later if answer.verdict.action is not Action.RETRY)

    assert [lost.verdict.action, meanwhile.verdict.action] == [Action.RETRY, Action.RETRY]
    assert "409 concurrent_idempotent_requests" in meanwhile.verdict.reason
    assert [mail["id"] for mail in resend_server.mailbox.sent] == [again.provider_id]


def test_a_time_out_before_acceptance_is_tried_again_under_the_same_key(resend_server: ResendServer) -> None:
    resend_server.will(Fault(status=503, delay=LATE))

    assert send(resend_server, timeout=IMPATIENT).verdict.action is Action.RETRY
    assert resend_server.mailbox.sent == []


def test_a_connection_that_breaks_after_acceptance_ends_as_one_mail(resend_server: ResendServer) -> None:
    resend_server.will(Fault(drop=True, accept=True))

    assert send(resend_server).verdict.action is Action.RETRY
    assert send(resend_server).provider_id == resend_server.mailbox.sent[0]["id"]
    assert len(resend_server.mailbox.sent) == 1


def test_nobody_listening_is_a_retry() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        mailer = Resend("re_test", f"http://127.0.0.1:{taken.getsockname()[1]}", timeout=PATIENT)

        assert mailer.send(MAIL, KEY).verdict.action is Action.RETRY


def test_the_same_mail_is_the_same_bytes_whatever_the_order_of_its_keys(resend_server: ResendServer) -> None:
    first = send(resend_server)
    second = send(resend_server, dict(reversed(MAIL.items())))

    one, other = resend_server.mailbox.script.requests
    assert one.body == other.body
    assert first.provider_id == second.provider_id


def test_another_mail_under_a_known_key_is_held(resend_server: ResendServer) -> None:
    send(resend_server)

    answer = send(resend_server, {**MAIL, "subject": "Another"})

    assert answer.verdict.action is Action.HOLD
    assert len(resend_server.mailbox.sent) == 1


def test_a_preview_hands_nothing_over(resend_server: ResendServer) -> None:
    mailer: Mailer = Preview()

    answer = mailer.send(MAIL, KEY)

    assert (answer.verdict.action, answer.provider_id) == (Action.PREVIEW, None)
    assert "RESEND_API_KEY" in answer.verdict.reason
    assert resend_server.mailbox.script.requests == []
