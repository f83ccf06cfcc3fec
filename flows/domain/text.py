"""What strangers type into a form, made harmless: a first name is not a place to advertise in."""

from __future__ import annotations

import html
import re
import unicodedata

#: Longest text that a mail takes over from a form, in characters.
LONGEST = 100

#: What is looked at of a longer text: enough to find a name behind a link.
_LOOKED_AT = 1000

#: Letters and symbols that Unicode calls visible and that say nothing: fillers of Hangul, empty Braille, U+FFFD.
_BLANK = "\u115f\u1160\u3164\u2800\ufffd"

#: Marks that show nothing (Unicode's Default_Ignorable_Code_Point), or cross out the letter before them.
_NOTHING = re.compile(
    "[\u034f\u17b4\u17b5\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef\u0334-\u0338\u20d0-\u20f0]"
)
#: No script writes more than two marks over one letter where NFKC has joined what it can.
_STACK = re.compile(r"([\u0300-\u036f]{2})[\u0300-\u036f]+")

#: ASCII in other clothes: `%0a`, `&#46;`, `&period;`. “100%Baumwolle” has none.
_ENCODED = re.compile(r"%[0-7][0-9a-f]|&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,30});", re.IGNORECASE)
#: RFC 2047, as in the headers of mails.
_ENCODED_WORD = re.compile(r"=\?[^?\s]+\?[bq]\?[^?]*(?:\?=)?", re.IGNORECASE)

_MARKUP = re.compile(r"<[a-z/!?%][^>]*+>?|\{[{%#].*?(?:[}%#]\}|$)|\[([^\]\[]*+)\]\([^)]*+\)", re.IGNORECASE)
_ADDRESS = re.compile(
    r"\b[a-z][a-z0-9+.-]*+://\S*|\b(?:javascript|data|mailto|tel|sms):\S+|\bh(?:tt|xx)ps?\b:*|//\S*|\bwww\.\S*|\S*@\S*",
    re.IGNORECASE,
)
_LEFTOVER = re.compile(r"[<>{}\[\]`|\\^~=_*#]+")
#: “J.R.Miller”, “Co.KG”, “1.Platz”: a capital after a short piece and a dot is no host name, but lacks a space.
_INITIALS = re.compile(
    r"\b((?:[A-ZÀ-Þ]\w{0,2}|\d{1,2})\.)(?=(?:[A-ZÀ-Þ]\.)*[A-ZÀ-Þ][^\W\d_]+(?![\w/?#:]|\.\w))"
)
_DOMAIN = re.compile(r"(?:[\w-]++[.。])+(?:xn--[\w-]+|[^\W\d_]{2,})\b(?:[/?#:]\S*)?", re.IGNORECASE)
_NUMBERED = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b\S*")

#: “evil[.]com”, “evil (dot) com”: written for people to put together again.
_BRACKETED = re.compile(r"\s*[\[({]\s*(?:([.:])|dot|punkt)\s*[\])}]\s*", re.IGNORECASE)
#: What looks like a dot and is none to a mail client; in Catalan and Japanese some belong to names.
_DOTLIKE = "‧·։۔܁܂꘎ᐧ∙•⋅・"
#: So spelt only before a name that everybody knows as the end of an address.
_SPELT = re.compile(
    rf"(?:(?<![\w-])[\w-]++(?:\s*[{_DOTLIKE}]\s*|\s+(?:dot|punkt)\s+|\s+[.。]\s*)|(?<![^\s.。])[^\s.。]++[.。])"
    r"(?:com|net|org|info|biz|ru|xyz|top|shop|online|site|click|link)\b(?:[/?#:]\S*)?"
    r"|(?<![\w-])[\w-]++[.。]\s+(?:com|net|org)\b(?:[/?#:]\S*)?",
    re.IGNORECASE,
)


_MAILBOX = re.compile(r"[^\s<>\"'(),;:]+@[^\s<>\"'(),;:]+")


def impersonal(text: str) -> str:
    """A reason that a person may have typed, without anybody's address."""
    return _MAILBOX.sub("(an address)", text)


def clean(text: str) -> str:
    """A form's text without control and bidi characters, markup, template syntax, encodings and links.

    Returns one line of at most `LONGEST` characters; empty if no letter or digit was left. Cleaning it again
    changes nothing: what remains when something is cut out is looked at anew.
    """
    text = text[:_LOOKED_AT]
    while (cleaner := _cleaned(text)) != text:
        text = cleaner
    return text if any(character.isalnum() for character in text) else ""


def _cleaned(text: str) -> str:
    text = _seen(_ENCODED.sub(_decoded, text))
    text = _MARKUP.sub(r"\1", _ENCODED_WORD.sub(" ", text))
    text = _BRACKETED.sub(lambda found: found[1] or ".", text)
    text = _ADDRESS.sub(" ", text)
    text = _INITIALS.sub(r"\1 ", text)
    for harmful in (_DOMAIN, _SPELT, _NUMBERED, _LEFTOVER):
        text = harmful.sub(" ", text)
    return " ".join(text.split())[:LONGEST].strip(" -–,;:/")


def _decoded(encoded: re.Match[str]) -> str:
    text = encoded[0]
    return chr(int(text[1:], 16)) if text.startswith("%") else html.unescape(text)


def _seen(text: str) -> str:
    """Only what a reader sees, in the spelling that Unicode holds for normal."""
    text = unicodedata.normalize("NFKC", _NOTHING.sub("", text))
    return _STACK.sub(r"\1", "".join(_visible(character) for character in text))


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cc", "Zl", "Zp", "Zs") or character in _BLANK:
        return " "
    return "" if category.startswith("C") else character
