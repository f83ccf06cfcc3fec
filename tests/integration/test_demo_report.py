"""What `make demo` prints of its signup, on a stack that runs."""

from __future__ import annotations

import re
from pathlib import Path

import httpx

from services.local.report import look, report
from tests.world import World, somebody


def test_the_demo_shows_the_link_by_which_a_reader_views_the_mail_in_a_browser(world: World) -> None:
    body = somebody()
    answer = httpx.post(f"{world.stack.web_url}/api/flow_runs/", json=body, timeout=20).json()
    world.ended(answer["id"])
    outcome = look(world.stack, 201, answer)
    said = report(world.stack, outcome, Path("mail-1.html"))
    [view] = re.findall(r"http://127\.0\.0\.1:\d+/view/\S+", said)
    shown = httpx.get(view)
    assert (shown.status_code, shown.text) == (200, outcome.first_mail["html"])
    assert f"subject: {outcome.first_mail['subject']}" in said
