"""What somebody may have meant who misspelt a name."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches


def meant(name: str, known: Collection[str]) -> str | None:
    """The known name that is closest to this one, if one is close."""
    close = get_close_matches(name, sorted(known), n=1)
    if not close and name.swapcase() != name:  # `critical` for `CRITICAL`
        close = [other for other in sorted(known) if other.lower() == name.lower()]
    return close[0] if close else None


def instead(name: str, known: Collection[str]) -> str:
    """Advice for a name that does not exist: the one that is close, or all that there are."""
    close = meant(name, known)
    return f"did you mean `{close}`?" if close else f"there is {', '.join(sorted(known)) or 'none'}"
