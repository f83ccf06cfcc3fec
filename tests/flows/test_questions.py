"""What cannot be taken back is asked first, and whoever says no has changed nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.adapters.campaign_files import read_campaigns
from tests.desk import EMAIL, Clock, Rig
from tests.terminal import Terminal

TABLES = ("contact", "message", "suppression", "erased", "audit")


@pytest.fixture
def stopped(opened: Callable[..., Rig]) -> Rig:
    """Somebody in the christmas campaign who said stop, and a mail of theirs that is held."""
    rig = opened(read_campaigns()["christmas"], clock=Clock(datetime.now(UTC)))
    rig.stop(rig.enrol(name="christmas").contact_id)
    rig.rows("UPDATE message SET state = 'held', reason = 'look' WHERE step = 2 RETURNING 1")
    return rig


def everything(rig: Rig) -> list[object]:
    return [rig.rows(f"SELECT {table}::text FROM {table} ORDER BY 1") for table in TABLES]


@pytest.mark.parametrize(
    "words",
    [
        ("release", "--all"),
        ("drop", "--all"),
        ("retry", "HELD"),
        ("resume", EMAIL, "--because", "asked"),
        ("erase", EMAIL),
    ],
    ids=lambda words: words[0],
)
def test_whoever_says_no_has_changed_nothing(
    stopped: Rig, terminal: Terminal, words: tuple[str, ...]
) -> None:
    [(held,)] = stopped.rows("SELECT id::text FROM message WHERE state = 'held'")
    before = everything(stopped)
    said = terminal.type(*(held if word == "HELD" else word for word in words), answer="n\n")
    assert (said.exit_code, "[y/N]" in said.output) == (1, True)
    assert everything(stopped) == before


def test_a_program_reads_what_a_list_and_a_lift_have_done(
    stopped: Rig, terminal: Terminal, tmp_path: Path
) -> None:
    file = tmp_path / "list.csv"
    file.write_text("email\nberta@lead.example\n")
    assert terminal.json("suppressions", "import", file, "--json") == {"read": 1, "new": 1}
    lifted = terminal.json("suppressions", "lift", EMAIL, "--because", "asked", "--json")
    assert lifted == {"lifted": True}
