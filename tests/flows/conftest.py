"""An office for each test: the real ledger, and everything around it in the test's hands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests import conftest
from tests.desk import Office, office


@pytest.fixture
def opened(ledger: conftest.Ledger) -> Iterator[Callable[..., Office]]:
    """Opens offices on the emptied ledger; takes what `tests.desk.office` takes."""
    offices: list[Office] = []

    def open_one(*campaigns: Any, **parts: Any) -> Office:
        offices.append(office(ledger, *campaigns, **parts))
        return offices[-1]

    yield open_one
    for one in offices:
        one.close()


@pytest.fixture
def here(opened: Callable[..., Office]) -> Office:
    """An office that is ready to send."""
    return opened()
