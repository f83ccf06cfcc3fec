"""The link of the mail that asks: GET changes nothing, POST confirms, once, in time, unless the person said stop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx
import psycopg
import pytest

from flows.adapters.language_files import read_languages
from flows.adapters.postgres import Ledger as Store
from flows.domain import link
from flows.domain.lead import Lead
from flows.domain.sequence import plan
from tests.conftest import Ledger
from tests.desk import EMAIL, campaign
from tests.web_site import LINK_KEY, NOW, running_site

BERLIN = ZoneInfo("Europe/Berlin")
ASKED = campaign(double_opt_in={"mail": "sure"})
STATE = "SELECT waits_for, confirmed_at FROM enrolment"


class Watch:
    """A clock that is put forward by hand."""

    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def _site(postgres: Ledger) -> Iterator[tuple[httpx.Client, Watch]]:
    watch = Watch()
    with running_site(postgres, watch) as client:
        yield client, watch


@pytest.fixture
def site(_site: tuple[httpx.Client, Watch], ledger: Ledger) -> httpx.Client:
    """The running service, with an empty ledger behind it."""
    _site[1].now = NOW
    return _site[0]


@pytest.fixture
def watch(_site: tuple[httpx.Client, Watch]) -> Watch:
    return _site[1]


@pytest.fixture
def enrolment(site: httpx.Client, ledger: Ledger) -> UUID:
    """Somebody who is asked to confirm."""
    lead = Lead(email=EMAIL, segment="ALL", timezone="Europe/Berlin", answers={"email": EMAIL})
    with closing(Store(host=ledger.host, port=ledger.port, dbname=ledger.name, user="worker")) as store:
        return store.enrol(ASKED, lead, plan(ASKED, "ALL", NOW, BERLIN), uuid4(), NOW).id


def path(enrolment: UUID, campaign: str = "spring") -> str:
    return f"/confirm/{link.sign_confirm(LINK_KEY, enrolment, campaign)}"


def rows(ledger: Ledger, query: str) -> list[tuple[Any, ...]]:
    with ledger.connect("worker") as connection:
        return connection.execute(query).fetchall()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_at_the_page_confirms_nothing(
    site: httpx.Client, ledger: Ledger, enrolment: UUID, method: str
) -> None:
    assert site.request(method, path(enrolment)).status_code == 200
    assert rows(ledger, STATE) == [("confirmation", None)]


@pytest.mark.parametrize(
    "body", [{}, {"content": b"anything", "headers": {"Origin": "https://mail.example"}}]
)
def test_the_button_confirms_without_cookies_whatever_the_body(
    site: httpx.Client, ledger: Ledger, enrolment: UUID, body: dict[str, Any]
) -> None:
    answer = site.post(path(enrolment), **body)
    assert (answer.status_code, answer.history, answer.cookies) == (200, [], httpx.Cookies())
    assert "Your address is confirmed" in answer.text
    assert rows(ledger, STATE) == [("plan", NOW)]


@pytest.mark.parametrize("code", ["en", "de"])
def test_the_time_and_the_words_of_the_page_are_kept_in_the_language_that_was_read(
    site: httpx.Client, ledger: Ledger, enrolment: UUID, code: str
) -> None:
    reads = {"Accept-Language": f"{code}, *;q=0.1"}
    page = site.get(path(enrolment), headers=reads).text
    site.post(path(enrolment), headers=reads)
    [(act, words, at)] = rows(ledger, "SELECT act, words, at FROM consent")
    question = read_languages().of(code).confirm.ask
    assert (act, words, at) == ("confirmed", question.words, NOW)
    assert f'<html lang="{code}">' in page
    assert all(part in page for part in (question.head, question.text, question.button))


def test_a_campaigns_page_speaks_the_campaigns_language_whatever_the_browser_prefers(
    site: httpx.Client, enrolment: UUID
) -> None:
    answer = site.get(path(enrolment, "christmas"), headers={"Accept-Language": "de"})
    assert "Is this your address?" in answer.text


def test_pressing_again_is_fine_and_changes_nothing(
    site: httpx.Client, ledger: Ledger, enrolment: UUID, watch: Watch
) -> None:
    site.post(path(enrolment))
    watch.now += timedelta(days=100)
    again = site.post(path(enrolment))
    assert (again.status_code, "is confirmed" in again.text) == (200, True)
    assert rows(ledger, STATE) == [("plan", NOW)]
    assert rows(ledger, "SELECT count(*) FROM consent") == [(1,)]


def test_pressing_many_times_at_once_is_one_confirmation(
    site: httpx.Client, ledger: Ledger, enrolment: UUID
) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: site.post(path(enrolment)), range(16)))
    assert {(answer.status_code, "is confirmed" in answer.text) for answer in answers} == {(200, True)}
    assert rows(
        ledger,
        "SELECT (SELECT count(*) FROM consent), (SELECT count(*) FROM audit WHERE action = 'confirmed')",
    ) == [(1, 1)]


def test_the_server_hears_of_it_at_once(site: httpx.Client, ledger: Ledger, enrolment: UUID) -> None:
    with ledger.connect("server") as listening:
        listening.execute("LISTEN signup")
        site.post(path(enrolment))
        assert [notice.channel for notice in listening.notifies(timeout=10, stop_after=1)] == ["signup"]


def test_after_its_time_the_link_says_so_and_confirms_nothing(
    site: httpx.Client, ledger: Ledger, enrolment: UUID, watch: Watch
) -> None:
    watch.now += timedelta(days=7)
    answer = site.post(path(enrolment))
    assert (answer.status_code, "nothing to confirm any more" in answer.text) == (200, True)
    assert rows(ledger, STATE) == [("confirmation", None)]


def test_after_a_stop_the_link_says_so_and_confirms_nothing(
    site: httpx.Client, ledger: Ledger, enrolment: UUID
) -> None:
    [(contact,)] = rows(ledger, "SELECT contact_id FROM enrolment")
    site.post(f"/unsubscribe/{link.sign(LINK_KEY, contact)}")
    assert "You get no mails from us" in site.post(path(enrolment)).text
    assert rows(ledger, STATE) == [("confirmation", None)]


def test_the_link_of_somebody_whom_we_forgot_says_what_an_old_one_says(site: httpx.Client) -> None:
    answer = site.post(path(uuid4()))
    assert (answer.status_code, "nothing to confirm any more" in answer.text) == (200, True)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "token",
    [
        lambda enrolment: "x",
        lambda enrolment: "%00%FF",
        lambda enrolment: "a" * 8000,
        lambda enrolment: link.sign_confirm("another key " * 3, enrolment, "spring"),
        lambda enrolment: link.sign(LINK_KEY, enrolment),  # one that unsubscribes
    ],
    ids=["nothing", "bytes", "long", "another key", "another purpose"],
)
def test_a_wrong_link_reveals_and_confirms_nothing(
    site: httpx.Client, ledger: Ledger, enrolment: UUID, token: Callable[[UUID], str], method: str
) -> None:
    answer = site.request(method, f"/confirm/{token(enrolment)}")
    assert (answer.status_code, "do not know this link" in answer.text) == (404, True)
    assert rows(ledger, STATE) == [("confirmation", None)]


def test_a_link_that_confirms_stops_nobody(site: httpx.Client, ledger: Ledger) -> None:
    contact = uuid4()
    with ledger.connect("worker") as connection:
        connection.execute("INSERT INTO contact VALUES (%s, %s, %s)", (contact, EMAIL, NOW))
    answer = site.post(f"/unsubscribe/{link.sign_confirm(LINK_KEY, contact, 'spring')}")
    assert answer.status_code == 404
    assert rows(ledger, "SELECT count(*) FROM suppression") == [(0,)]


def test_the_page_takes_nothing_from_elsewhere_and_has_no_token_in_it(
    site: httpx.Client, enrolment: UUID
) -> None:
    answer = site.get(path(enrolment))
    assert not [word for word in ("src=", "http:", "https:", "<script", "url(") if word in answer.text]
    assert path(enrolment).rsplit("/", 1)[1] not in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert (answer.headers["Cache-Control"], answer.headers["Referrer-Policy"]) == ("no-store", "no-referrer")


def test_web_can_confirm_and_read_nobody(ledger: Ledger) -> None:
    with ledger.connect("web") as connection:
        assert connection.execute("SELECT confirm(gen_random_uuid(), '', now())").fetchone() == ("late",)
    for query in ("SELECT waits_for FROM enrolment", "SELECT words FROM consent", "SELECT consent FROM signup",
                  "INSERT INTO consent (words) VALUES ('')", "SELECT confirm_enrolment(gen_random_uuid(), '', now())"):  # fmt: skip
        with ledger.connect("web") as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(query)
