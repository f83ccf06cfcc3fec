"""Resend beside sending: domains, webhooks, contacts. Over real HTTP, judged by Resend's own OpenAPI file."""

from __future__ import annotations

import socket

import pytest

from flows.adapters.resend_account import AccountAway, AccountRefused, ResendAccount
from tests.stand_ins.resend_account import DOMAIN, DOMAIN_ID, SECRET, WEBHOOK_ID
from tests.stand_ins.samples import EMAIL, resend_error
from tests.stand_ins.script import Fault
from tests.stand_ins.servers import PATIENT, ResendServer


def account(server: ResendServer, key: str = "re_full") -> ResendAccount:
    return ResendAccount(key, server.url, PATIENT)


def test_a_domain_is_read_with_its_records(resend_server: ResendServer) -> None:
    [listed] = account(resend_server).domains()
    assert (listed["name"], listed["status"]) == (DOMAIN, "verified")
    assert {record["record"] for record in account(resend_server).domain(DOMAIN_ID)["records"]} == {
        "SPF",
        "DKIM",
    }


def test_a_webhook_is_read_with_its_secret(resend_server: ResendServer) -> None:
    [listed] = account(resend_server).webhooks()
    assert listed["endpoint"] == "https://campaigns.example/events/resend"
    assert account(resend_server).signing_secret(WEBHOOK_ID) == SECRET


def test_a_contact_is_removed_by_the_address_and_an_unknown_one_is_none(resend_server: ResendServer) -> None:
    resend_server.mailbox.account.contacts.add("a+b@lead.example")
    assert account(resend_server).remove_contact("a+b@lead.example")
    assert not account(resend_server).remove_contact(EMAIL)
    assert resend_server.mailbox.account.contacts == set()


def test_a_long_list_is_read_to_its_end(resend_server: ResendServer) -> None:
    first = {"object": "list", "has_more": True, "data": [{"id": DOMAIN_ID, "name": "first.example"}]}
    resend_server.will(Fault(status=200, body=first))
    assert [one["name"] for one in account(resend_server).domains()] == ["first.example", DOMAIN]


def test_a_key_that_may_only_send_is_told_from_a_wrong_one(resend_server: ResendServer) -> None:
    with pytest.raises(AccountRefused) as sending:
        account(resend_server, "re_sending").domains()
    with pytest.raises(AccountRefused, match="RESEND_API_KEY") as wrong:
        account(resend_server, "wrong").domains()
    assert (sending.value.sending_only, wrong.value.sending_only) == (True, False)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (resend_error(429, "rate_limit_exceeded"), AccountAway),
        (resend_error(503, "application_error"), AccountAway),
        (Fault(status=200, body="<h1>Welcome</h1>"), AccountAway),
        (Fault(drop=True), AccountAway),
        (resend_error(403, "invalid_api_key"), AccountRefused),
        (Fault(status=404, body="<h1>Nothing here</h1>"), AccountRefused),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_refusal_is_told_from_an_absence_and_names_nobody(
    resend_server: ResendServer, fault: Fault, kind: type[Exception]
) -> None:
    resend_server.will(fault)
    with pytest.raises(kind) as raised:
        account(resend_server).domains()
    assert EMAIL not in str(raised.value)


def test_nobody_listening_is_an_absence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(AccountAway):
            ResendAccount("re_full", f"http://127.0.0.1:{taken.getsockname()[1]}", PATIENT).domains()


def test_the_time_of_an_answer_is_at_hand_whatever_it_says(resend_server: ResendServer) -> None:
    assert (account(resend_server, "wrong").clock() or "").endswith("GMT")
