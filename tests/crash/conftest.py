"""Prints how a crash run went, and the seed that repeats it."""

from __future__ import annotations

import pytest

from tests.crash.plan import SAID


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if said := config.stash.get(SAID, None):
        terminalreporter.section("crash")
        terminalreporter.line(said)
