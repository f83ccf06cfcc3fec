"""What strangers type into a form, made harmless: a first name is not a place to advertise in."""

from __future__ import annotations

import re
import unicodedata

#: Longest text that a mail takes over from a form, in characters.
LONGEST = 100

#: What is looked at of a longer text: enough to find a name behind a link.
_LOOKED_AT = 1000

#: Letters and symbols that Unicode calls visible and that show nothing: fillers of Hangul, empty Braille.
_BLANK = "\u115f\u1160\u3164\u2800"

_MARKUP = re.compile(r"<[a-z/!?][^>]*+>?|\{[{%#].*?(?:[}%#]\}|$)|\[([^\]\[]*+)\]\([^)]*+\)", re.IGNORECASE)
_ADDRESS = re.compile(
    r"\b[a-z][a-z0-9+.-]*+://\S*|\b(?:javascript|data|mailto|tel|sms):\S+|//\S*|\bwww\.\S*|\S*@\S*",
    re.IGNORECASE,
)
_LEFTOVER = re.compile(r"[<>{}\[\]`|\\^~=_*#]+")
#: “J.R.Miller”, “Co.KG”, “1.Platz”: a capital after a short piece and a dot is no host name, but lacks a space.
_INITIALS = re.compile(
    r"\b((?:[A-ZÀ-Þ]\w{0,2}|\d{1,2})\.)(?=(?:[A-ZÀ-Þ]\.)*[A-ZÀ-Þ][^\W\d_]+(?![\w/?#:]|\.\w))"
)
_DOMAIN = re.compile(r"(?:[\w-]++[.。])+(?:xn--[\w-]+|[^\W\d_]{2,})\b(?:[/?#:]\S*)?", re.IGNORECASE)
_NUMBERED = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b\S*")


def clean(text: str) -> str:
    """A form's text without control and bidi characters, markup, template syntax and links.

    Returns one line of at most `LONGEST` characters; empty if no letter or digit was left. Cleaning it again
    changes nothing: what remains when something is cut out is looked at anew.
    """
    text = unicodedata.normalize("NFKC", text[:_LOOKED_AT])
    text = "".join(_visible(character) for character in text)
    while (cleaner := _cleaned(text)) != text:
        text = cleaner
    return text if any(character.isalnum() for character in text) else ""


def _cleaned(text: str) -> str:
    text = _MARKUP.sub(r"\1", text)
    text = _ADDRESS.sub(" ", text)
    text = _INITIALS.sub(r"\1 ", text)
    for harmful in (_DOMAIN, _NUMBERED, _LEFTOVER):
        text = harmful.sub(" ", text)
    return " ".join(text.split())[:LONGEST].strip(" -–,;:/")


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cc", "Zl", "Zp", "Zs") or character in _BLANK:
        return " "
    return "" if category.startswith("C") else character
