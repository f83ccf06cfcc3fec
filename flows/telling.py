"""What waits to be told leaves: by mail and by webhook, each by itself. Committed before the call, settled after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flows.adapters.figures import Figures
from flows.adapters.notices import Notices
from flows.adapters.postgres import LedgerError
from flows.adapters.vitals import VitalSigns
from flows.adapters.webhook import Webhook
from flows.desk import Desk
from flows.domain.digest import Coming, Digest, digest_words, span_of
from flows.domain.letter import resumes_at
from flows.domain.message import Words
from flows.domain.notice import NEXT_TRY, Notice, alert_words, compose, lead_words, payload, reason_to_give_up
from flows.domain.verdict import Action, Verdict

#: How long a notice waits for Resend's pace before it is left to the next look.
PATIENCE = timedelta(seconds=10)
#: And within a signup's run, which shall end soon.
BRIEFLY = timedelta(seconds=2)

_PREVIEW = "operator@localhost"


@dataclass(frozen=True, kw_only=True)
class Teller:
    """Whoever tells the operator. Without a webhook's address nothing is posted."""

    desk: Desk
    notices: Notices
    vitals: VitalSigns
    figures: Figures
    webhook: Webhook | None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.desk.settings.timezone)

    @property
    def mails(self) -> bool:
        """Whether there is anybody to mail, or a preview to show."""
        return self.desk.settings.preview or self.desk.settings.operator_email is not None


@dataclass(frozen=True)
class Told:
    """What became of a notice in one try. `body` is that of a mail that is only previewed."""

    notice: Notice
    state: str
    reason: str | None = None
    body: Mapping[str, Any] | None = None


def tell(teller: Teller, enrolment: UUID | None = None, patience: timedelta = PATIENCE) -> list[Told]:
    """Try whatever waits, once. What fails waits for the next call.

    Args:
        enrolment: nothing but the notices of this lead.
        patience: how long each may wait for Resend's pace.
    """
    told = []
    while notice := teller.notices.claim_notice(teller.desk.clock(), enrolment):
        told.append(_tell(notice, teller, patience))
    return told


def tell_of_lead(teller: Teller, enrolment: UUID) -> tuple[list[Told], str | None]:
    """What was told of a lead, and why the rest is told later. It fails nothing: the notices are in the ledger."""
    try:
        return tell(teller, enrolment, BRIEFLY), None
    except LedgerError as error:
        return [], str(error)


def _tell(notice: Notice, teller: Teller, patience: timedelta) -> Told:
    if why := reason_to_give_up(notice, teller.desk.clock()):
        return _settle(notice, "failed", why, teller)
    return _post(notice, teller) if notice.channel == "webhook" else _mail(notice, teller, patience)


def _post(notice: Notice, teller: Teller) -> Told:
    if teller.webhook is None:
        return _settle(notice, "skipped", "ALERT_WEBHOOK_URL is not set", teller)
    body = teller.notices.begin_notice(notice, notice.body or payload(notice), teller.desk.clock())
    failure = teller.webhook.post(body, str(notice.id)) if body else "it is settled"
    return _postpone(notice, failure, teller) if failure else _settle(notice, "sent", None, teller)


def _mail(notice: Notice, teller: Teller, patience: timedelta) -> Told:
    desk = teller.desk
    if not teller.mails:
        return _settle(notice, "skipped", "OPERATOR_EMAIL is not set", teller)
    if desk.settings.preview:
        told = _settle(notice, "skipped", "preview", teller)
        return Told(notice, told.state, told.reason, _written(notice, teller))
    if desk.settings.mail_from is None:
        return _postpone(notice, "MAIL_FROM is not set: a mail needs a sender", teller)
    if not _has_turn(teller, patience):
        paused = desk.ledger.paused("resend", desk.clock())
        return _postpone(notice, paused[1] if paused else "waits for its turn: see RESEND_PER_SECOND", teller)
    body = teller.notices.begin_notice(notice, notice.body or _written(notice, teller), desk.clock())
    if body is None:
        return Told(notice, "skipped", "somebody else has settled it")
    return _record(notice, desk.mailer.send(body, str(notice.id)).verdict, teller)


def _has_turn(teller: Teller, patience: timedelta) -> bool:
    desk = teller.desk
    turn = teller.notices.turn_despite_brake(desk.settings.resend_per_second, desk.clock(), patience)
    if turn is not None:
        desk.sleep(max(0.0, (turn - desk.clock()).total_seconds()))
    return turn is not None


def _record(notice: Notice, verdict: Verdict, teller: Teller) -> Told:
    now = teller.desk.clock()
    match verdict.action:
        case Action.SENT:
            return _settle(notice, "sent", None, teller)
        case Action.PREVIEW:
            return _settle(notice, "skipped", "preview", teller)
        case Action.HOLD:
            return _settle(notice, "failed", verdict.reason, teller)
        case Action.RETRY:
            return _postpone(notice, verdict.reason, teller, timedelta(seconds=verdict.retry_after or 0))
        case Action.PAUSE_UNTIL_TOMORROW | Action.PAUSE | Action.STOP_SENDING:
            teller.desk.ledger.pause("resend", resumes_at(verdict.action, now), verdict.reason, now)
            return _postpone(notice, verdict.reason, teller, refused=True)


def _written(notice: Notice, teller: Teller) -> dict[str, Any]:
    settings = teller.desk.settings
    to, sender = settings.operator_email or _PREVIEW, settings.mail_from or _PREVIEW
    return compose(_words(notice, teller), notice, to=to, sender=sender)


def _words(notice: Notice, teller: Teller) -> Words:
    match notice.kind:
        case "digest":
            return digest_words(_digest(notice.day, teller), teller.zone)
        case "lead":
            campaign = teller.desk.campaigns.get(notice.campaign or "")
            return lead_words(notice, teller.zone, campaign.parameters if campaign else ())
        case _:
            return alert_words(notice, teller.zone)


def _digest(day: date, teller: Teller) -> Digest:
    """As it is at the moment of writing."""
    desk = teller.desk
    flows = {campaign.flow: name for name, campaign in desk.campaigns.items()}
    soon = teller.figures.soon(desk.clock())
    return Digest(
        day=day,
        yesterday=teller.vitals.yesterday(flows, *span_of(day, teller.zone)),
        coming=[Coming(one.campaign, one.mail, one.count, one.first_at) for one in soon],
        held=teller.vitals.held(),
        alerts=teller.notices.open_alerts(),
        preview=desk.settings.preview,
    )


def _settle(notice: Notice, state: str, reason: str | None, teller: Teller) -> Told:
    teller.notices.settle_notice(notice, state, reason, teller.desk.clock())
    return Told(notice, state, reason)


def _postpone(
    notice: Notice, reason: str, teller: Teller, pause: timedelta = NEXT_TRY, *, refused: bool = False
) -> Told:
    until = teller.desk.clock() + max(pause, NEXT_TRY)
    teller.notices.postpone_notice(notice, until, reason, refused=refused)
    return Told(notice, "waiting", reason)
