"""What a finished mail looks like from outside: its links and pictures, and the same mail forced light or dark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Literal

from flows.domain.rendering import Rendered

#: Inboxes on desktops show about 60 characters of a subject, telephones 35 to 40 of them.
LONGEST_SUBJECT = 60

_PREFERS = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(light|dark)\s*\)")
_SCHEMES = re.compile(r"(color-schemes?(?:\s*:\s*|\"\s+content=\"))light dark")


@dataclass(frozen=True)
class Link:
    """Where a link leads, and its words."""

    address: str
    words: str


@dataclass
class _Reader(HTMLParser):
    links: list[Link] = field(default_factory=list)
    pictures_without_words: int = 0
    _address: str | None = None
    _words: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a":
            self._address, self._words = given.get("href"), []
        elif tag == "img":
            self.pictures_without_words += not (given.get("alt") or "").strip()

    def handle_data(self, data: str) -> None:
        self._words.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._address is not None:
            self.links.append(Link(self._address, " ".join("".join(self._words).split())))
            self._address = None


def links(html: str) -> list[Link]:
    """Every link of a mail, in reading order."""
    return _read(html).links


def warnings(rendered: Rendered, preheader: str) -> Iterator[str]:
    """What keeps a mail from being read, though it can be sent."""
    if len(rendered.subject) > LONGEST_SUBJECT:
        yield (
            f"The subject has {len(rendered.subject)} characters; inboxes show at most about "
            f"{LONGEST_SUBJECT}, telephones 35 to 40. Put what matters first, or shorten it."
        )
    if not preheader:
        yield "There is no preheader; inboxes show the mail's first words beside the subject."
    if count := _read(rendered.html).pictures_without_words:
        yield f"{count} of its pictures lack `alt`; say in words what they show."
    for link in links(rendered.html):
        if not link.address.startswith("https://"):
            yield f"`{link.address}` is no https link."
        if not link.words:
            yield f"The link to `{link.address}` has no words."


def forced(html: str, scheme: Literal["light", "dark"]) -> str:
    """The mail as a client shows it that prefers this scheme, whatever the browser prefers that shows it here."""
    html = _PREFERS.sub(lambda found: "(min-width: 0)" if found[1] == scheme else "(max-width: 0)", html)
    return _SCHEMES.sub(rf"\1{scheme}", html)


def _read(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    return reader
