"""What a finished mail looks like from outside."""

from __future__ import annotations

import re

import pytest

from flows.adapters.campaign_files import CAMPAIGNS, read_layout
from flows.domain.appearance import Link, forced, links, warnings
from flows.domain.rendering import Rendered


def mail(subject: str = "Hello", html: str = "<p>Good day.</p>") -> Rendered:
    return Rendered(subject, html, "Good day.")


def test_a_plain_mail_has_no_warnings() -> None:
    html = '<p>Good day, <a href="https://example.com">look</a><img alt="a tree" src="x" /></p>'
    assert list(warnings(mail("x" * 60, html), "And more")) == []


@pytest.mark.parametrize(
    ("rendered", "preheader", "saying"),
    [
        (mail("x" * 61), "y", "The subject has 61 characters"),
        (mail(), "", "There is no preheader"),
        (
            mail(html='<img src="x"><img src="y" alt=" "><img src="z" alt="z">'),
            "y",
            "2 of its pictures lack `alt`",
        ),
        (mail(html='<a href="http://example.com">it</a>'), "y", "`http://example.com` is no https link"),
        (
            mail(html='<a href="https://example.com"> </a>'),
            "y",
            "The link to `https://example.com` has no words",
        ),
    ],
)
def test_what_keeps_a_mail_from_being_read_is_a_warning(
    rendered: Rendered, preheader: str, saying: str
) -> None:
    [warning] = warnings(rendered, preheader)
    assert warning.startswith(saying)


def test_links_are_read_with_their_words() -> None:
    html = '<a href="https://example.com/?a=1&amp;b=2">one <b>and\nmore</b></a><a name="x">no</a> tail'
    assert links(html) == [Link("https://example.com/?a=1&b=2", "one and more")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_scheme_is_forced_on_a_mail_of_our_layout(scheme: str) -> None:
    layout = read_layout(CAMPAIGNS)
    made = forced(layout, scheme)  # type: ignore[arg-type]
    assert "light dark" not in made
    assert len(re.findall(rf"schemes?: {scheme};|content=\"{scheme}\"", made)) == 4
    assert ("(min-width: 0)" if scheme == "dark" else "(max-width: 0)") in made
    assert "prefers-color-scheme" not in made


def test_a_rule_for_the_other_scheme_is_switched_off() -> None:
    assert forced("@media (prefers-color-scheme:light) {}", "dark") == "@media (max-width: 0) {}"
