"""A rig for each test: the real ledger, and everything around it in the test's hands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests import conftest
from tests.clinic import clinic, notion, resend  # noqa: F401 (fixtures of the doctor's tests)
from tests.desk import Rig, rig
from tests.stand_ins.script import Script
from tests.stand_ins.servers import hook_server
from tests.terminal import Terminal
from tests.terminal import at as terminal_at
from tests.tower import OPERATOR, Lookout, lookout


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


@pytest.fixture(scope="session")
def hook() -> Iterator[tuple[str, Script]]:
    with hook_server() as server:
        yield server


@pytest.fixture
def on_watch(opened: Callable[..., Rig], hook: tuple[str, Script]) -> Iterator[Callable[..., Lookout]]:
    """Makes look-outs; takes what `opened` takes, and `posting=False` for one without a webhook."""
    with ExitStack() as stack:

        def open_one(*campaigns: Any, posting: bool = True, **parts: Any) -> Lookout:
            ready = {"operator_email": OPERATOR, "digest_at": "off"}
            url, script = hook
            return stack.enter_context(
                lookout(opened(*campaigns, **ready | parts), url if posting else None, script)
            )

        yield open_one


@pytest.fixture
def watch(on_watch: Callable[..., Lookout]) -> Lookout:
    """A look-out that tells by mail and by webhook, and writes no digest."""
    return on_watch()
