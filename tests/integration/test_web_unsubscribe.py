"""The link under every mail: GET changes nothing, POST stops at once."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from flows.domain import link
from tests.conftest import Ledger
from tests.web_site import LINK_KEY, NOW

CONTACT = UUID("8c0ff92e-8a0e-4b0a-9d6c-0d6a1d1c7b11")
PATH = f"/unsubscribe/{link.sign(LINK_KEY, CONTACT)}"


@pytest.fixture
def site(site: httpx.Client, ledger: Ledger) -> httpx.Client:
    """The running service; its ledger knows one contact."""
    with ledger.connect("worker") as connection:
        connection.execute("INSERT INTO contact VALUES (%s, 'Maria.Keller@example.com', %s)", (CONTACT, NOW))
    return site


def _stopped(ledger: Ledger) -> list[tuple[Any, ...]]:
    with ledger.connect("worker") as connection:
        return connection.execute("SELECT email, reason, source, created_at FROM suppression").fetchall()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_at_the_page_changes_nothing(site: httpx.Client, ledger: Ledger, method: str) -> None:
    assert site.request(method, PATH).status_code == 200
    assert _stopped(ledger) == []


@pytest.mark.parametrize(
    "body",
    [
        {"data": {"List-Unsubscribe": "One-Click"}},
        {"files": {"List-Unsubscribe": (None, "One-Click")}},
        {},
        {"content": b"anything", "headers": {"Content-Type": "text/plain", "Origin": "https://mail.example"}},
    ],
)
def test_a_post_stops_at_once_whatever_its_body(
    site: httpx.Client, ledger: Ledger, body: dict[str, Any]
) -> None:
    answer = site.post(PATH, **body)
    assert (answer.status_code, answer.history) == (200, [])
    assert "Done" in answer.text
    assert _stopped(ledger) == [("maria.keller@example.com", "unsubscribed", "link", NOW)]


def test_stopping_twice_is_fine(site: httpx.Client, ledger: Ledger) -> None:
    assert [site.post(PATH).status_code for _ in range(2)] == [200, 200]
    assert len(_stopped(ledger)) == 1


def test_the_link_of_somebody_whom_we_forgot_is_fine(site: httpx.Client, ledger: Ledger) -> None:
    assert site.post(f"/unsubscribe/{link.sign(LINK_KEY, uuid4())}").status_code == 200
    assert _stopped(ledger) == []


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("token", ["x", link.sign("another key " * 3, CONTACT), "%00%FF", "a" * 8000])
def test_a_wrong_link_reveals_nothing(site: httpx.Client, ledger: Ledger, method: str, token: str) -> None:
    answer = site.request(method, f"/unsubscribe/{token}")
    assert (answer.status_code, "do not know this link" in answer.text) == (404, True)
    assert _stopped(ledger) == []


def test_the_page_takes_nothing_from_elsewhere(site: httpx.Client) -> None:
    answer = site.get(PATH)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert not [word for word in ("src=", "http:", "https:", "<script", "url(") if word in answer.text]
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    wanted = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
    assert wanted.items() <= {name.title(): value for name, value in answer.headers.items()}.items()


def test_the_token_is_not_in_the_page(site: httpx.Client) -> None:
    assert PATH.rsplit("/", 1)[1] not in site.get(PATH).text


NEW = f"/unsubscribe/{link.sign(LINK_KEY, CONTACT, 'christmas')}"


def _chosen(ledger: Ledger) -> tuple[Any, ...]:
    with ledger.connect("worker") as connection:
        [row] = connection.execute(
            "SELECT weekly_since IS NOT NULL, count(a) FROM contact LEFT JOIN audit a ON a.subject = contact.id AND actor = 'the person' GROUP BY 1"
        ).fetchall()
    return row  # type: ignore[no-any-return]


def test_the_page_offers_all_mail_first_then_the_series_then_once_a_week(site: httpx.Client) -> None:
    text = site.get(NEW).text
    assert '<html lang="en">' in text
    places = [text.index(f'value="{what}"') for what in ("all", "weekly")]
    assert places == sorted(places)
    assert text.count('class="first"') == 1


def test_once_a_week_is_chosen_once_and_taken_back(site: httpx.Client, ledger: Ledger) -> None:
    for _ in range(2):
        answer = site.post(NEW, data={"choice": "weekly"})
        assert (answer.status_code, 'value="usual"' in answer.text) == (200, True)
    assert _chosen(ledger) == (True, 1)
    assert site.post(NEW, data={"choice": "usual"}).status_code == 200
    assert _chosen(ledger) == (False, 2)
    assert _stopped(ledger) == []


def test_one_series_less_stops_nothing_else(site: httpx.Client, ledger: Ledger) -> None:
    answer = site.post(NEW, data={"choice": "series", "series": "christmas"})
    assert "Christmas assessment" in answer.text
    assert _stopped(ledger) == []


@pytest.mark.parametrize("data", [{"choice": "none"}, {"choice": "series", "series": "unknown"}])
def test_a_choice_that_there_is_not_changes_nothing(site: httpx.Client, ledger: Ledger, data: Any) -> None:
    assert site.post(NEW, data=data).status_code == 422
    assert (_stopped(ledger), _chosen(ledger)) == ([], (False, 0))


def test_an_old_link_speaks_the_browsers_language(site: httpx.Client) -> None:
    assert '<html lang="de">' in site.get(PATH, headers={"Accept-Language": "de"}).text
