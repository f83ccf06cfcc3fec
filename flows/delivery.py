"""One letter leaves: claimed, written, committed, handed to the provider, settled. In this order, or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flows.desk import Desk
from flows.domain.frequency import next_free
from flows.domain.letter import PUNCTUAL, Letter, Settled, pause_after, pushed, reason_to_keep, resumes_at
from flows.domain.message import Envelope, compose
from flows.domain.sequence import answers_signup
from flows.domain.verdict import Action, Verdict

#: How long a letter waits when the settings do not allow real mail: until somebody has filled them in.
NOT_READY = timedelta(minutes=15)
#: How long a run waits for the provider's pace, or for another try of mail 1, before it leaves it to a later one.
PATIENCE = timedelta(seconds=10)
BUSY = timedelta(minutes=1)


@dataclass(frozen=True)
class Delivered:
    """What became of a letter in one try: the state that it has now, why, and when it is tried again."""

    letter: Letter | None
    state: str
    reason: str | None = None
    again_at: datetime | None = None
    body: dict[str, Any] | None = None
    needs_person: bool = False


def deliver(letter: Letter, desk: Desk) -> Delivered:
    """Send one claimed letter, or settle why it stays.

    Whatever dies in between, a body that was committed is sent again with the same bytes and the same key,
    which the provider takes once; and nothing is sent that was not committed first.
    """
    if kept := reason_to_keep(letter, desk.clock()):
        return _settle(letter, kept, desk)
    if reasons := desk.reasons_not_to_send(letter.campaign):
        return _postpone(_waiting_for_person(letter, desk.clock() + NOT_READY, ". ".join(reasons)), desk)
    if stays := _capped(letter, desk) or _delayed(letter, desk):
        return stays
    try:
        body = _committed(letter, desk)
    except ValueError as error:  # unrenderable, or empty when rendered
        return _settle(letter, Settled("held", f"{error}. Mend the mail, then release the letter"), desk)
    if body is None:
        return _decided_anew(letter, desk)
    answer = desk.mailer.send(body, str(letter.id))
    return _record(letter, body, answer.verdict, answer.provider_id, desk)


def deliver_first(enrolment: UUID, desk: Desk) -> Delivered:
    """Mail 1 now, with a second and a third try within seconds: it answers what a person just did.

    With a double opt-in that is the mail that asks for the confirmation. If it is due later, settled already, or
    somebody else is sending it this moment, that is the answer.
    """
    while letters := desk.ledger.claim(desk.clock(), 1, enrolment):
        delivered = deliver(letters[0], desk)
        if delivered.again_at is None or delivered.again_at - desk.clock() > PATIENCE:
            return delivered
        desk.sleep(max(0.0, (delivered.again_at - desk.clock()).total_seconds()))
    state, reason, due_at = desk.ledger.first_mail(enrolment)
    later = state == "scheduled" and due_at > desk.clock()
    return Delivered(None, state, reason, due_at if later else None)


def _decided_anew(letter: Letter, desk: Desk) -> Delivered:
    """Something happened since it was claimed: a stop, a choice, another mail of the person's, another sender."""
    found = desk.ledger.look_again(letter)
    if found is None:
        return Delivered(letter, "skipped", "erased")
    return deliver(found, desk) if found.state in ("scheduled", "sending") else Delivered(found, found.state)


def _prompt(letter: Letter) -> bool:
    """Whether it answers what the person has just done: then it leaves at any hour, and however many others do."""
    return answers_signup(letter.step, letter.due_at - letter.entered_at)


def _capped(letter: Letter, desk: Desk) -> Delivered | None:
    """What becomes of a letter whose person has had enough mail for now; None if they have not."""
    now, cap = desk.clock(), desk.cap(letter)
    free = next_free(letter.mails, cap, now)
    if cap is None or free <= now or letter.first_attempt_at or _prompt(letter):
        return None
    until = desk.opens(letter, free)
    if letter.expires_at and until >= letter.expires_at:
        return _settle(letter, Settled("skipped", "too late"), desk)
    desk.ledger.show_again(letter, now)
    return _postpone(_waiting(letter, until, cap.why), desk)


