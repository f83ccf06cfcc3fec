"""`new`: a campaign from a few answers."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from jinja2 import Environment, StrictUndefined

from flows.adapters.campaign_files import CAMPAIGNS, directories, read_layout, shared_flows
from flows.domain.campaign import Campaign
from flows.soundness import examine

_STARTER = Path(__file__).parent / "starter"
_YAML = Environment(
    undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True, autoescape=False  # noqa: S701 - no HTML
)  # fmt: skip
_NAME = re.compile(r"[a-z][a-z0-9-]{0,59}")


def new(  # noqa: PLR0913 (an option for each answer)
    name: Annotated[str, typer.Argument(help="Its name: lower case, digits and hyphens.")],
    *,
    title: Annotated[str | None, typer.Option(help="What readers see above every mail.")] = None,
    flow: Annotated[
        str | None, typer.Option(help="What the website's ids are derived from, for ever.")
    ] = None,
    days: Annotated[
        str | None, typer.Option(help="When mails leave after the signup: `0, 1d, 3d 12h`.")
    ] = None,
    signature: Annotated[str | None, typer.Option(help="Who signs the mails.")] = None,
    reason: Annotated[
        str | None, typer.Option(help="Why the reader gets them: stands under every mail.")
    ] = None,
    language: Annotated[str | None, typer.Option(help="The mails' language, two letters.")] = None,
    directory: Annotated[Path, typer.Option(help="Where the campaigns are.")] = CAMPAIGNS,
) -> None:
    """A new campaign with its mails, sound from the start. What is not given as an option is asked at a terminal.

    Example: campaigns new spring --title "Spring check" --days "0, 2d, 7d"
    """
    _refuse_name(name, directory)
    answers = {
        "title": _asked("Title, above every mail", title, name.replace("-", " ").capitalize()),
        "flow": _asked("Name of the flow, for ever", flow, f"{name}-signup"),
        "days": _asked("When mails leave after the signup", days, "0, 1d, 3d, 7d"),
        "signature": _asked("Who signs", signature, "<Your name>"),
        "reason": _asked(
            "Why the reader gets them",
            reason,
            "You get this mail because this address was entered on our website.",
        ),
        "language": _asked("Language", language, "en"),
    }
    made = _made(name, answers, directory)
    print(
        f"{directory / name}: campaign.yaml and {len(made.steps)} mail{'s' * (len(made.steps) > 1)}. It is sound.\n"
        f"Write the mails in your own words, and remove `draft` from campaign.yaml.\n"
        f"Look at them: campaigns preview {name}\n"
        f"For the website, flow_id: {made.flow_id}"
    )


def _asked(question: str, given: str | None, default: str) -> str:
    if given is not None or not sys.stdin.isatty():
        return given if given is not None else default
    return str(typer.prompt(question, default=default))


def _refuse_name(name: str, directory: Path) -> None:
    if not _NAME.fullmatch(name):
        raise ValueError(f"`{name}` is no name: lower case, digits and hyphens, such as spring-check")
    if (directory / name).exists():
        raise ValueError(f"{directory / name} is there already; choose another name")


def _made(name: str, answers: Mapping[str, str], directory: Path) -> Campaign:
    """The campaign, written whole and sound, or not at all."""
    layout = read_layout(directory)
    others = [found for one in directories(directory) if (found := examine(one, None).campaign)]
    try:
        with TemporaryDirectory(dir=directory, prefix=".new-") as draft:
            _write(Path(draft) / name, answers)
            examined = examine(Path(draft) / name, layout)
            campaigns = [*others, examined.campaign] if examined.campaign else others
            if wrong := examined.problems + list(shared_flows(campaigns)):
                raise ValueError("Nothing was written:\n" + "\n".join(wrong))
            (Path(draft) / name).rename(directory / name)
    except OSError as error:
        raise ValueError(
            f"{directory} cannot be written ({error.strerror}); run it in a working copy, or name one with --directory"
        ) from error
    assert examined.campaign
    return examined.campaign


def _write(home: Path, answers: Mapping[str, str]) -> None:
    delays = [delay.strip() for delay in answers["days"].split(",") if delay.strip()]
    steps = [(_mail(number, len(delays)), delay) for number, delay in enumerate(delays, start=1)]
    (home / "mails").mkdir(parents=True)
    quoted = {key: json.dumps(answer, ensure_ascii=False) for key, answer in answers.items()}
    source = (_STARTER / "campaign.yaml").read_text("utf-8")
    written = _YAML.from_string(source).render(
        quoted, steps=[(mail, delay if delay == "0" else json.dumps(delay)) for mail, delay in steps]
    )
    (home / "campaign.yaml").write_text(written, "utf-8")
    for number, (mail, _) in enumerate(steps, start=1):
        kind = "first" if number == 1 else "last" if number == len(steps) else "middle"
        (home / f"mails/{mail}.md").write_bytes((_STARTER / f"{kind}.md").read_bytes())


def _mail(number: int, of: int) -> str:
    return "welcome" if number == 1 else "good-bye" if number == of else f"mail-{number}"
