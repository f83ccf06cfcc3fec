"""The campaigns' directory: reads each `campaign.yaml`, its mails and the shared layout."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from flows.domain.campaign import Campaign
from flows.domain.marked_yaml import BadYaml, Lines, Place, complaints, load
from flows.domain.schema import keys_at, schema_of
from flows.domain.suggestion import instead
from flows.domain.template import Template, UnreadableTemplate, parse

CAMPAIGNS = Path(__file__).parent.parent / "campaigns"

_FILE = "campaign.yaml"


class UnsoundCampaign(ValueError):
    """Files of a campaign cannot be used. `problems` has each as `path:line: what is wrong; what to do`."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


def read_campaign(directory: Path) -> Campaign:
    """The campaign of one directory, checked. Its name is the directory's.

    Raises:
        UnsoundCampaign: there is no `campaign.yaml`, or it is not sound.
    """
    path = f"{directory.name}/{_FILE}"
    try:
        data, lines = _mapping((directory / _FILE).read_text("utf-8-sig"))
        return Campaign.model_validate({**data, "name": directory.name}, context=lines)
    except ValidationError as error:
        raise UnsoundCampaign(complaints(error, path, lines, _keys)) from error
    except BadYaml as error:
        raise UnsoundCampaign([f"{path}:{error.line}: {error}"]) from error
    except (OSError, UnicodeDecodeError) as error:
        raise UnsoundCampaign(
            [f"{path}:1: it cannot be read ({_reason(error)}); put it there as UTF-8"]
        ) from error


def read_campaigns(root: Path = CAMPAIGNS) -> dict[str, Campaign]:
    """Every campaign below a directory, by its name.

    Raises:
        UnsoundCampaign: one of them is not sound, two share a flow, one ends what does not exist, or there is none.
    """
    campaigns: dict[str, Campaign] = {}
    problems: list[str] = []
    found = directories(root)
    for directory in found:
        try:
            campaigns[directory.name] = read_campaign(directory)
        except UnsoundCampaign as error:
            problems += error.problems
    problems += shared_flows(list(campaigns.values()))
    problems += unknown_ends(list(campaigns.values()), [directory.name for directory in found])
    if not campaigns and not problems:
        problems = [f"{root}: there is no campaign; make one: campaigns new NAME"]
    if problems:
        raise UnsoundCampaign(problems)
    return campaigns


def read_templates(directory: Path) -> dict[str, Template]:
    """Every mail in the campaign's directory, by its name: the file's, without `.md`.

    Raises:
        UnsoundCampaign: a file cannot be read as a mail.
    """
    templates, problems = read_mails(directory)
    if problems:
        raise UnsoundCampaign([problem for found in problems.values() for problem in found])
    return templates


def read_mails(directory: Path) -> tuple[dict[str, Template], dict[str, list[str]]]:
    """The mails that can be read, and what is wrong with each of the others, by their names."""
    templates: dict[str, Template] = {}
    problems: dict[str, list[str]] = {}
    for file in sorted((directory / "mails").glob("*.md")):
        path = f"{directory.name}/mails/{file.name}"
        try:
            templates[file.stem] = parse(file.stem, path, file.read_bytes())
        except UnreadableTemplate as error:
            problems[file.stem] = error.problems
        except OSError as error:
            problems[file.stem] = [f"{path}:1: it cannot be read ({_reason(error)}); look at its permissions"]
    return templates, problems


def read_layout(root: Path = CAMPAIGNS) -> str:
    """The MJML around every mail.

    Raises:
        UnsoundCampaign: there is none.
    """
    try:
        return (root / "layout.mjml").read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnsoundCampaign(
            [f"layout.mjml:1: it cannot be read ({_reason(error)}); put it into {root}"]
        ) from error


def _mapping(text: str) -> tuple[dict[str, Any], Lines]:
    data, lines = load(text)
    if not isinstance(data, dict) or "name" in data:
        raise BadYaml(1, "a campaign is `key: value` lines, and its name is the directory's, not a key")
    return data, lines


def _keys(place: Place) -> set[str]:
    return keys_at(schema_of(Campaign), place)


def directories(root: Path) -> list[Path]:
    """The directories of the campaigns, in the order of their names."""
    found = root.iterdir() if root.is_dir() else ()
    return sorted(path for path in found if path.is_dir() and path.name[0] not in "._")


def shared_flows(campaigns: list[Campaign]) -> Iterator[str]:
    """A problem for each flow that two campaigns have."""
    owners: dict[str, str] = {}
    for campaign in campaigns:
        owner = owners.setdefault(campaign.flow, campaign.name)
        if owner != campaign.name:
            place = f"{campaign.name}/{_FILE}:{campaign.line('flow')}"
            yield f"{place}: `{campaign.flow}` is the flow of {owner} already; give each campaign its own"


def unknown_ends(campaigns: list[Campaign], known: Collection[str]) -> Iterator[str]:
    """A problem for each campaign that shall end another one that does not exist.

    Args:
        known: the names of all campaigns, those that cannot be read too.
    """
    for campaign in campaigns:
        for at, name in enumerate(campaign.ends):
            if name not in known:
                place = f"{campaign.name}/{_FILE}:{campaign.line('ends', at)}"
                others = [other for other in known if other != campaign.name]
                yield f"{place}: there is no campaign `{name}` to end; {instead(name, others)}"


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return (error.strerror or type(error).__name__) if isinstance(error, OSError) else "not UTF-8"
