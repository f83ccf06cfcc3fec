"""Everything that is wrong with a campaign's mails, found before anybody gets one: each is written for real."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from jinja2 import Environment

from flows.domain.campaign import Campaign, Step
from flows.domain.choices import Choices, choices_of, not_chosen
from flows.domain.filling import LAYOUT, LINE, PROSE, Piece, Unrenderable, compiled, tree, unknown
from flows.domain.flaws import flaws
from flows.domain.language import MailWords
from flows.domain.rendering import CLOSING, LAYOUT_PATH, Links, context_of, pieces, render
from flows.domain.samples import samples
from flows.domain.suggestion import instead, meant
from flows.domain.template import Template

#: Stands where a person's own link would, in the mail that asks for a confirmation.
_CONFIRM_URL = "https://example.com/confirm/token"

_TAG = re.compile(r"</?(mj[\w-]*)")
#: Of MJML's tags those that mrml 0.2 knows and that load nothing. It takes any other without a word.
_MJML = frozenset(
    {"mjml", "mj-head", "mj-body", "mj-attributes", "mj-all", "mj-class", "mj-breakpoint", "mj-preview"}
    | {"mj-raw", "mj-style", "mj-title", "mj-section", "mj-column", "mj-group", "mj-wrapper", "mj-text"}
    | {"mj-button", "mj-divider", "mj-spacer", "mj-table"}
)

#: Stand where a real mail has its own: whatever they are, they can break nothing.
_LINKS = Links(unsubscribe="https://example.com/unsubscribe/token", view="https://example.com/view/token")
_WORDS = MailWords(unsubscribe="Stop", view_in_browser="View")


def problems(
    campaign: Campaign, templates: Mapping[str, Template], layout: str, unreadable: Collection[str] = ()
) -> list[str]:
    """Each as `path:line: what is wrong; what to do`. Empty when every mail can be sent to everyone.

    Args:
        unreadable: names of mails whose files are there and no templates; that is somebody else's complaint.
    """
    frame = list(_layout(campaign, layout))
    found = [*_files(campaign, templates, unreadable), *_conditions(campaign), *frame]
    for number, step in campaign.numbered.items():
        if template := templates.get(step.mail):
            extra = {"confirm_url": _CONFIRM_URL} if number == 0 else {}
            faults = list(_faults(campaign, template, extra))
            tried = [] if frame else _tried(campaign, step, template, layout, extra)
            found += faults + beside(tried, faults)
    return found


def beside(problems: Collection[str], told: Collection[str]) -> list[str]:
    """The problems of lines about which nothing has been told: the same mistake shows in many ways."""
    places = {problem.split(": ")[0] for problem in told}
    return [problem for problem in problems if problem.split(": ")[0] not in places]


def _files(
    campaign: Campaign, templates: Mapping[str, Template], unreadable: Collection[str]
) -> Iterator[str]:
    mails = {step.mail: number for number, step in campaign.numbered.items()}
    for mail, number in mails.items():
        if mail not in templates and mail not in unreadable:
            at = ("steps", number - 1, "mail") if number else ("double_opt_in", "mail")
            place = f"{campaign.name}/campaign.yaml:{campaign.line(*at)}"
            yield f"{place}: there is no file mails/{mail}.md; write it{_meant(mail, templates)}"
    for name in sorted(templates.keys() - mails.keys()):
        yield f"{templates[name].path}:1: no step sends this mail; add one or remove the file{_meant(name, mails)}"


def _conditions(campaign: Campaign) -> Iterator[str]:
    """Rules and segments that fail in a way that only evaluation shows."""
    named = [(campaign.line("segments", name), condition) for name, condition in campaign.segments.items()]
    named += [(campaign.line("rules", at, "that"), rule.that) for at, rule in enumerate(campaign.rules)]
    for line, condition in named:
        try:
            for _, answers in samples(campaign):
                condition.holds(answers)
        except Exception as error:  # noqa: BLE001 - an expression can raise anything
            yield f"{campaign.name}/campaign.yaml:{line}: `{condition.text}` fails: {error}; correct it"


def _layout(campaign: Campaign, layout: str) -> Iterator[str]:
    for number, line in enumerate(layout.splitlines(), start=1):
        for tag in sorted(set(_TAG.findall(line)) - _MJML):
            yield f"{LAYOUT_PATH}:{number}: `{tag}` is no tag that a layout may use; {instead(tag, _MJML)}"
    known = {*_context(campaign, "", {}), "subject", "preheader", "body", "button"}
    choices = _choices(campaign)
    yield from _wrong_jinja(LAYOUT, Piece(layout, LAYOUT_PATH, 1), known, choices)
    yield from _wrong_jinja(LINE, Piece(CLOSING, LAYOUT_PATH, 1), known, choices)


def _faults(campaign: Campaign, template: Template, extra: Mapping[str, str]) -> Iterator[str]:
    """What reading a mail shows, without anybody to send it to."""
    known = {*_context(campaign, "", {}), *extra}
    for name, piece in pieces(template).items():
        if not piece.source.strip() and name != "preheader":
            yield f"{piece.path}:{piece.line}: the {name} is empty; write it"
        yield from _wrong_jinja(PROSE if name == "body" else LINE, piece, known, _choices(campaign))


def _choices(campaign: Campaign) -> Choices:
    return choices_of(campaign.parameters) | {"segment": frozenset(campaign.segments)}


def _wrong_jinja(environment: Environment, piece: Piece, known: set[str], choices: Choices) -> Iterator[str]:
    try:
        compiled(environment, piece)
    except Unrenderable as error:
        yield str(error)
        return
    parsed = tree(environment, piece)
    for line, name in unknown(parsed, known):
        yield f"{piece.path}:{line}: nothing is called `{name}`; {instead(name, known)}"
    for line, value, possible in not_chosen(parsed, choices):
        yield f"{piece.path}:{line}: this is never `{value}`; {instead(value, possible)}"


def _tried(
    campaign: Campaign, step: Step, template: Template, layout: str, extra: Mapping[str, str]
) -> list[str]:
    """What writing the mail shows, for each segment and kind of person; each problem once."""
    found: dict[str, str] = {}
    for segment in filter(step.is_for, campaign.segments):
        for kind, answers in samples(campaign):
            context = {**_context(campaign, segment, answers), **extra}
            for problem in _written(campaign, template, layout, context):
                found.setdefault(problem, f"{problem} (segment {segment}, {kind})")
    return list(found.values())


def _written(campaign: Campaign, template: Template, layout: str, context: dict[str, Any]) -> list[str]:
    try:
        rendered = render(template, layout, context)
    except Unrenderable as error:
        return [str(error)]
    return list(flaws(campaign, template, rendered, context))


def _context(campaign: Campaign, segment: str, answers: dict[str, Any]) -> dict[str, Any]:
    return context_of(
        campaign, answers, segment=segment,
        links=_LINKS, postal_address="Street 1, 12345 Town", words=_WORDS,
    )  # fmt: skip


def _meant(name: str, known: Collection[str]) -> str:
    close = meant(name, known)
    return f", or did you mean `{close}`?" if close else ""
