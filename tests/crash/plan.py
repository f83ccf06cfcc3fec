"""How large a crash run is and which dice it throws: from the environment, so that a run can be repeated."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field
from random import Random

import pytest

#: What is printed at the end of the session.
SAID = pytest.StashKey[str]()


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One run: how many people sign up, how many kills there are, and the seed of all that is random.

    The seed repeats every choice. What a kill meets also depends on how fast the machine is.
    """

    signups: int = field(default_factory=lambda: int(os.environ.get("CRASH_SIGNUPS", "30")))
    kills: int = field(default_factory=lambda: int(os.environ.get("CRASH_KILLS", "8")))
    seed: int = field(
        default_factory=lambda: int(os.environ.get("CRASH_SEED") or secrets.randbelow(1_000_000))
    )

    def dice(self, whose: str) -> Random:
        """Everybody throws their own, since threads take turns as they like."""
        return Random(f"{self.seed} {whose}")

    def __str__(self) -> str:
        return f"CRASH_SEED={self.seed} CRASH_SIGNUPS={self.signups} CRASH_KILLS={self.kills}"
