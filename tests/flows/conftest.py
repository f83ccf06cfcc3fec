"""A rig for each test: the real ledger, and everything around it in the test's hands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests import conftest
from tests.clinic import clinic, notion, resend  # noqa: F401 (fixtures of the doctor's tests)
from tests.desk import Rig, rig
from tests.terminal import Terminal
from tests.terminal import at as terminal_at


@pytest.fixture
def opened(ledger: conftest.Ledger) -> Iterator[Callable[..., Rig]]:
    """Makes rigs on the emptied ledger; takes what `tests.desk.rig` takes."""
    rigs: list[Rig] = []

    def open_one(*campaigns: Any, **parts: Any) -> Rig:
        rigs.append(rig(ledger, *campaigns, **parts))
        return rigs[-1]

    yield open_one
    for one in rigs:
        one.close()


@pytest.fixture
def here(opened: Callable[..., Rig]) -> Rig:
    """A rig that is ready to send."""
    return opened()


@pytest.fixture
def terminal(ledger: conftest.Ledger, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """`campaigns` on the emptied ledger, without accounts."""
    return terminal_at(ledger, monkeypatch)
