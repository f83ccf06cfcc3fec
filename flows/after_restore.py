"""What is done once after a restore, before the worker starts, so that no mail leaves a second time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flows.adapters.restored import Restored, Signup
from flows.domain.answers import Answers, Refused
from flows.domain.campaign import Campaign
from flows.domain.lead import qualified
from flows.domain.record import Mirror
from flows.domain.sequence import plan
from flows.mirroring import end_shown, enrolment_of


@dataclass(frozen=True, kw_only=True)
class Found:
    """Mails that may have left since the backup; signups whose sequences were planned again, and that do not fit."""

    unsure: int
    enrolled: int
    refused: int


def stop_again(mirror: Mirror, ledger: Restored, now: datetime) -> int:
    """Who said stop after the backup and whom the mirror shows so is stopped again; returns how many that were.

    So are the sequences that it shows as ended, by the person or by somebody there.

    Raises:
        NotionAway: nothing is known, so nothing should be sent either.
        NotionRefused: the same, until a person has mended something.
    """
    end_shown(mirror.ended(), ledger, now)
    keys = filter(None, map(enrolment_of, mirror.unsubscribed()))
    return sum(ledger.stop_again(key, now) for key in keys)


def after_restore(
    campaigns: Mapping[str, Campaign], ledger: Restored, timezone: str, taken: datetime, now: datetime
) -> Found:
    """Make the ledger fit to send again. Doing it twice does no harm.

    A signup that the backup has, but not yet its sequence, gets the sequence that it had: from its own time on
    and with the same ids. A mail that was due since the backup may have left: the letter's rule decides on it
    (`reason_to_keep`).

    Args:
        timezone: where people are whose zone is not known.
        taken: the backup's moment.
    """
    forms = [Answers(campaign) for campaign in campaigns.values()]
    asked = [(form, signup) for form in forms for signup in ledger.not_enrolled(form.campaign)]
    asked.sort(key=lambda one: one[1].created_at)  # as they came, since one campaign may end another
    enrolled = sum(_enrolled(form, signup, ledger, timezone) for form, signup in asked)
    unsure = ledger.reopen(taken, now)
    return Found(unsure=unsure, enrolled=enrolled, refused=len(asked) - enrolled)


def _enrolled(form: Answers, signup: Signup, ledger: Restored, timezone: str) -> bool:
    try:
        lead = qualified(form, signup.parameters, timezone)
    except Refused:  # the campaign has changed since; its flow run says what is wrong
        return False
    mails = plan(form.campaign, lead.segment, signup.created_at, ZoneInfo(lead.timezone))
    ledger.enrol(form.campaign, lead, mails, signup.id, signup.created_at)
    return True
