"""What DNS must say of a sender's domain: SPF (RFC 7208), DKIM (RFC 6376), DMARC (RFC 7489)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flows.domain.finding import Finding, ok, warn

_TAG = re.compile(r"\s*([a-z]+)\s*=\s*([^;]*)")


def places(name: str, domain: str) -> list[str]:
    """The full names that a record's name may mean, as Resend writes it: relative to the domain or to one above."""
    if name == domain or name.endswith(f".{domain}"):
        return [name]
    labels = domain.split(".")
    above = [".".join(labels[at:]) for at in range(len(labels) - 1)]
    return [f"{name}.{parent}" if name and name != "@" else parent for parent in above]


def fits(answers: Sequence[str], value: str) -> bool:
    """Whether one of the answers is the record that is wanted, however it is wrapped and spaced."""
    return any(_plain(answer) == _plain(value) or _same_policy(answer, value) for answer in answers)


def judge_dmarc(domain: str, answers: Sequence[str]) -> Finding:
    """A policy at `_dmarc`: Gmail and Yahoo demand one of whoever sends much (5,000 mails a day)."""
    policies = [answer for answer in answers if answer.lower().replace(" ", "").startswith("v=dmarc1")]
    if len(policies) > 1:
        return warn(
            "DMARC", f"_dmarc.{domain} has {len(policies)} policies, so none counts", "Leave one of them"
        )
    if not policies:
        do = f'Add the TXT record _dmarc.{domain} with "v=DMARC1; p=none; rua=mailto:you@{domain}"'
        return warn("DMARC", "there is no policy; Gmail and Yahoo demand one of whoever sends much", do)
    policy = dict(_TAG.findall(policies[0])).get("p", "").strip()
    return (
        ok("DMARC", f"p={policy}") if policy else warn("DMARC", "the policy has no p=", "Add p=none at least")
    )


def judge_mailbox(name: str, domain: str, exchanges: Sequence[str]) -> Finding:
    """Whether a domain takes mail (RFC 5321, 5.1): by its MX; a lone `.` says that it takes none (RFC 7505)."""
    if any(exchanges):
        return ok("replies", f"{name}: {domain} takes mail")
    said = (
        f"{name}: {domain} says that it takes no mail" if exchanges else f"{name}: {domain} has no MX in DNS"
    )
    do = "Answers are lost: let the domain take mail, or set MAIL_REPLY_TO to an address that a person reads"
    return warn("replies", said, do)


def _same_policy(answer: str, value: str) -> bool:
    """An SPF record may include others beside what is wanted."""
    if not value.startswith("v=spf1"):
        return False
    wanted = {word for word in value.split() if word.startswith("include:")}
    return answer.startswith("v=spf1") and wanted <= set(answer.split())


def _plain(text: str) -> str:
    return re.sub(r"[\s\"]", "", text).rstrip(".")
