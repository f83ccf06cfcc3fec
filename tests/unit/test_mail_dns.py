"""What DNS must say of a sender's domain."""

from __future__ import annotations

import pytest

from flows.domain.mail_dns import fits, judge_dmarc, places


@pytest.mark.parametrize(
    ("answers", "state", "said"),
    [
        (["v=DMARC1; p=none; rua=mailto:a@galatek.example"], "ok", "p=none"),
        (["v=spf1 -all", "V = DMARC1;p = reject"], "ok", "p=reject"),
        ([], "warn", "no policy"),
        (["v=spf1 -all"], "warn", "no policy"),
        (["v=DMARC1; p=none", "v=DMARC1; p=reject"], "warn", "2 policies"),
        (["v=DMARC1; rua=mailto:a@galatek.example"], "warn", "no p="),
    ],
)
def test_a_domain_needs_one_policy(answers: list[str], state: str, said: str) -> None:
    found = judge_dmarc("galatek.example", answers)
    assert (found.state, said in found.said) == (state, True)


@pytest.mark.parametrize(
    ("name", "domain", "expected"),
    [
        ("send", "galatek.example", ["send.galatek.example"]),
        (
            "send.mail",
            "mail.galatek.example",
            ["send.mail.mail.galatek.example", "send.mail.galatek.example"],
        ),
        ("send.galatek.example", "galatek.example", ["send.galatek.example"]),
        ("@", "galatek.example", ["galatek.example"]),
    ],
)
def test_a_records_name_counts_from_the_domain_or_one_above(
    name: str, domain: str, expected: list[str]
) -> None:
    assert places(name, domain) == expected


@pytest.mark.parametrize(
    ("answer", "value", "expected"),
    [
        ("p=MIG fMA0", "p=MIGfMA0", True),
        ("p=MIGfMA0", "p=MIGFma0", False),
        ("v=spf1 include:amazonses.com ~all", "v=spf1 include:amazonses.com ~all", True),
        (
            "v=spf1 include:other.example include:amazonses.com -all",
            "v=spf1 include:amazonses.com ~all",
            True,
        ),
        ("v=spf1 include:other.example -all", "v=spf1 include:amazonses.com ~all", False),
        ("feedback.example", "feedback.example.", True),
    ],
)
def test_a_record_is_known_however_it_is_wrapped(answer: str, value: str, expected: bool) -> None:
    assert fits([answer], value) is expected
