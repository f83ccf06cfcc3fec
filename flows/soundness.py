"""Everything that is wrong with the campaigns, at once: what registration refuses, and what `campaigns check` says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from flows.adapters.campaign_files import (
    CAMPAIGNS,
    UnsoundCampaign,
    directories,
    read_campaign,
    read_layout,
    read_mails,
    shared_flows,
    unknown_ends,
)
from flows.adapters.language_files import read_languages
from flows.domain.address import READ, nobody_reads, unread
from flows.domain.campaign import Campaign
from flows.domain.check import problems
from flows.domain.language import without_words
from flows.domain.readiness import missing_settings, unfilled
from flows.domain.template import Template
from flows.settings import Settings


@dataclass(frozen=True)
class Examined:
    """One campaign's files: the campaign itself unless it is broken, its mails, and what is wrong."""

    campaign: Campaign | None
    mails: Mapping[str, Template]
    problems: list[str]


def everything_wrong(settings: Settings, root: Path = CAMPAIGNS) -> list[str]:
    """Each as `path:line: what is wrong; what to do`, the path below `root`. One broken file hides no other.

    Where real mail would leave, what must be filled in before that counts as wrong too.
    """
    layout, found = _layout(root)
    places = directories(root)
    examined = [examine(directory, layout) for directory in places]
    campaigns = [one.campaign for one in examined if one.campaign]
    found += [problem for one in examined for problem in one.problems]
    found += shared_flows(campaigns)
    found += unknown_ends(campaigns, [place.name for place in places])
    try:
        read_languages()
    except UnsoundCampaign as error:
        found += error.problems
    if not examined:
        found.append(f"{root}: there is no campaign; make one: campaigns new NAME")
    if not settings.preview:
        found += [reason for campaign in campaigns for reason in unfilled(campaign)]
        found += missing_settings(settings)
    return found


def everything_odd(settings: Settings, root: Path = CAMPAIGNS) -> list[str]:
    """What may be so and hardly is meant, in the same shape. Nothing is refused for it.

    Raises:
        UnsoundCampaign: a language's file cannot be used.
    """
    languages = read_languages()
    found: list[str] = []
    for campaign in _readable(root):
        if campaign.language not in languages.known:
            place = f"{campaign.name}/campaign.yaml:{campaign.line('language')}"
            found.append(f"{place}: {without_words(campaign.language, languages)}")
        if campaign.reply_to and nobody_reads(campaign.reply_to):
            place = f"{campaign.name}/campaign.yaml:{campaign.line('reply_to')}"
            found.append(f"{place}: nobody reads what is answered to {campaign.reply_to}; {READ}")
    return found + [
        f"{name}: {said}; {READ}" for name, said in unread(settings.mail_from, settings.mail_reply_to)
    ]


def _readable(root: Path) -> Iterator[Campaign]:
    for directory in directories(root):
        with suppress(UnsoundCampaign):
            yield read_campaign(directory)


def examine(directory: Path, layout: str | None) -> Examined:
    """Read one campaign, and try each of its mails on everybody who might get it.

    Args:
        layout: None if it cannot be read; then only the files themselves are looked at.
    """
    mails, broken = read_mails(directory)
    found = [problem for unreadable in broken.values() for problem in unreadable]
    try:
        campaign = read_campaign(directory)
    except UnsoundCampaign as error:
        return Examined(None, mails, error.problems + found)
    if layout is not None:
        found += problems(campaign, mails, layout, unreadable=broken.keys())
    return Examined(campaign, mails, found)


def _layout(root: Path) -> tuple[str | None, list[str]]:
    try:
        return read_layout(root), []
    except UnsoundCampaign as error:
        return None, error.problems
