"""Every mail of a campaign as each kind of person gets it, identical ones once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from flows.domain.campaign import Campaign, Step
from flows.domain.filling import one_line
from flows.domain.language import MailWords
from flows.domain.people import people
from flows.domain.rendering import Links, Rendered, Unrenderable, context_of, pieces, render
from flows.domain.sequence import answers_signup
from flows.domain.template import Template

#: Stand where a person's own links would.
LINKS = Links(unsubscribe="https://example.com/unsubscribe/preview", view="https://example.com/view/preview")
CONFIRM_URL = "https://example.com/confirm/preview"

Who = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One rendering, and everybody who gets it: segment, and how much they say."""

    rendered: Rendered
    preheader: str
    who: tuple[Who, ...]


@dataclass(frozen=True, kw_only=True)
class Exhibit:
    """One mail of the sequence: its number, its step, its different renderings, and who gets none.

    `since`: what the delays count from.
    """

    number: int
    step: Step
    template: Template
    shown: tuple[Shown, ...]
    failures: tuple[str, ...]
    since: str = "the signup"

    @property
    def day(self) -> str:
        """When it leaves, counted from the signup or the confirmation."""
        if self.number == 0:
            return "at once, and asks for the confirmation"
        if not self.step.after:
            return "at once" if self.since == "the signup" else f"at once after {self.since}"
        return f"{spoken(self.step.after)} after {self.since}"

    @property
    def waits(self) -> bool:
        """Whether it leaves inside the campaign's window only."""
        return not answers_signup(self.number, self.step.after)


def exhibits(
    campaign: Campaign, templates: Mapping[str, Template], layout: str, postal_address: str, words: MailWords
) -> list[Exhibit]:
    """Each step whose mail can be read."""
    crowd = {segment: list(people(campaign, segment)) for segment in campaign.segments}
    contexts = [
        ((segment, kind), context_of(
            campaign, answers, segment=segment, links=LINKS, postal_address=postal_address, words=words,
        ))
        for segment, found in crowd.items() for kind, answers in found
    ]  # fmt: skip
    since = "the confirmation" if campaign.double_opt_in else "the signup"
    hung = [
        _exhibit(number, step, templates[step.mail], layout, contexts)
        for number, step in campaign.numbered.items()
        if step.mail in templates
    ]
    return [replace(exhibit, since=since) for exhibit in hung]


def empty_segments(campaign: Campaign) -> list[str]:
    """Segments for which nobody could be made up: perhaps an earlier one takes everybody."""
    return [segment for segment in campaign.segments if not any(people(campaign, segment))]


def spoken(delay: timedelta) -> str:
    """`2 days 1 hour`."""
    minutes = int(delay.total_seconds()) // 60
    counts = {"day": minutes // 1440, "hour": minutes // 60 % 24, "minute": minutes % 60}
    return (
        " ".join(f"{count} {unit}{'s' * (count > 1)}" for unit, count in counts.items() if count)
        or "0 minutes"
    )


def _exhibit(
    number: int, step: Step, template: Template, layout: str, contexts: list[tuple[Who, dict[str, Any]]]
) -> Exhibit:
    shown: dict[Rendered, Shown] = {}
    failures: dict[str, None] = {}
    extra = {} if number else {"confirm_url": CONFIRM_URL}
    for who, context in contexts:
        if step.is_for(who[0]):
            try:
                _hang(shown, template, layout, {**context, **extra}, who)
            except Unrenderable as error:
                failures[str(error)] = None
    return Exhibit(
        number=number, step=step, template=template, shown=tuple(shown.values()), failures=tuple(failures)
    )


def _hang(
    shown: dict[Rendered, Shown], template: Template, layout: str, context: dict[str, Any], who: Who
) -> None:
    rendered = render(template, layout, context)
    preheader = one_line(pieces(template)["preheader"], context)
    known = shown.get(rendered) or Shown(rendered=rendered, preheader=preheader, who=())
    shown[rendered] = replace(known, who=(*known.who, who))


def by_segment(shown: Shown) -> Iterator[tuple[str, list[str]]]:
    """Each segment that gets a rendering, with the kinds of people in it."""
    for segment in dict.fromkeys(segment for segment, _ in shown.who):
        yield segment, [kind for other, kind in shown.who if other == segment]
