"""What every flow works with, in one object: settings, campaigns, ledger, mailer, mirror and clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from flows.adapters.postgres import Ledger
from flows.domain.campaign import Campaign
from flows.domain.frequency import Cap, cap_for
from flows.domain.language import Languages, MailWords
from flows.domain.letter import Letter
from flows.domain.link import sign, sign_confirm, sign_view
from flows.domain.readiness import reasons_not_to_send
from flows.domain.record import Mirror
from flows.domain.rendering import Links, Rendered, context_of, make_ready, render
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
    languages: Languages
    ledger: Ledger
    mailer: Mailer
    mirror: Mirror
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]
    at_a_time: int = 1  # letters on their way at the same time

    def unsubscribe_url(self, contact: UUID, campaign: str) -> str:
        """The link under every mail: signed, without an address in it, and good for ever."""
        return f"{self.settings.public_url}/unsubscribe/{sign(self._link_key, contact, campaign)}"

    def view_url(self, message: UUID) -> str:
        """Where a browser shows the mail."""
        return f"{self.settings.public_url}/view/{sign_view(self._link_key, message)}"

    def links(self, letter: Letter) -> Links:
        """They follow from the letter's ids, so the letter has the same ones however often it is written."""
        return Links(
            unsubscribe=self.unsubscribe_url(letter.contact_id, letter.campaign),
            view=self.view_url(letter.id),
        )

    def reply_to(self, campaign: str) -> str | None:
        """Where answers go; None: to the sender."""
        return self.campaigns[campaign].reply_to or self.settings.mail_reply_to

    def words(self, campaign: str) -> MailWords:
        """What stands below a campaign's mails, in its language."""
        return self.languages.of(self.campaigns[campaign].language).mail

    def cap(self, letter: Letter) -> Cap | None:
        """How often the letter's person gets mail at most."""
        return cap_for(self.settings.mails_per_week, weekly=letter.weekly)

    def confirm_url(self, enrolment: UUID, campaign: str) -> str:
        """Where a person confirms that they want the mails: signed for this alone."""
        return f"{self.settings.public_url}/confirm/{sign_confirm(self._link_key, enrolment, campaign)}"

    def opens(self, letter: Letter, moment: datetime) -> datetime:
        """The first moment at or after this one at which the campaign's window is open for the letter's person."""
        return next_open(self.campaigns[letter.campaign].window, moment, ZoneInfo(letter.timezone))

    def wording(self, campaign: str, mail: str) -> str:
        """Which version of a mail's file is in use."""
        return self.templates[campaign][mail].wording

    def render(self, letter: Letter, links: Links) -> Rendered:
        """The words of a letter for its person. Raises `Unrenderable`."""
        context = context_of(
            self.campaigns[letter.campaign],
            letter.answers,
            segment=letter.segment,
            links=links,
            postal_address=self.settings.postal_address or "Preview: no postal address is set",
            words=self.words(letter.campaign),
            confirm_url=self.confirm_url(letter.enrolment_id, letter.campaign) if letter.step <= 0 else None,
        )
        return render(self.templates[letter.campaign][letter.mail], self.layout, context)

    def make_ready(self) -> None:
        """Compile the mails that answer a signup, so that it does not wait for that. Raises `Unrenderable`."""
        for name, campaign in self.campaigns.items():
            for mail in [step.mail for number, step in campaign.numbered.items() if number <= 1]:
                make_ready(self.templates[name][mail], self.layout)

    def wait_for_turn(self, provider: str, per_second: float, patience: timedelta) -> bool:
        """Sleep until the provider may be asked; False at once if that would take longer than `patience`."""
        turn = self.ledger.turn(provider, per_second, self.clock(), patience)
        if turn is not None:
            self.sleep(max(0.0, (turn - self.clock()).total_seconds()))
        return turn is not None

    def reasons_not_to_send(self, campaign: str) -> list[str]:
        """What keeps real mail of a campaign from leaving; empty in preview, where none leaves anyway."""
        return [] if self.settings.preview else reasons_not_to_send(self.settings, self.campaigns[campaign])

    @property
    def _link_key(self) -> str:
        assert self.settings.link_key is not None
        return self.settings.link_key.get_secret_value()
