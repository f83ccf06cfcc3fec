"""A mail for one person: what becomes of its words, and what no value can do to it."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from flows.adapters.campaign_files import CAMPAIGNS, read_layout
from flows.domain.rendering import Rendered, Unrenderable, render
from flows.domain.template import parse

LAYOUT = read_layout(CAMPAIGNS)
CONTEXT: dict[str, Any] = {
    "first_name": "Anna", "absent": None, "leak": 1234.5, "score": 41, "booking_link": "https://example.com/book",
    "signature": "Anna\nGalatek", "reason": "You asked for it.", "unsubscribe": "Stop",
    "unsubscribe_url": "https://example.com/unsubscribe/a.b_c", "view_in_browser": "View",
    "view_url": "https://example.com/view/a.b_c", "postal_address": "Street 1, 12345 Town",
    "title": "Spring",
}  # fmt: skip


def written(body: str, front: str = "subject: Hello", layout: str = LAYOUT, **values: Any) -> Rendered:
    template = parse("welcome", "spring/mails/welcome.md", f"---\n{front}\n---\n{body}".encode())
    return render(template, layout, CONTEXT | values)


def text_of(html: str) -> str:
    body = re.sub(r"<head>.*?</head>|<!--.*?-->|<[^>]+>", "", html, flags=re.DOTALL)
    return " ".join(unescape(body).split())


def test_markdown_becomes_html_and_readable_text() -> None:
    mail = written("# Head\n\nSome **bold**\n*words*.\n\n- one\n- two\n\n1. a\n2. b\n\n> said\n\n---\n")
    assert "<p>Some <strong>bold</strong> <em>words</em>.</p>" in mail.html
    assert "<li>one</li>" in mail.html
    assert mail.text.startswith(
        "Head\n\nSome bold words.\n\n- one\n- two\n\n1. a\n2. b\n\n> said\n\n--------\n"
    )


def test_a_link_shows_its_address_in_the_text() -> None:
    mail = written("See [the page]({{ booking_link }}?a=1&b=2) or <https://example.com>.")
    assert 'href="https://example.com/book?a=1&amp;b=2"' in mail.html
    assert "See the page (https://example.com/book?a=1&b=2) or https://example.com." in mail.text


def test_a_button_is_a_line_of_the_text() -> None:
    mail = written(
        "Good day.", 'subject: x\nbutton: {label: "Go, {{ first_name }}", link: "{{ booking_link }}"}'
    )
    assert "\n\nGo, Anna: https://example.com/book\n\n" in mail.text
    assert 'href="https://example.com/book"' in mail.html
    assert "mj-button" not in mail.html


def test_the_end_of_every_mail_says_who_why_and_how_to_stop() -> None:
    mail = written("Good day.")
    assert mail.text == (
        "Good day.\n\nAnna\nGalatek\n\n--\nYou asked for it.\nView: https://example.com/view/a.b_c\n"
        "Stop: https://example.com/unsubscribe/a.b_c\nStreet 1, 12345 Town\n"
    )
    assert text_of(mail.html).endswith("AnnaGalatek You asked for it.ViewStopStreet 1, 12345 Town")
    assert 'href="https://example.com/unsubscribe/a.b_c"' in mail.html
    assert 'href="https://example.com/view/a.b_c"' in mail.html


def test_lines_of_the_text_are_short() -> None:
    mail = written("word " * 100 + "\n\n- " + "item " * 60 + "\n\n> " + "quote " * 60)
    assert max(map(len, mail.text.splitlines())) <= 78


def test_an_address_is_never_broken() -> None:
    address = "https://example.com/" + "ab-cd/" * 40
    assert address in written("See [it]({{ booking_link }}).", booking_link=address).text
    assert address in written("Good day.", unsubscribe_url=address).text


HOSTILE = [
    "**bold** _it_ `code`",
    "[click](https://evil.example)",
    "![x](https://evil.example/x.png)",
    "<https://evil.example>",
    "<script>alert(1)</script>",
    "<b>x</b> &lt;i&gt; &amp; &#60;",
    "# head",
    "- item",
    "1. item",
    "> quote",
    "--- ===",
    "{{ 7 * 7 }} {% raw %}",
    'a" onclick="x',
    "]](x) [a]: https://evil.example",
    "\\*escaped\\*",
    "</td></tr></mj-text><mj-image src='https://evil.example/x.png' />",
    "<!-- x --> <![CDATA[ x ]]>",
]


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("body", ["{{ v }}", "Hi {{ v }}, you", "**{{ v }}**", "- {{ v }}\n- b"])
def test_no_value_becomes_markup(value: str, body: str) -> None:
    tame = written(body, 'subject: "To {{ v }}"\npreheader: "{{ v }}"', v="tame")
    mail = written(body, 'subject: "To {{ v }}"\npreheader: "{{ v }}"', v=value)
    assert mail.subject == f"To {value}"
    assert mail.text == tame.text.replace("tame", value)
    assert text_of(mail.html) == text_of(tame.html).replace("tame", value)
    assert re.findall(r"<[\w/!]+", mail.html) == re.findall(r"<[\w/!]+", tame.html)


def test_a_value_of_several_lines_keeps_them_and_opens_no_block() -> None:
    mail = written("From {{ v }} to you", v="Anna\n- item\n\n# head")
    assert mail.text.startswith("From Anna\n- item\n\n# head to you\n")
    assert "<li>" not in mail.html
    assert "<h1>" not in mail.html


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", 'https://x.example/"onclick="x']
)
def test_a_value_in_a_link_is_an_address_or_nothing(address: str) -> None:
    html = written("See [it]({{ v }}).", v=address).html
    assert re.search(r'<a href="(|https://x.example/%22onclick=%22x)">it</a>', html)


def test_what_a_template_sets_aside_is_said_with_its_values() -> None:
    mail = written("{% set who %}dear {{ first_name }}{% endset %}\nHello {{ who }}, *{{ who }}*.")
    assert mail.text.startswith("Hello dear Anna, dear Anna.\n")


def test_html_of_an_author_is_shown_and_not_used() -> None:
    assert "&lt;b&gt;x&lt;/b&gt;" in written("<b>x</b>").html


@pytest.mark.parametrize("layout", ["<mjml><mj-body>", "no mjml", ""])
def test_a_layout_that_is_no_mjml_is_named(layout: str) -> None:
    with pytest.raises(Unrenderable, match=r"layout\.mjml:1: this is not MJML"):
        written("Good day.", layout=layout)


def test_the_same_inputs_give_the_same_bytes() -> None:
    assert written("Hi {{ first_name }}, **you**") == written("Hi {{ first_name }}, **you**")


def test_nothing_is_loaded_from_elsewhere_and_the_dark_is_kept() -> None:
    html = written("![x](https://example.com/x.png) Good day.").html
    assert not re.search(r"\bsrc=|url\(|@import|<link\b|<img", html)
    assert "prefers-color-scheme: dark" in html
    assert '<meta name="color-scheme" content="light dark"' in html
