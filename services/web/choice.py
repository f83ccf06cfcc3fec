"""What a POST to an unsubscribe link asks for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs

What = Literal["all", "series", "weekly", "usual"]

_FORM = "application/x-www-form-urlencoded"
_NAME = re.compile(r"[a-z][a-z0-9-]{0,59}")


@dataclass(frozen=True)
class Choice:
    """No mail at all, none of one series (by its campaign's name), one a week at most, or as many as planned."""

    what: What
    series: str = ""


ALL = Choice("all")


def is_form(content_type: str) -> bool:
    """Whether the body can hold a choice: the page's forms have this type."""
    return content_type.partition(";")[0].strip().lower() == _FORM


def chosen(body: bytes) -> Choice | None:
    """The choice in a form's body; None if it names one that there is not.

    Whatever names none means all mail: so does a mail client's own body, `List-Unsubscribe=One-Click` (RFC 8058).
    """
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20)
    except ValueError:
        return ALL
    if "choice" not in fields or "List-Unsubscribe" in fields:
        return ALL
    match fields["choice"], fields.get("series", []):
        case ["series"], [series] if _NAME.fullmatch(series):
            return Choice("series", series)
        case [("all" | "weekly" | "usual") as what], _:
            return Choice(what)
        case _:
            return None