def _delayed(letter: Letter, desk: Desk) -> Delivered | None:
    waits = _waits(letter, desk)
    return _postpone(_waiting(letter, *waits), desk) if waits else None


def _waits(letter: Letter, desk: Desk) -> tuple[datetime, str] | None:
    """Until when the letter has to wait before it may be tried, and for what."""
    now = desk.clock()
    opens = desk.opens(letter, now)
    if not _prompt(letter) and letter.first_attempt_at is None and opens > now:
        return opens, "waits for the send window"
    if desk.settings.preview:
        return None
    if desk.wait_for_turn("resend", desk.settings.resend_per_second, PATIENCE):
        return None
    return desk.ledger.paused("resend", now) or (now + BUSY, "waits for its turn: see RESEND_PER_SECOND")


def _committed(letter: Letter, desk: Desk) -> dict[str, Any] | None:
    body = letter.rendered or _write(letter, desk)
    prompt = _prompt(letter)
    capped = desk.cap(letter) is not None and letter.first_attempt_at is None and not prompt
    wording = desk.wording(letter.campaign, letter.mail)
    return desk.ledger.begin(letter, body, wording, desk.clock(), capped=capped, whatever=prompt)


def _write(letter: Letter, desk: Desk) -> dict[str, Any]:
    links = desk.links(letter)
    envelope = Envelope(
        to=letter.email,
        sender=desk.settings.mail_from or "preview@localhost",
        reply_to=desk.reply_to(letter.campaign),
        unsubscribe_url=links.unsubscribe,
        message_id=letter.id,
        campaign=letter.campaign,
        step=letter.step,
    )
    return compose(desk.render(letter, links), envelope)


def _record(
    letter: Letter, body: dict[str, Any], verdict: Verdict, provider_id: str | None, desk: Desk
) -> Delivered:
    now = desk.clock()
    match verdict.action:
        case Action.SENT:
            desk.ledger.settle(letter, "sent", None, now, provider_id)
            _push_later(letter, now, desk)
            return Delivered(letter, "sent", body=body)
        case Action.PREVIEW:
            desk.ledger.settle(letter, "skipped", "preview", now)
            _push_later(letter, now, desk)
            return Delivered(letter, "skipped", "preview", body=body)
        case Action.HOLD:
            return _settle(letter, Settled("held", verdict.reason), desk)
        case Action.RETRY:
            pause = max(pause_after(letter.attempts + 1), timedelta(seconds=verdict.retry_after or 0))
            return _postpone(_waiting(letter, now + pause, verdict.reason), desk)
        case Action.PAUSE_UNTIL_TOMORROW | Action.PAUSE | Action.STOP_SENDING:
            until = resumes_at(verdict.action, now)
            desk.ledger.pause("resend", until, verdict.reason, now)
            return _postpone(_waiting_for_person(letter, until, verdict.reason), desk, refused=True)


def _push_later(letter: Letter, now: datetime, desk: Desk) -> None:
    """After downtime nobody gets two mails in a row: what comes later keeps its distance from the late one."""
    lateness = now - letter.due_at
    if lateness > PUNCTUAL:
        later = desk.ledger.later(letter)
        desk.ledger.move(pushed(later, lateness, lambda moment: desk.opens(letter, moment)))


def _settle(letter: Letter, settled: Settled, desk: Desk) -> Delivered:
    desk.ledger.settle(letter, settled.state, settled.reason, desk.clock())
    return Delivered(letter, settled.state, settled.reason, needs_person=settled.state == "held")


def _postpone(delivered: Delivered, desk: Desk, *, refused: bool = False) -> Delivered:
    """Leave the letter for a later try; `refused` if the provider has just said that it did not take it."""
    if delivered.letter and delivered.again_at:
        desk.ledger.postpone(delivered.letter, delivered.again_at, delivered.reason or "", refused=refused)
    return delivered


def _waiting(letter: Letter, until: datetime, reason: str) -> Delivered:
    return Delivered(letter, "waiting", reason, until)


def _waiting_for_person(letter: Letter, until: datetime, reason: str) -> Delivered:
    return Delivered(letter, "waiting", reason, until, needs_person=True)
