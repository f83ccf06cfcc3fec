"""Time travel for the tests of a campaign: the fixture `simulate_campaign`, for anybody's campaign.

Put `pytest_plugins = ["services.local.pytest_plugin"]` into a `conftest.py`; tests/flows/test_simulation.py
shows its use. A whole sequence takes a fraction of a second, on a real Postgres from a wheel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from pydantic import SecretStr

from flows import wiring
from flows.adapters.campaign_files import CAMPAIGNS
from flows.adapters.throwaway import ThrowAway
from flows.settings import Settings
from flows.simulation import Line, Story, simulate
from services.local.postgres import Postgres, embedded

Simulate = Callable[[str, Mapping[str, Any], Story], list[Line]]


@pytest.fixture(scope="session")
def simulation_postgres() -> Iterator[Postgres]:
    """A server of its own, so that a project without ours has one too."""
    with TemporaryDirectory() as directory, embedded(Path(directory) / "postgres") as server:
        yield server


@pytest.fixture(scope="session")
def campaigns_directory() -> Path:
    """Where the campaigns are; override it to test others than those of this repository."""
    return CAMPAIGNS


@pytest.fixture
def simulate_campaign(simulation_postgres: Postgres, campaigns_directory: Path) -> Simulate:
    """`simulate_campaign(name, answers, story)`: what a person gets, mail by mail, who answers like this."""

    def run(campaign: str, answers: Mapping[str, Any], story: Story) -> list[Line]:
        settings = Settings(ledger_host=simulation_postgres.host, link_key=SecretStr("simulated" * 8))
        desk = wiring.build(settings, campaigns_directory)
        with closing(ThrowAway(**wiring.conninfo(settings))) as ledger:
            return simulate(desk, ledger, campaign, answers, story)

    return run
