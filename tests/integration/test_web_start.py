"""`python -m services.web`: it answers, or says in a sentence why it does not start."""

from __future__ import annotations

import os
import subprocess
import sys

import httpx
import pytest

from tests.conftest import Ledger
from tests.web_site import LINK_KEY, running_site


def test_it_is_healthy_when_the_ledger_answers(ledger: Ledger) -> None:
    with running_site(ledger) as site:
        answer: httpx.Response = site.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"LINK_KEY": LINK_KEY, "INTAKE_PER_MINUTE": "many"}, "INTAKE_PER_MINUTE"),
        ({}, "LINK_KEY"),
        ({"LINK_KEY": LINK_KEY, "RESEND_WEBHOOK_SECRET": "whsec_?"}, "RESEND_WEBHOOK_SECRET"),
    ],
)
def test_a_wrong_setting_stops_the_start_and_is_named(settings: dict[str, str], named: str) -> None:
    started = subprocess.run(
        [sys.executable, "-m", "services.web", "--port", "0"],
        env=os.environ | settings, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert started.returncode == 2
    assert started.stderr.startswith(named)
    assert len(started.stderr.splitlines()) == 1
