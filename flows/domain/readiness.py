"""What must be filled in before real mail may leave."""

from __future__ import annotations

from typing import Protocol

from flows.domain.campaign import Campaign


class Sender(Protocol):
    """The settings that say who writes."""

    @property
    def mail_from(self) -> str | None: ...
    @property
    def postal_address(self) -> str | None: ...


def reasons_not_to_send(sender: Sender, campaign: Campaign) -> list[str]:
    """One sentence for each thing that is missing, with what to do; empty when mail may leave.

    The law wants the sender's postal address under a commercial mail (CAN-SPAM Act, 15 U.S.C. 7704(a)(5)).
    """
    return unfilled(campaign) + missing_settings(sender)


def unfilled(campaign: Campaign) -> list[str]:
    """The values of a campaign that nobody has filled in yet, as `path:line: what; what to do`."""
    return [
        f"{campaign.name}/campaign.yaml:{campaign.line('values', name)}: `{name}` is still a placeholder; "
        "write the real one"
        for name in campaign.placeholders
    ]


def missing_settings(sender: Sender) -> list[str]:
    """What the sender has not set, without which no mail may leave."""
    reasons = []
    if not sender.mail_from:
        reasons.append("MAIL_FROM is not set; write who the mails come from, such as Anna <anna@galatek.dev>")
    if not sender.postal_address:
        reasons.append("POSTAL_ADDRESS is not set; the law wants it under every mail")
    return reasons
