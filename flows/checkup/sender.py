"""Who may send in the domain's name: Resend's key and domain, and what DNS says to whoever gets the mail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flows.adapters.names import Names, NamesAway
from flows.adapters.resend_account import AccountAway, AccountRefused, ResendAccount
from flows.desk import Desk
from flows.domain.address import READ, domain_of, nobody_reads
from flows.domain.finding import Finding, fail, off, ok, warn
from flows.domain.mail_dns import fits, judge_dmarc, judge_mailbox, places
from flows.settings import Settings

Record = Mapping[str, Any]

LINES = ("Resend key", "Resend domain", "SPF", "DKIM", "DMARC")
#: What Resend asks for when nothing else is chosen, as of 2026-11; for a key that may not look.
_USUAL: tuple[Record, ...] = (
    {"record": "SPF", "type": "TXT", "name": "send", "value": "v=spf1 include:amazonses.com ~all"},
    {"record": "DKIM", "type": "TXT", "name": "resend._domainkey", "value": ""},
)


def look(settings: Settings, account: ResendAccount | None, names: Names) -> Iterator[Finding]:
    domain = domain_of(settings.mail_from or "")
    if account is None or not domain:
        why = "MAIL_FROM is not set" if account else "preview: RESEND_API_KEY is not set"
        yield from (off(line, why) for line in LINES)
        return
    records: Sequence[Record] = _USUAL
    try:
        found = _domain(account, domain)
        yield ok("Resend key", "Resend takes it", demanded=True)
        records = found.get("records", [])
        yield _verified(domain, found)
    except AccountAway as away:
        yield warn("Resend key", str(away), demanded=True)
    except AccountRefused as refusal:
        yield from _refused(refusal)
    for kind in ("SPF", "DKIM"):
        yield _known(kind, [record for record in records if record["record"] == kind], domain, names)
    yield _dmarc(domain, names)


def _domain(account: ResendAccount, domain: str) -> dict[str, Any]:
    """The domain as Resend has it with its records; nothing if Resend does not know it."""
    listed = next((one for one in account.domains() if one["name"].lower() == domain), None)
    return account.domain(listed["id"]) if listed else {}


def _verified(domain: str, found: Record) -> Finding:
    if not found:
        do = f"Add {domain} at resend.com/domains, or set MAIL_FROM to an address of a domain that is there"
        return fail("Resend domain", f"Resend does not know {domain}", do, demanded=True)
    if found["status"] == "verified":
        return ok("Resend domain", f"{domain} is verified", demanded=True)
    open_ = [
        f"{record['record']} ({record['name']})"
        for record in found["records"]
        if record["status"] != "verified"
    ]
    said = f"{domain} is {found['status']}: {', '.join(open_) or 'see Resend'}"
    return fail(
        "Resend domain", said, "Add the records of resend.com/domains to the domain's DNS", demanded=True
    )


def _refused(refusal: AccountRefused) -> Iterator[Finding]:
    if not refusal.sending_only:
        yield fail("Resend key", str(refusal), demanded=True)
        return
    yield ok("Resend key", "it may send and nothing else, which is enough to send")
    yield warn(
        "Resend domain", "the key may not look at it", "Look at resend.com/domains: it must be verified"
    )


def _known(kind: str, records: Sequence[Record], domain: str, names: Names) -> Finding:
    """Whether DNS has what Resend wants. Without that from Resend, what it usually wants, and no more than a warning."""
    if not records:
        return warn(kind, "Resend names no record of this kind", demanded=True)
    try:
        missing = [record for record in records if not _in_dns(record, domain, names)]
    except NamesAway as away:
        return warn(kind, str(away), "Run it again; see that the server reaches a name server", demanded=True)
    if not missing:
        return ok(kind, f"{', '.join(sorted({r['name'] for r in records}))} in DNS", demanded=True)
    do = "; ".join(f"Add {r['type']} {r['name']} “{r['value'] or 'as Resend shows it'}”" for r in missing)
    said = f"DNS does not have {', '.join(r['name'] for r in missing)} of {domain}"
    return fail(kind, said, do, demanded=True) if records[0] not in _USUAL else warn(kind, said, do)


def _in_dns(record: Record, domain: str, names: Names) -> bool:
    answers = [
        answer for place in places(record["name"], domain) for answer in names.find(record["type"], place)
    ]
    return fits(answers, record["value"]) if record["value"] else any("p=" in answer for answer in answers)


def _dmarc(domain: str, names: Names) -> Finding:
    """The domain's own policy, or that of one above it."""
    try:
        for place in places("_dmarc", domain):
            if answers := names.texts(place):
                return judge_dmarc(domain, answers)
    except NamesAway as away:
        return warn("DMARC", str(away))
    return judge_dmarc(domain, [])


def replies(desk: Desk, names: Names) -> Iterator[Finding]:
    """Whether what people answer reaches somebody: the address says so, and its domain takes mail."""
    settings = desk.settings
    if settings.preview or not settings.mail_from:
        why = "preview: nothing is sent" if settings.preview else "MAIL_FROM is not set"
        yield off("replies", why)
        return
    own = {f"reply_to in {name}/campaign.yaml": desk.campaigns[name].reply_to for name in desk.campaigns}
    to = settings.mail_reply_to
    given = (
        {"MAIL_FROM": settings.mail_from, "MAIL_REPLY_TO": to} if to else {"MAIL_FROM": settings.mail_from}
    )
    for name, address in {**given, **own}.items():
        if address and not (name == "MAIL_FROM" and to):
            yield _answered(name, address, names)
    if to and nobody_reads(settings.mail_from):
        yield warn("replies", f"MAIL_FROM calls itself one that nobody answers: {settings.mail_from}", READ)


def _answered(name: str, address: str, names: Names) -> Finding:
    if nobody_reads(address):
        return warn("replies", f"{name}: nobody reads what is answered to {address}", READ)
    domain = domain_of(address)
    try:
        return judge_mailbox(name, domain, names.exchanges(domain))
    except NamesAway as away:
        return warn("replies", f"{name}: {away}", "Run it again; see that the server reaches a name server")
