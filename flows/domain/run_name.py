"""The name of a flow run: what the website called it, without anything that tells who signed up."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any
from uuid import UUID

#: Longest name of a run, in characters.
LONGEST = 100

_TELLING = 3  # letters: a shorter word inside another one gives nobody away
_READ = 1_000  # of what was sent; the rest cannot matter
_ADDRESS = re.compile(r"\S*@\S*")
_WORD = re.compile(r"[^\W_]+")
_UNWANTED = re.compile(r"[^\w .:#-]+")


def run_name(flow: str, run_id: UUID, sent: str | None, parameters: Mapping[str, Any]) -> str:
    """The sent name without addresses and without each word that gives away a text of the parameters.

    What is left are letters, digits, spaces and `-_.:#`; if nothing is, the flow's name and the id's beginning.
    """
    private = {word for value in parameters.values() if isinstance(value, str) for word in _words(value)}
    text = _ADDRESS.sub(" ", _plain(sent or "")[:_READ])
    text = _WORD.sub(lambda word: "" if _tells(word[0].casefold(), private) else word[0], text)
    text = " ".join(_UNWANTED.sub(" ", text).split())
    return text[:LONGEST].strip(" -_.:#") or f"{flow}-{run_id.hex[:8]}"


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(_plain(text))]


def _tells(word: str, private: set[str]) -> bool:
    """Whether it is a private word, or has one of three letters or more in it (`annasmith`, `anna2026`)."""
    return word in private or any(len(known) >= _TELLING and known in word for known in private)


def _plain(text: str) -> str:
    """Without invisible characters, which could hide a name from the comparison."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        c for c in unicodedata.normalize("NFKC", text) if not unicodedata.category(c).startswith("C")
    )
