"""The preview's page: all that is known about a campaign's mails, as one file that loads nothing from elsewhere."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from flows.adapters.spamassassin import SPAM, Hit
from flows.domain.appearance import Link, forced, links, warnings
from flows.domain.campaign import Campaign, Window
from flows.domain.gallery import Exhibit, Shown, by_segment, spoken
from flows.domain.rendering import Rendered

#: Points of a spam filter from which on a mail needs a look; at 5 it is spam.
_SUSPICIOUS = 2.0
#: Words that people read in a minute.
_PACE = 200


@dataclass(frozen=True)
class Version:
    """One rendering with all that the page says about it. `hits` is None where no spam filter was asked."""

    shown: Shown
    hits: list[Hit] | None

    @property
    def rendered(self) -> Rendered:
        return self.shown.rendered

    @property
    def preheader(self) -> str:
        return self.shown.preheader

    @property
    def who(self) -> list[tuple[str, list[str]]]:
        return list(by_segment(self.shown))

    @property
    def points(self) -> float:
        return sum(hit.points for hit in self.hits or ())

    @property
    def warnings(self) -> list[str]:
        spam = [f"A spam filter gives it {self.points:.1f} points."] if self.points >= _SUSPICIOUS else []
        return [*warnings(self.rendered, self.preheader), *spam]

    @property
    def light(self) -> str:
        return forced(self.rendered.html, "light")

    @property
    def dark(self) -> str:
        return forced(self.rendered.html, "dark")

    @property
    def links(self) -> list[Link]:
        return links(self.rendered.html)

    @property
    def html_size(self) -> str:
        return _size(self.rendered.html)

    @property
    def text_size(self) -> str:
        return _size(self.rendered.text)

    @property
    def words(self) -> int:
        return len(self.rendered.text.split())

    @property
    def minutes(self) -> int:
        return math.ceil(self.words / _PACE)


@dataclass(frozen=True)
class Mail:
    """One mail of the sequence with its versions, and what is wrong with it."""

    exhibit: Exhibit
    versions: list[Version]
    wrong: list[str]

    @property
    def warned(self) -> int:
        """How many of the versions have a warning."""
        return sum(bool(version.warnings) for version in self.versions)


def mails_of(
    exhibits: Sequence[Exhibit], problems: Sequence[str], hits: Sequence[list[Hit]] | None
) -> list[Mail]:
    """The mails with what the check and a spam filter say.

    Args:
        hits: the filter's for each rendering, in their order; None if it was not asked.
    """
    each: Iterator[list[Hit] | None] = iter(hits) if hits is not None else repeat(None)
    return [
        Mail(
            exhibit,
            [Version(shown, next(each)) for shown in exhibit.shown],
            [problem for problem in problems if problem.startswith(f"{exhibit.template.path}:")],
        )
        for exhibit in exhibits
    ]


def page(
    campaign: Campaign, mails: Sequence[Mail], problems: Sequence[str], notes: Sequence[str], sender: str
) -> str:
    """The whole page. It needs no JavaScript."""
    return _PAGE.render(
        campaign=campaign, mails=mails, problems=problems, notes=notes, sender=sender,
        spoken=spoken, window=_hours(campaign.window), spam=SPAM,
    )  # fmt: skip


def _size(part: str) -> str:
    return f"{len(part.encode()) / 1000:.1f} kB"


def _hours(window: Window | None) -> str:
    """`on Mon, Tue between 09:00 and 18:00`; empty when any time will do."""
    if window is None:
        return ""
    return f"on {', '.join(map(str.capitalize, window.days))} between {window.opens:%H:%M} and {window.closes:%H:%M}"


def _marked(text: str) -> Markup:
    """What stands between backticks as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped before


def _environment() -> Environment:
    made = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters["marked"] = _marked
    return made


_PAGE = _environment().from_string(Path(__file__).with_name("preview.html").read_text("utf-8"))
