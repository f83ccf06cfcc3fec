"""The whole stack sends a sequence while its processes are killed: nothing is lost, doubled, or sent after a stop."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.crash.plan import SAID, Plan
from tests.crash.run import Aftermath, run


@pytest.fixture(scope="module")
def aftermath(pytestconfig: pytest.Config) -> Aftermath:
    """Not in pytest's own directory: whoever starts pytest next closes that, and Postgres, another user, with it."""
    plan = Plan()
    pytestconfig.stash[SAID] = f"{plan}: it did not come to an end"
    with TemporaryDirectory(prefix="crash-") as directory:
        found = run(plan, Path(directory))
    pytestconfig.stash[SAID] = str(found)
    return found


def test_whatever_is_killed_each_mail_leaves_once(aftermath: Aftermath) -> None:
    assert aftermath.account.doubled == []
    assert aftermath.account.lost == []
    assert aftermath.account.foreign == []


def test_whatever_is_killed_the_ledger_knows_what_left(aftermath: Aftermath) -> None:
    assert aftermath.account.untrue == []
    assert aftermath.unsettled == 0


def test_nobody_is_mailed_after_stop_whatever_is_killed(aftermath: Aftermath) -> None:
    assert aftermath.account.stopped
    assert aftermath.account.after_stop == []


def test_there_was_something_to_survive(aftermath: Aftermath) -> None:
    assert aftermath.kills.total() == aftermath.plan.kills
