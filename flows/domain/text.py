"""What strangers type into a form, made harmless: a first name is not a place to advertise in."""

from __future__ import annotations

import re
import unicodedata

#: Longest text that a mail takes over from a form, in characters.
LONGEST = 100

_MARKUP = re.compile(r"<[^>]*>?|\{[{%#].*?(?:[}%#]\}|$)|\[([^\]]*)\]\([^)]*\)")
_ADDRESS = re.compile(
    r"\b[a-z][a-z0-9+.-]*://\S*|\b(?:javascript|data|mailto|tel|sms):\S*|//\S*|\bwww\.\S*|\S*@\S*",
    re.IGNORECASE,
)
_DOMAIN = re.compile(
    r"\b(?:[a-z0-9-]*[a-z][a-z0-9-]*\.)+(?:[a-z]{2,}|xn--[a-z0-9-]+)(?:[/?#:]\S*)?(?![\w.])",
    re.IGNORECASE,
)
_LEFTOVER = re.compile(r"[<>{}\[\]`|\\^~=_*#]+")


def clean(text: str) -> str:
    """A form's text without control and bidi characters, markup, template syntax and links.

    Returns one line of at most `LONGEST` characters; empty if nothing harmless was left.
    """
    text = unicodedata.normalize("NFKC", text)
    text = "".join(_visible(character) for character in text)
    text = _MARKUP.sub(r"\1", text)
    for links in (_ADDRESS, _DOMAIN, _LEFTOVER):
        text = links.sub(" ", text)
    return " ".join(text.split())[:LONGEST].strip(" -–,;:/")


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cc", "Zl", "Zp", "Zs"):
        return " "
    return "" if category.startswith("C") else character
