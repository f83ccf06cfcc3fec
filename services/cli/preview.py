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
from flows.adapters.language_files import read_languages
from flows.adapters.spamassassin import Hit
from flows.domain.campaign import Campaign
from flows.domain.check import beside
from flows.domain.gallery import empty_segments, exhibits
from flows.domain.readiness import unfilled
from flows.domain.rendering import Rendered
from flows.domain.suggestion import instead
from flows.settings import Settings
from flows.soundness import examine
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
    where, sender, layout = home(directory, campaign), settings.load(), read_layout(directory)
    examined = examine(where, layout)
    if examined.campaign is None:
        raise ValueError("\n".join(examined.problems))
    address = sender.postal_address or "POSTAL_ADDRESS is not set"
    words = read_languages().of(examined.campaign.language).mail
    shown = exhibits(examined.campaign, examined.mails, layout, address, words)
    failures = [failure for exhibit in shown for failure in exhibit.failures]
    problems = examined.problems + beside(failures, examined.problems)
    notes = _notes(examined.campaign)
    hits = (
        _judged([one.rendered for exhibit in shown for one in exhibit.shown], sender, notes) if spam else None
    )
    mails = mails_of(shown, problems, hits)
    written = page(examined.campaign, mails, problems, notes, sender.mail_from or "MAIL_FROM is not set")
    _tell(_write(written, output or f"preview/{campaign}.html"), mails, problems)
    if problems:
        raise typer.Exit(1)


def home(directory: Path, campaign: str) -> Path:
    """The directory of a campaign. Raises `ValueError` with what was meant."""
    known = {found.name: found for found in directories(directory)}
    if campaign not in known:
        raise ValueError(f"There is no campaign `{campaign}`; {instead(campaign, known)}")
    return known[campaign]


def _judged(mails: Sequence[Rendered], sender: Settings, notes: list[str]) -> list[list[Hit]] | None:
    """What SpamAssassin says of each mail; None, and a note, where it says nothing."""
    program = spamassassin.installed()
    if program is None:
        notes.append(_ADVICE)
        return None
    try:
        return spamassassin.judge(program, sender.mail_from or "sender@example.com", mails)
    except spamassassin.SpamAssassinFailed as failed:
        notes.append(f"SpamAssassin gave no judgement: {failed}")
        return None


def _notes(campaign: Campaign) -> list[str]:
    nobody = [
        f"Nobody could be made up who falls into {segment}; look at its condition and those before it."
        for segment in empty_segments(campaign)
    ]
    return unfilled(campaign) + nobody


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
