"""The operator's page: what it says, and that it holds nothing but what it says."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from dataclasses import replace
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from flows.adapters.figures import Pause
from flows.adapters.postgres import LedgerError
from flows.overview import Overview
from services.server import board, funnel
from services.server.figures import routes
from services.server.reading import Reading
from tests.desk import NOW
from tests.overviews import HELD, mail, overview, quiet, reading


def page(**changes: Any) -> str:
    return funnel.page(overview(**changes), "Europe/Berlin", NOW + timedelta(seconds=7))


def words(html: str) -> str:
    """What a reader reads, in one line."""
    body = html.split("</style>")[1]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).replace("\u202f", " ").split())


def get(path: str, read: Any, **headers: str) -> httpx.Response:
    """What the server answers without the login before it."""
    app = Starlette(routes=routes(read, "Europe/Berlin", lambda: NOW))

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:
            return await client.get(path, headers=headers)

    return asyncio.run(ask())


async def there() -> Reading:
    return reading()


async def away() -> Reading:
    raise LedgerError("could not count people: Postgres answered 57P01. Is it up, and migrated?")


@pytest.mark.parametrize(
    "said",
    [
        "As of Tue 01 Dec 2026, 10:30:00 (Europe/Berlin), 7 seconds old.",
        "Stopped until a person acts: no DKIM docker compose exec worker campaigns doctor",
        "Behind with 5 , the longest since Tue 01 Dec, 09:30. 5: Notion is away.",
        "4 wait to be handed to Prefect, the oldest since Tue 01 Dec, 10:29.",
        "1 enrolled nobody: docker compose exec worker campaigns retry lists them.",
        "2 should have left, the oldest Tue 01 Dec, 10:28.",
        "Resend refused <it>. 1 spring one; the oldest was due Tue 01 Dec, 10:30.",
        f"docker compose exec worker campaigns release {HELD} or docker compose exec worker campaigns drop {HELD}",
        "1 010 signups, 1 000 people: 700 under way, 200 finished, 100 stopped (40 phoned us, 60 unsubscribed).",
        "1 one 1 000 100 % 970 97 % 20 2.0 % 1 0.10 % 15 1.5 % 1",
        "URGENT 600 60 % 400 67 % 60 10 %",
        "3 mails leave, if nothing comes between.",
        "Tue 10:30 3 3 spring one",
    ],
)
def test_the_page_tells(said: str) -> None:
    assert said.replace(" , ", ", ") in words(page()).replace(" , ", ", ")


def test_a_quiet_stack_says_that_all_is_well() -> None:
    said = words(funnel.page(quiet(), "Europe/Berlin", NOW))
    for sentence in ("Real mail.", "Up to date.", "None waits.", "Nothing is overdue.", "Nothing waits for a person.",
                     "Nothing leaves."):  # fmt: skip
        assert sentence in said


@pytest.mark.parametrize(
    ("accounts", "said"),
    [
        (
            {"resend": False, "notion": False},
            ("Preview: RESEND_API_KEY is not set", "NOTION_TOKEN is not set"),
        ),
        ({"resend": None, "notion": None}, ("Resend Not known yet", "Notion Not known yet")),
    ],
)
def test_the_page_knows_whether_there_are_accounts(
    accounts: dict[str, bool | None], said: tuple[str, ...]
) -> None:
    seen = words(page(accounts=accounts, pauses=[]))
    assert all(one in seen for one in said)


def test_a_pause_says_until_when() -> None:
    until = Pause(provider="resend", until=NOW + timedelta(hours=14), reason="The quota is used up.")
    assert "Paused until Wed 02 Dec, 00:30: The quota is used up." in words(page(pauses=[until]))


def test_many_that_are_held_are_one_command_and_not_a_hundred_ids() -> None:
    many = replace(overview().held[0], count=4)
    said = words(page(held=[many]))
    assert "docker compose exec worker campaigns held lists them" in said
    assert str(HELD) not in said


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [(1, 3000, "0.03 %"), (19, 1000, "1.9 %"), (1, 3, "33 %"), (9999, 10000, "99.9 %"), (5, 5, "100 %")],
)
def test_a_share_is_as_exact_as_it_has_to_be(part: int, whole: int, said: str) -> None:
    assert funnel.share(part, whole).replace("\u202f", " ") == said


def test_the_page_runs_no_script_and_loads_nothing() -> None:
    html = page()
    assert not re.search(r"<script|<iframe|<form|\son\w+=|\sstyle=|url\(|@import|http-equiv", html)
    assert set(re.findall(r'(?:href|src)="([^"]*)"', html)) == {
        "data:,",
        "/",
        "/campaigns.json",
        "/metrics",
        "#held",
    }


def test_the_policy_allows_the_pages_own_style_and_nothing_else() -> None:
    answer = get("/campaigns", there)
    style = re.search(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = answer.headers["content-security-policy"]
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
    assert "unsafe" not in policy


def test_every_table_has_a_name_and_its_cells_have_headers() -> None:
    html = page()
    assert html.count("<table>") == html.count("<caption>") == 3
    assert not re.search(r"<th(?! scope=)[ >]", html)
    assert html.count('role="region" aria-label=') == html.count('tabindex="0"') == 3
    assert '<html lang="en">' in html


@pytest.mark.parametrize("path", ["/campaigns", "/campaigns.json"])
def test_while_the_ledger_is_away_the_page_says_so_with_503(path: str) -> None:
    answer = get(path, away)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    assert "Postgres answered 57P01" in answer.text


def test_a_program_reads_the_same_figures() -> None:
    seen = get("/campaigns.json", there).json()
    assert datetime.fromisoformat(seen["at"]) == NOW
    assert seen["campaigns"]["spring"]["stopped"] == {"unsubscribed": 60, "phoned us": 40}
    assert (seen["mails"][0]["delivered"], seen["held"][0]["ids"]) == (970, [str(HELD)])
    assert seen.keys() == Overview.__dataclass_fields__.keys()


def test_the_artifact_is_the_same_text_for_the_same_figures_and_links_to_the_page() -> None:
    later = overview(at=NOW + timedelta(minutes=5))
    assert board.markdown(overview()) == board.markdown(later)
    assert board.markdown(overview()) != board.markdown(overview(mails=[mail(sent=999)]))
    assert "[The whole page](/campaigns)" in board.markdown(overview())


def test_the_artifact_has_a_row_for_each_mail_and_what_needs_a_person() -> None:
    said = board.markdown(overview()).replace("\u202f", " ")
    assert "| 1 one | 1 000 | 970 (97 %) | 20 | 1 | 15 | 0 | 1 |" in said
    assert "**resend is paused until a person acts:** no DKIM" in said
    assert "**1 held for a person:** see `campaigns held`." in said
