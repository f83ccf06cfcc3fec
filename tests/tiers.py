"""The tiers of tests as markers, and at the end the names of those that were left out, and why.

With `REQUIRE_ALL` set nothing may be left out: a skipped test has failed.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Generator
from pathlib import Path
from typing import TypeVar

import pytest

TIERS = {
    "unit": "the domain and what needs nothing from outside",
    "contracts": "each adapter and its stand-in, judged by the vendor's schema",
    "flows": "the flows on a real ledger",
    "integration": "the services as real processes on a real Postgres",
    "crash": "everything killed at random and at each named point",
    "stack": "the whole stack in Docker, from outside",
}
Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)
_TESTS = Path(__file__).parent


def pytest_configure(config: pytest.Config) -> None:
    for tier, meaning in TIERS.items():
        config.addinivalue_line("markers", f"{tier}: {meaning}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if tier := tier_of(item.path):
            item.add_marker(tier)


def tier_of(path: Path) -> str | None:
    """The directory under `tests` in which a test is."""
    parts = path.relative_to(_TESTS).parts if path.is_relative_to(_TESTS) else ()
    return parts[0] if parts and parts[0] in TIERS else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return _required((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return _required((yield))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Each tier with what it left out, and each reason once."""
    left_out: dict[tuple[str, str], int] = defaultdict(int)
    for report in terminalreporter.getreports("skipped"):
        left_out[report.nodeid.removeprefix("tests/").split("/")[0], _reason(report)] += 1
    if left_out:
        terminalreporter.section("left out")
    for (tier, reason), count in sorted(left_out.items()):
        terminalreporter.line(f"{tier}: {count} left out: {reason}")


def _required(report: Report) -> Report:
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("REQUIRE_ALL"):
        report.outcome = "failed"
        report.longrepr = f"left out, where nothing may be left out: {_reason(report)}"
    return report


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    said = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return said.removeprefix("Skipped: ")
