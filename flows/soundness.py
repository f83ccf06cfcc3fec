"""Everything that is wrong with the campaigns, at once: what registration refuses, and what `campaigns check` says."""

from __future__ import annotations

from collections.abc import Mapping
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
from flows.domain.campaign import Campaign
from flows.domain.check import problems
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
    if not examined:
        found.append(f"{root}: there is no campaign; make one: campaigns new NAME")
    if not settings.preview:
        found += [reason for campaign in campaigns for reason in unfilled(campaign)]
        found += missing_settings(settings)
    return found


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
