"""What each kind of answer of the mail provider means for a mail: one table.

The names of errors are Resend's, from resend.com/docs/api-reference/errors, as of 2026-11.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol


class Action(Enum):
    """What to do with a mail after an attempt to send it."""

    SENT = "sent"
    #: Nothing left, because there is no account to send with.
    PREVIEW = "preview"
    #: Later again: the same key, the same bytes.
    RETRY = "retry"
    #: A quota is used up: no mail at all before tomorrow, or before a person acts; then the same key and bytes.
    PAUSE_UNTIL_TOMORROW = "pause until tomorrow"
    PAUSE = "pause"
    #: A person must look at this mail; the others go on.
    HOLD = "hold"
    #: No mail can leave before a person mends a setting; this one waits with the others.
    STOP_SENDING = "stop sending"


@dataclass(frozen=True)
class Verdict:
    """An action, a sentence that says why and what to do, and the seconds that the provider asked to wait."""

    action: Action
    reason: str
    retry_after: float | None = None


@dataclass(frozen=True)
class Answer:
    """How an attempt ended. `provider_id` is the provider's name for an accepted mail."""

    verdict: Verdict
    provider_id: str | None = None


class Mailer(Protocol):
    """Whatever hands mails over."""

    def send(self, rendered: Mapping[str, Any], key: str) -> Answer:
        """Hand over one mail, as `message.compose` made it, under an idempotency key.

        What the provider answers, and that it does not answer, is a verdict and never an exception.
        """
        ...


#: The name under which an accepting answer without a readable id is judged.
NO_ID = "no_id"

_NO_ANSWER = 0
_ANY = range(600)

#: Statuses, the error's name (None: any), and what follows. The first row that fits counts.
_TABLE: tuple[tuple[range, str | None, Action, str], ...] = (
    (range(1), None, Action.RETRY,
     ("Resend gave no answer, so whether it has the mail is unknown. "
      "The mail is tried again under the same key, which cannot send it twice.")),
    (range(200, 300), NO_ID, Action.HOLD,
     ("Resend accepted something but named no mail ({answer}). Look for the mail at resend.com/emails, "
      "then drop it if it is there or release it if it is not.")),
    (range(200, 300), None, Action.SENT, "Resend accepted the mail."),

    (_ANY, "invalid_api_key", Action.STOP_SENDING,
     "Resend does not accept the API key ({answer}). Put a key from resend.com/api-keys into RESEND_API_KEY."),
    (range(401, 402), "restricted_api_key", Action.STOP_SENDING,
     "The API key may not send mail ({answer}). Give it sending access at resend.com/api-keys."),
    (range(401, 402), None, Action.STOP_SENDING,
     "Resend does not accept the API key ({answer}). Put a key from resend.com/api-keys into RESEND_API_KEY."),
    (_ANY, "invalid_from_address", Action.STOP_SENDING,
     "Resend does not accept the sender ({answer}). Put an address of a verified domain into MAIL_FROM."),
    (range(403, 404), "validation_error", Action.STOP_SENDING,
     ("The sender's domain is not verified ({answer}). "
      "Verify it at resend.com/domains, or put an address of a verified domain into MAIL_FROM.")),
    (range(403, 404), None, Action.STOP_SENDING,
     "Resend refuses this account ({answer}). Look at resend.com for a notice about it."),
    (range(404, 406), None, Action.STOP_SENDING,
     "There is nothing that sends mail at this address ({answer}). Check RESEND_API_URL."),

    (range(408, 409), None, Action.RETRY,
     "Resend waited in vain for the request ({answer}). The mail is tried again under the same key."),
    (range(409, 410), "concurrent_idempotent_requests", Action.RETRY,
     "An earlier attempt is still under way ({answer}). The mail is tried again under the same key."),
    (range(409, 410), None, Action.HOLD,
     ("Resend knows the mail's key with other content, so the mail may have left already ({answer}). "
      "Look for it at resend.com/emails, then drop it if it is there. Never send it under a new key unseen.")),
    (range(429, 430), "daily_quota_exceeded", Action.PAUSE_UNTIL_TOMORROW,
     "The day's quota of mails is used up ({answer}). Sending goes on tomorrow; a larger plan at resend.com is sooner."),
    (range(429, 430), "monthly_quota_exceeded", Action.PAUSE,
     ("The month's quota of mails is used up ({answer}). "
      "Sending goes on when it renews; a larger plan at resend.com is sooner.")),
    (range(429, 430), None, Action.RETRY,
     "Resend asks for a slower pace ({answer}). The mail is tried again under the same key; see RESEND_PER_SECOND."),
    (range(400, 500), None, Action.HOLD,
     ("Resend refused the mail ({answer}). resend.com/logs says what is wrong with it; mend that, "
      "then release the mail or drop it.")),
    (range(500, 600), None, Action.RETRY,
     ("Resend failed ({answer}), so whether it has the mail is unknown. "
      "The mail is tried again under the same key, which cannot send it twice.")),

    (_ANY, None, Action.STOP_SENDING,
     "This is no answer of Resend's ({answer}). Check RESEND_API_URL and what stands between."),
)  # fmt: skip


def judge(status: int | None, name: str | None = None, retry_after: float | None = None) -> Verdict:
    """The verdict on one answer.

    Args:
        status: of the HTTP answer; None if there was none (time-out, broken connection).
        name: of the error, as the answer's body says; `NO_ID` for an accepting answer without an id.
        retry_after: seconds that the answer asked to wait.
    """
    number = _NO_ANSWER if status is None else status
    for statuses, known, action, reason in _TABLE:
        if number in statuses and known in (None, name):
            return Verdict(action, reason.format(answer=_short(number, name)), retry_after)
    raise ValueError(f"{number} is no HTTP status")


def _short(status: int, name: str | None) -> str:
    """The answer in a word or two. A name that is none could carry anybody's data, and is left out."""
    known = name is not None and re.fullmatch(r"[a-z_]{1,60}", name)
    return f"{status} {name}" if known else str(status)
