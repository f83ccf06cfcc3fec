"""`examples/website` as its developer runs it, and a person in front of it in a real browser."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
SITE = ROOT / "examples/website"
#: What the site takes for the least seconds in which a person fills in the form (`hurry.js`).
LEAST = 3
SYSTEMS = ("direction", "money", "marketing", "sales", "delivery", "customers", "team", "time")

# As root in a container Chromium has no sandbox of its own, and nothing on the internet is asked for.
_QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update",
          "--disable-sync", "--no-first-run"]  # fmt: skip


def program(*names: str) -> str:
    """Where the first of these programs is; without any the test is left out."""
    found = next(filter(None, map(shutil.which, names)), None)
    return found or pytest.skip(f"{names[0]} is not installed")


@contextmanager
def example_site(port: int, intake: str, **environment: str) -> Iterator[str]:
    """The site while the block lasts; the value is its address."""
    process = subprocess.Popen(
        [program("node"), "src/main.js"], cwd=SITE, stdout=subprocess.DEVNULL,
        env=os.environ | {"PORT": str(port), "INTAKE_URL": intake} | environment,
    )  # fmt: skip
    try:
        _answers(f"http://localhost:{port}/thanks")
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def browser() -> Iterator[Browser]:
    chromium = program("chromium", "chromium-browser", "google-chrome")
    with sync_playwright() as driver:
        yield driver.chromium.launch(executable_path=chromium, args=_QUIET)


def fill_in(page: Page, email: str, colours: dict[str, str] | None = None) -> None:
    """As a person does, who reads: a colour for each system, then the rest; what is not named is green."""
    page.wait_for_timeout(LEAST * 1000)
    for system in SYSTEMS:
        colour = (colours or {}).get(system, "green")
        page.locator(f"input[name={system}][value={colour}]").check()
    page.get_by_label("E-mail", exact=True).fill(email)
    page.get_by_label("First name").fill("Anna")
    page.get_by_label("Name of your business").fill("Anna Bakes")
    page.get_by_label("What gets lost in a year").fill("24000")


def _answers(url: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            httpx.get(url)
        except httpx.TransportError:
            assert time.monotonic() < deadline, f"{url} does not answer"
            time.sleep(0.1)
        else:
            return
