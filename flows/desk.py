"""What every flow works with, in one object: settings, campaigns, ledger, mailer, mirror and clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from flows.adapters.postgres import Ledger
from flows.domain.campaign import Campaign
from flows.domain.letter import Letter
from flows.domain.link import sign
from flows.domain.readiness import reasons_not_to_send
from flows.domain.record import Mirror
from flows.domain.rendering import Rendered, context_of, render
from flows.domain.sequence import next_open
from flows.domain.template import Template
from flows.domain.verdict import Mailer
from flows.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Built by `flows.wiring` for a process, or by a test from parts of its own."""

    settings: Settings
    campaigns: Mapping[str, Campaign]
    templates: Mapping[str, Mapping[str, Template]]
    layout: str
    ledger: Ledger
    mailer: Mailer
    mirror: Mirror
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]
    at_a_time: int = 1  # letters on their way at the same time

    def unsubscribe_url(self, contact: UUID) -> str:
        """The link under every mail: signed, without an address in it, and good for ever."""
        assert self.settings.link_key is not None
        token = sign(self.settings.link_key.get_secret_value(), contact)
        return f"{self.settings.public_url}/unsubscribe/{token}"

    def confirm_url(self, enrolment: UUID) -> str:
        """Where a person confirms that they want the mails: signed for this alone."""
        assert self.settings.link_key is not None
        token = sign(self.settings.link_key.get_secret_value(), enrolment, "confirm")
        return f"{self.settings.public_url}/confirm/{token}"

    def opens(self, letter: Letter, moment: datetime) -> datetime:
        """The first moment at or after this one at which the campaign's window is open for the letter's person."""
        return next_open(self.campaigns[letter.campaign].window, moment, ZoneInfo(letter.timezone))

    def wording(self, campaign: str, mail: str) -> str:
        """Which version of a mail's file is in use."""
        return self.templates[campaign][mail].wording

    def render(self, letter: Letter, unsubscribe_url: str) -> Rendered:
        """The words of a letter for its person. Raises `Unrenderable`."""
        context = context_of(
            self.campaigns[letter.campaign],
            letter.answers,
            segment=letter.segment,
            unsubscribe_url=unsubscribe_url,
            postal_address=self.settings.postal_address or "Preview: no postal address is set",
            confirm_url=self.confirm_url(letter.enrolment_id) if letter.step <= 0 else None,
        )
        return render(self.templates[letter.campaign][letter.mail], self.layout, context)

    def wait_for_turn(self, provider: str, per_second: float, patience: timedelta) -> bool:
        """Sleep until the provider may be asked; False at once if that would take longer than `patience`."""
        turn = self.ledger.turn(provider, per_second, self.clock(), patience)
        if turn is not None:
            self.sleep(max(0.0, (turn - self.clock()).total_seconds()))
        return turn is not None

    def reasons_not_to_send(self, campaign: str) -> list[str]:
        """What keeps real mail of a campaign from leaving; empty in preview, where none leaves anyway."""
        return [] if self.settings.preview else reasons_not_to_send(self.settings, self.campaigns[campaign])
