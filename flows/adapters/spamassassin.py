"""What SpamAssassin thinks of a mail, where it is installed. It runs on this machine and asks nobody.

Quirks that are met here (4.0.1, seen in 2026-11): it gives the mails of an mbox back in another order; it knows a
mail that never travelled by rules of their own, which say nothing about its words.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from email.generator import BytesGenerator
from email.message import EmailMessage
from io import BytesIO

from flows.domain.rendering import Rendered

#: Points at which SpamAssassin, as it comes, calls a mail spam.
SPAM = 5.0

#: Seconds that it may take for a mail.
_PATIENCE = 20
_NUMBER = re.compile(rb"^Message-ID: <(\d+)\.preview@", re.MULTILINE)
_HIT = re.compile(r"^\s*(-?\d+\.\d) (\w+) +(.*(?:\n {20,}.*)*)$", re.MULTILINE)
_COMMAND = ("--local", "--test-mode", "--nocreate-prefs", "--mbox")


@dataclass(frozen=True)
class Hit:
    """A rule that fits the mail: its points and what it is about."""

    points: float
    rule: str
    about: str


class SpamAssassinFailed(RuntimeError):
    """It is installed and gave no judgement; the message says what it said."""


def installed() -> str | None:
    """Where SpamAssassin is, if it is on this machine."""
    return shutil.which("spamassassin")


def judge(program: str, sender: str, mails: Sequence[Rendered]) -> list[list[Hit]]:
    """The rules that give points to each mail, the heaviest first.

    Raises:
        SpamAssassinFailed: it did not finish, or left a mail out.
    """
    try:
        done = subprocess.run(
            [program, *_COMMAND], input=_mbox(sender, mails), capture_output=True, check=True,
            timeout=_PATIENCE * (len(mails) + 1),
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", None) or b""
        raise SpamAssassinFailed(f"{error} {said.decode(errors='replace')}".strip()) from error
    reports = {int(number): _hits(report) for number, report in _reports(done.stdout)}
    if missing := set(range(len(mails))) - reports.keys():
        raise SpamAssassinFailed(f"it judged {len(reports)} mails and left {len(missing)} out")
    return [reports[number] for number in range(len(mails))]


def _mbox(sender: str, mails: Sequence[Rendered]) -> bytes:
    box = BytesIO()
    for number, mail in enumerate(mails):
        box.write(b"From preview@example.com Thu Jan  1 00:00:00 2026\n")
        BytesGenerator(box, mangle_from_=True).flatten(_message(sender, number, mail))
        box.write(b"\n")
    return box.getvalue()


def _message(sender: str, number: int, mail: Rendered) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "lead@example.com", mail.subject
    message["Date"] = "Thu, 01 Jan 2026 00:00:00 +0000"
    message["Message-ID"] = f"<{number}.preview@campaigns.example.com>"
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    return message


def _reports(output: bytes) -> list[tuple[bytes, str]]:
    parts = re.split(rb"^From preview@\S+ .*\n", output, flags=re.MULTILINE)[1:]
    numbered = [(_NUMBER.search(part), part.rpartition(b"Content analysis details:")[2]) for part in parts]
    return [(number[1], report.decode(errors="replace")) for number, report in numbered if number]


def _hits(report: str) -> list[Hit]:
    found = [
        Hit(float(points), rule, " ".join(about.split())) for points, rule, about in _HIT.findall(report)
    ]
    return sorted((hit for hit in found if hit.points > 0), key=lambda hit: -hit.points)
