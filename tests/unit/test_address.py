"""Addresses behind which nobody reads."""

from __future__ import annotations

import pytest

from flows.domain.address import nobody_reads, unread


@pytest.mark.parametrize("sender", ["no-reply@a.example", "Galatek <NoReply@a.example>", "do_not_reply@a.example", "donotreply+x@a.example",
                                    "no.answer@a.example", "unmonitored@a.example"])  # fmt: skip
def test_an_address_that_calls_itself_unanswered_is_known(sender: str) -> None:
    assert nobody_reads(sender)


@pytest.mark.parametrize(
    "sender", ["anna@a.example", "No Reply <anna@no-reply.example>", "nora@a.example", "reply@a.example"]
)
def test_a_persons_address_is_not(sender: str) -> None:
    assert not nobody_reads(sender)


def test_the_setting_by_which_answers_are_lost_is_named() -> None:
    assert [name for name, _ in unread("no-reply@a.example", None)] == ["MAIL_FROM"]
    assert [name for name, _ in unread("anna@a.example", "no-reply@a.example")] == ["MAIL_REPLY_TO"]
    assert list(unread("anna@a.example", None)) == []
