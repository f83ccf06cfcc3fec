"""Mail addresses: which ones a provider takes, and behind which nobody reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.utils import parseaddr

from email_validator import EmailNotValidError, validate_email

#: What to do about an address behind which nobody reads.
READ = "name one that a person reads: people answer mails, and an answer may be a stop"

_NO_REPLY = re.compile(r"(?:do[-_.]?not|no)[-_.]?(?:reply|answer|respond)|unmonitored", re.IGNORECASE)


def deliverable(address: str) -> str:
    """The address in its normal form, ASCII only, the domain in lower case.

    Raises:
        ValueError: it is no address that a mail provider takes. No DNS is asked.
    """
    try:
        found = validate_email(address, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError as error:
        reason = re.split(r"[:(]", str(error))[0].strip(" .")  # what follows repeats parts of the address
        raise ValueError(f"not a valid email address: {reason}") from None
    return found.ascii_email or found.normalized


def sender(value: str) -> str:
    """An address as a mail's From and Reply-To have it: alone, or after a name in `<…>`.

    Raises:
        ValueError: it is none.
    """
    name, address = parseaddr(value)
    if "@" not in address or (not name and "<" in value):
        raise ValueError("write an address, with a name before it if you like")
    deliverable(address)
    return value


def domain_of(value: str) -> str:
    """The domain of a sender, in lower case."""
    return parseaddr(value)[1].rpartition("@")[2].lower()


def nobody_reads(value: str) -> bool:
    """Whether a sender calls itself one that nobody answers, such as `no-reply@…`."""
    return _NO_REPLY.match(parseaddr(value)[1].rpartition("@")[0]) is not None


def unread(sender: str | None, reply_to: str | None) -> Iterator[tuple[str, str]]:
    """The settings by which answers reach nobody: their names, and what is wrong."""
    if reply_to and nobody_reads(reply_to):
        yield "MAIL_REPLY_TO", f"nobody reads what is answered to {reply_to}"
    elif sender and nobody_reads(sender):
        said = "" if reply_to else ", and answers go there"
        yield "MAIL_FROM", f"{sender} calls itself one that nobody answers{said}"
