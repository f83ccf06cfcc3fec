"""What strangers type, and what is left of it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.domain.text import LONGEST, clean

HARMLESS = [
    "Anna",
    "Anna-Lena O'Neil",
    "Müller & Söhne GmbH",
    "Łukasz Żółć",
    "李小龍",
    "محمد",
    "J. Smith",
    "Smith Ltd.",
    "Foo e.K.",
    "Web2.0",
    "Nr.5",
    "Yahoo!",
    "24/7 Dienst",
    "Data: Anna",
    "100%Baumwolle",
    "50% Club",
    "AT&T",
    "Col·legi de Barcelona",
    "ジョン・スミス",
    "Polka Dot Bakery",
    "Dot & Co.",
    "Bros. Comics",
    "St. Netz",
    "Nguyễn Thị Ánh",
    "प्रिया",
    "ศรีสุดา",
    "אבּא",
]

CLEANED = {
    # links
    "https://evil.example/x": "",
    "Anna https://evil.example/x?a=b": "Anna",
    "HTTP://EVIL.EXAMPLE Anna": "Anna",
    "//evil.example/x": "",
    "www.evil.example": "",
    "evil.com": "",
    "evil.com.": "",
    "evil.com_": "",
    "(evil.com)": "",
    "Anna evil.com/free?x=1": "Anna",
    "163.com": "",
    "müller.de": "",
    "пример.рф": "",
    "xn--mller-kva.xn--p1ai": "",
    "Bit.Ly/abc": "",
    "192.168.0.1/x": "",
    "anna@example.com": "",
    "javascript:alert(1)": "",
    "data:text/html,x": "",
    "tel:+491234": "",
    # links that hide
    "evil\u200b.com": "",
    "evil\u00ad.com": "",
    "ｅｖｉｌ．ｃｏｍ": "",
    "evil。com": "",
    "evil｡com": "",
    "ht<b>tp://evil.example": "",
    "ev<i>il.com": "",
    "[Anna](https://evil.example)": "Anna",
    "![Anna](https://evil.example)": "!Anna",
    "http:\\\\evil.com": "",
    "http:/evil.com": "",
    "hTTps:evil": "evil",
    "hxxp://evil.example": "",
    "hxxps[:]//evil[.]example": "",
    "evil [.] example": "",
    "evil(dot)example": "",
    "evil { DOT } example": "",
    "evil dot com": "",
    "Anna evil . com": "Anna",
    "evil .com/x": "",
    "evil. com": "",
    "evil\u2024com": "",
    "evil\u2027com": "",
    "evil\u00b7com": "",
    "evil\u06d4com": "",
    "evil \u30fb net": "",
    "evil\ufe52com": "",
    "\u0435vil.com": "",
    "\U0001d41e\U0001d42f\U0001d422\U0001d425.\U0001d41c\U0001d428\U0001d426": "",
    "\U0001f174\U0001f185.com": "",
    "evil\u2028.com": "",
    "evil\u2060.com": "",
    "evil\u034f.com": "",
    "evil\ufe0f.com": "",
    "evil\U000e0100.com": "",
    "evil\u180b.com": "",
    "evil\u0338.com": "",
    "evilx\u0301.com": "",
    "\u202eevil.com": "",
    "e\u200dvil.com": "",
    "[Anna](evil.com)": "Anna",
    "[Anna][1]": "Anna 1",
    "[1]: http://evil.example": "1",
    "<http://evil.example>": "",
    # encodings
    "evil%2ecom": "",
    "evil&#46;com": "",
    "evil&#x2E;com": "",
    "evil&period;com": "",
    "evil&amp;period;com": "",
    "http%3A%2F%2Fevil.example": "",
    "http%253a%252f%252fevil.example": "",
    "%3Cscript%3EAnna": "Anna",
    "&lt;b&gt;Anna": "Anna",
    "&#60;b&#62;Anna": "Anna",
    "&lbrace;&lbrace; x }}Anna": "Anna",
    "&#x202e;Anna&#0;": "Anna",
    "Anna%20Lena": "Anna Lena",
    "M\u00fcller &amp; S\u00f6hne": "M\u00fcller & S\u00f6hne",
    "=?utf-8?B?QmNjOiB4QHkuZGU=?= Anna": "Anna",
    "=?UTF-8?q?Bcc:_x?=": "",
    # markup
    "<b>Anna</b>": "Anna",
    "<script>alert(1)</script>": "alert(1)",
    "<img src=x onerror=y": "",
    "<<b>script>": "script",
    "I <3 Cakes": "I 3 Cakes",
    "**Anna** _B_ `C`": "Anna B C",
    "# Anna": "Anna",
    # template syntax
    "{{ 7 * 7 }}": "",
    "{{ config": "",
    "{% if x %}Anna{% endif %}": "Anna",
    "{# x #}Anna": "Anna",
    "${x} Anna": "$ x Anna",
    "{{'{'}}{ 7 }}": "7",
    "{{{x}}}": "",
    "#{7}": "7",
    "<%= 7 * 7 %>": "",
    # headers
    "Anna\r\nBcc: eve@evil.example": "Anna Bcc",
    "Anna\nSubject: x": "Anna Subject: x",
    "Anna\u2028Bcc: x": "Anna Bcc: x",
    "Anna\x85X": "Anna X",
    "Anna\u2029X": "Anna X",
    "Anna\x0b\x0c\x1cX": "Anna X",
    "Anna%0d%0aX: 1": "Anna X: 1",
    "Anna&NewLine;X: 1": "Anna X: 1",
    # control, bidi and invisible characters
    "\x00An\x07na\x1b[0m": "An na 0m",
    "\u202eannA": "annA",
    "\u2066Anna\u2069": "Anna",
    "An\ufeffna": "Anna",
    "An\ufe0fna\u034f": "Anna",
    "evil\ufe0f.example": "",
    "Anna\U000e0041": "Anna",
    "\u3164": "",
    "\u2800\u115f Anna": "Anna",
    "\ud800Anna": "Anna",
    "\u200f\u061cAnna": "Anna",
    "A" + "\u0353" * 50: "A" + "\u0353" * 2,
    # nothing that could be said aloud
    "": "",
    "   ": "",
    "...": "",
    "🎄": "",
    "-": "",
    # dots that are no links
    "J.R.R.Tolkien": "J. R. R. Tolkien",
    "Müller GmbH & Co.KG": "Müller GmbH & Co. KG",
    "1.Platz": "1. Platz",
    # room
    "  Anna \t Lena  ": "Anna Lena",
    "A" * 150: "A" * LONGEST,
}


@pytest.mark.parametrize("text", HARMLESS)
def test_a_name_stays_as_it_is(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(("text", "left"), CLEANED.items(), ids=map(ascii, CLEANED))
def test_what_is_no_name_is_taken_out(text: str, left: str) -> None:
    assert clean(text) == left


def test_cutting_a_long_text_makes_no_link() -> None:
    assert ".co" not in clean("a" * (LONGEST - 4) + ".com9")


@pytest.mark.parametrize(
    "piece",
    [
        "a-",
        "a.",
        "<",
        "[a](",
        "{{",
        "1.",
        "A.",
        "@",
        "://",
        "a .",
        "( . ",
        "&amp;",
        "%25",
        "=?a?b?",
        "a\u0353",
    ],
)
def test_long_hostile_texts_are_cleaned_in_no_time(piece: str) -> None:
    assert len(clean(piece * 500_000)) <= LONGEST


@settings(max_examples=200, deadline=None)
@given(
    st.text(
        alphabet=st.sampled_from("aZ9é.:/@<>[](){}%#_*-, \n\u200b\u202e。&;=?25eb·\u0353\ufe0f"), max_size=60
    )
)
def test_cleaning_again_changes_nothing(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert not set(once) & set("<>{}[]@\n\u200b\u202e")
