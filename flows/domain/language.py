"""What recipients read that no campaign has written: below each mail, and on the pages behind its links."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from flows.domain.parameter import Part

#: The language of whoever's own is not known.
FALLBACK = "en"
#: Stands in a page's words where the campaign's title belongs.
SERIES = "{series}"


def _plain(text: str) -> str:
    if SERIES in text:
        raise ValueError(f"{SERIES} stands for a campaign, and none is known here")
    return text


def _about_series(text: str) -> str:
    if text.count(SERIES) != 1:
        raise ValueError(f"write {SERIES} once, where the campaign's title belongs")
    return text


Plain = Annotated[str, Field(min_length=1), AfterValidator(_plain)]
AboutSeries = Annotated[str, Field(min_length=1), AfterValidator(_about_series)]


class MailWords(Part):
    """Below every mail. A campaign's `values` of the same name come first."""

    unsubscribe: Plain
    view_in_browser: Plain


class Said(Part):
    """One state of a page: its heading and the sentences below it."""

    head: Plain
    text: Plain


class SaidOfSeries(Part):
    """The same, where it is about one campaign."""

    head: AboutSeries
    text: Plain


class Offer(Part):
    """A button and what it does."""

    button: Plain
    text: Plain


class OfferOfSeries(Part):
    button: AboutSeries
    text: Plain


class PageWords(Part):
    """On the pages behind the links."""

    # What can be chosen.
    all: Offer
    series: OfferOfSeries
    weekly: Offer
    usual: Offer
    again: Plain
    # What the page says.
    ask: Said
    now_weekly: Plain
    stopped: Said
    done_series: SaidOfSeries
    done_weekly: Said
    done_usual: Said
    away: Said
    unclear: Said
    unknown: Said
    gone: Said
    gone_for_now: Said


class Question(Said):
    """What somebody is asked, and the button that says yes."""

    button: Plain

    @property
    def words(self) -> str:
        """All that a person has read who pressed the button: kept as the proof of it."""
        return f"{self.head} {self.text} [{self.button}]"


class ConfirmWords(Part):
    """On the page by which a person says that they want the mails (double opt-in)."""

    ask: Question
    done: Said
    stopped: Said
    late: Said
    away: Said


class Language(Part):
    """One file of `flows/languages`."""

    code: str = Field(pattern=r"^[a-z]{2}$")
    mail: MailWords
    page: PageWords
    confirm: ConfirmWords


class Languages(Part):
    """All that there are, by their codes."""

    known: Mapping[str, Language]

    @model_validator(mode="after")
    def _has_its_fallback(self) -> Self:
        if FALLBACK not in self.known:
            raise ValueError(f"there must be {FALLBACK}: it is what everybody else reads")
        return self

    def of(self, code: str) -> Language:
        """The language of this code; English if there is none."""
        return self.known.get(code, self.known[FALLBACK])

    def best(self, accepted: str) -> Language:
        """The dearest to a browser, by its `Accept-Language` (RFC 9110, 12.5.4); English if there is none of them."""
        return self.of(next((code for code in _accepted(accepted) if code in self.known), FALLBACK))


def without_words(code: str, languages: Languages) -> str:
    """What is to be said of a campaign in a language of which there is no file."""
    there = ", ".join(sorted(languages.known))
    return (
        f"there are no words in `{code}`, so what stands below its mails and behind their links is English; "
        f"add flows/languages/{code}.yaml (there is {there})"
    )


def _accepted(header: str) -> Iterator[str]:
    """The codes of an `Accept-Language`, the dearest first; what cannot be read is left out."""
    weighed = []
    for part in header[:200].split(","):
        code, _, weight = part.strip().lower().partition(";q=")
        try:
            weighed.append((-float(weight or 1), code[:2]))
        except ValueError:
            continue
    yield from (code for _, code in sorted(weighed, key=lambda one: one[0]))
