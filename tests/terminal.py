"""`campaigns` as an operator types it, against a test's ledger and stand-ins."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from services.cli.__main__ import app
from tests import conftest


@dataclass(frozen=True)
class Terminal:
    """A terminal with the worker's environment."""

    environment: pytest.MonkeyPatch

    def set(self, **settings: str) -> None:
        """What would stand in `.env`."""
        for name, value in settings.items():
            self.environment.setenv(name.upper(), value)

    def type(self, *words: Any, answer: str | None = None) -> Result:
        """What `campaigns` says; whatever it raises is raised here."""
        return CliRunner().invoke(app, [str(word) for word in words], input=answer, catch_exceptions=False)

    def json(self, *words: Any) -> Any:
        said = self.type(*words)
        assert said.exit_code == 0, said.output
        return json.loads(said.stdout)


def at(server: conftest.Ledger, environment: pytest.MonkeyPatch) -> Terminal:
    """A terminal of the worker's on this ledger, without accounts."""
    terminal = Terminal(environment)
    terminal.set(**server.environment("worker"), link_key="k" * 32)
    return terminal
