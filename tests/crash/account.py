"""The provider's record beside the ledger: what was lost, what was doubled, what left after a stop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from tests.crash.place import PATIENCE, Place

_MESSAGES = """
    SELECT m.id::text, c.email, m.step, m.state::text, m.first_attempt_at IS NOT NULL,
           (SELECT max(a.began_at) FROM attempt a WHERE a.message_id = m.id)
    FROM message m JOIN enrolment e ON e.id = m.enrolment_id JOIN contact c ON c.id = e.contact_id"""


@dataclass(frozen=True)
class Message:
    """A mail as the ledger has it; `last_attempt_at` is when the last attempt at it began."""

    id: str
    email: str
    step: int
    state: str
    tried: bool
    last_attempt_at: datetime | None


@dataclass(frozen=True)
class Mail:
    """A mail as the provider accepted it."""

    key: str
    to: str
    step: int


@dataclass(frozen=True)
class Account:
    """Both sides: the accepted mails and the ledger's messages, and when who was told that they are stopped."""

    accepted: Sequence[Mail]
    messages: Mapping[str, Message]
    stopped: Mapping[str, datetime]
    expected: frozenset[tuple[str, int]]

    @property
    def left(self) -> list[tuple[str, int]]:
        """Person and step of each accepted mail."""
        return [(mail.to, mail.step) for mail in self.accepted]

    @property
    def doubled(self) -> list[tuple[str, int]]:
        """Person and step of each mail that was accepted more than once, under whatever keys."""
        return [pair for pair, count in Counter(self.left).items() if count > 1]

    @property
    def foreign(self) -> list[Mail]:
        """Accepted mails that the ledger knows nothing of."""
        return [mail for mail in self.accepted if mail.key not in self.messages]

    @property
    def lost(self) -> list[tuple[str, int]]:
        """Person and step of each mail that did not leave though nobody said stop."""
        missing = self.expected - set(self.left)
        return sorted(pair for pair in missing if pair[0] not in self.stopped)

    @property
    def untrue(self) -> list[Message]:
        """Messages of which the ledger says what the provider's record does not bear out.

        Who says stop while nobody knows whether a mail has left ends the tries: that one may have left and is `skipped`.
        """
        accepted = {mail.key for mail in self.accepted}
        return [one for one in self.messages.values() if (one.state == "sent") != (one.id in accepted)
                and not (one.state == "skipped" and one.tried and one.email in self.stopped)]  # fmt: skip

    @property
    def after_stop(self) -> list[Message]:
        """Messages of which an attempt began after the person was told that they are stopped."""
        return [one for one in self.messages.values() if one.last_attempt_at and one.email in self.stopped
                and one.last_attempt_at > self.stopped[one.email]]  # fmt: skip


def take(place: Place, expected: frozenset[tuple[str, int]], stopped: Mapping[str, datetime]) -> Account:
    sent = httpx.get(f"{place.resend}/_sent", timeout=PATIENCE).json()
    messages = {row[0]: Message(*row) for row in place.rows(_MESSAGES)}
    return Account([_mail(mail) for mail in sent], messages, stopped, expected)


def _mail(sent: dict[str, Any]) -> Mail:
    tags = {tag["name"]: tag["value"] for tag in sent["body"]["tags"]}
    return Mail(sent["key"], sent["body"]["to"][0], int(tags["step"]))
