"""`preview`: every mail of a campaign on one page, as each kind of person gets it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from flows import settings
from flows.adapters import spamassassin
from flows.adapters.campaign_files import CAMPAIGNS, directories, read_layout
from flows.adapters.spamassassin import Hit
from flows.domain.gallery import empty_segments, exhibits
from flows.domain.readiness import unfilled
from flows.domain.rendering import Rendered
from flows.domain.suggestion import instead
from flows.settings import Settings
from flows.soundness import Examined, examine
from services.cli.page import Mail, mails_of, page

#: The name of a campaign; the commands that take one share it.
Name = Annotated[str, typer.Argument(help="The campaign's name: its directory.")]

_ADVICE = (
    "No spam filter was asked: install SpamAssassin (the package `spamassassin`) to have each mail judged."
)


def preview(
    campaign: Name,
    *,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            help="Where to write it, - for standard output.  [default: preview/CAMPAIGN.html]",
        ),
    ] = None,
    directory: Annotated[Path, typer.Option(help="Where the campaigns are.")] = CAMPAIGNS,
    spam: Annotated[bool, typer.Option(help="Ask SpamAssassin, where it is installed.")] = True,
) -> None:
    """Every mail of a campaign on one page: for each segment, with many answers and with few, light, dark and narrow.

    Nothing is sent; no settings, no database and no account are needed. Exit code 1 if something is wrong: the page
    says what.

    Example: campaigns preview christmas
    """
    where = home(directory, campaign)
    sender = settings.load()
    examined = examine(where, read_layout(directory))
    notes: list[str] = []
    mails = _mails(examined, sender, directory, notes, ask=spam)
    assert examined.campaign
    notes += _notes(examined)
    written = page(
        examined.campaign, mails, examined.problems, notes, sender.mail_from or "MAIL_FROM is not set"
    )
    place = _write(written, output or f"preview/{campaign}.html")
    _tell(place, mails, examined.problems)
    if examined.problems:
        raise typer.Exit(1)


def home(directory: Path, campaign: str) -> Path:
    """The directory of a campaign. Raises `ValueError` with what was meant."""
    known = {found.name: found for found in directories(directory)}
    if campaign not in known:
        raise ValueError(f"There is no campaign `{campaign}`; {instead(campaign, known)}")
    return known[campaign]


def _mails(
    examined: Examined, sender: Settings, directory: Path, notes: list[str], *, ask: bool
) -> list[Mail]:
    if examined.campaign is None:
        raise ValueError("\n".join(examined.problems))
    address = sender.postal_address or "POSTAL_ADDRESS is not set"
    shown = exhibits(examined.campaign, examined.mails, read_layout(directory), address)

    def judge(mails: Sequence[Rendered]) -> list[list[Hit]] | None:
        program = spamassassin.installed() if ask else None
        try:
            if program:
                return spamassassin.judge(program, sender.mail_from or "sender@example.com", mails)
        except spamassassin.SpamAssassinFailed as failed:
            notes.append(f"SpamAssassin gave no judgement: {failed}")
            return None
        notes.append(_ADVICE)
        return None

    return mails_of(shown, examined.problems, judge)


def _notes(examined: Examined) -> list[str]:
    assert examined.campaign
    nobody = [
        f"Nobody could be made up who falls into {segment}; look at its condition and those before it."
        for segment in empty_segments(examined.campaign)
    ]
    return unfilled(examined.campaign) + nobody


def _write(written: str, output: str) -> str:
    if output == "-":
        sys.stdout.write(written)
        return "standard output"
    try:
        Path(output).parent.mkdir(parents=True, exist_ok=True)
        Path(output).write_text(written, "utf-8")
    except OSError as error:
        raise ValueError(
            f"{output} cannot be written ({error.strerror}); name another file with --output, or - for standard output"
        ) from error
    return output


def _tell(place: str, mails: Sequence[Mail], problems: Sequence[str]) -> None:
    versions = sum(len(mail.versions) for mail in mails)
    warned = sum(mail.warned for mail in mails)
    said = f"{place}: {len(mails)} mails in {versions} versions, {warned} with warnings, {len(problems)} problems."
    print(said, file=sys.stderr if place == "standard output" else sys.stdout)
