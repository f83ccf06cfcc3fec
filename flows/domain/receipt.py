"""What an erasure removed, where, and what it could not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

#: `kept`: it stays, for the reason that is told, whoever tries. `failed`: try again.
Outcome = Literal["removed", "nothing", "kept", "failed"]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One place, and what became of what it held."""

    place: str
    outcome: Outcome
    said: str


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """The whole, for the person who asked and for whoever must prove it. It names nobody."""

    at: datetime
    entries: tuple[Entry, ...]

    @property
    def complete(self) -> bool:
        """Whether nothing is left to try again."""
        return all(entry.outcome != "failed" for entry in self.entries)


def removed(place: str, count: int, what: str) -> Entry:
    outcome: Outcome = "removed" if count else "nothing"
    return Entry(place=place, outcome=outcome, said=f"{count} {what}" if count else f"no {what}")


def failed(place: str, error: Exception) -> Entry:
    return Entry(place=place, outcome="failed", said=str(error))


def receipt(at: datetime, entries: Iterable[Entry]) -> Receipt:
    return Receipt(at=at, entries=tuple(entries))
