"""`/view/{token}`: a mail in the browser, exactly as it left, for whoever has its link."""

from __future__ import annotations

from uuid import uuid4

import httpx
import pytest

from flows.domain import link
from tests.conftest import Ledger
from tests.kept_mail import HTML, MESSAGE, VIEW, keep_mail
from tests.web_site import LINK_KEY, running_site


@pytest.fixture
def mail(ledger: Ledger) -> Ledger:
    keep_mail(ledger)
    return ledger


def test_a_mail_is_shown_as_it_left_and_runs_and_loads_nothing(mail: Ledger) -> None:
    with running_site(mail) as site:
        answer = site.get(VIEW)
        assert (answer.status_code, answer.text) == (200, HTML)
        assert (site.head(VIEW).status_code, site.head(VIEW).text) == (200, "")
    assert answer.headers["Content-Security-Policy"].startswith(
        "default-src 'none'; style-src 'unsafe-inline'"
    )
    assert (answer.headers["Cache-Control"], answer.headers["X-Robots-Tag"]) == ("no-store", "noindex")


def test_a_mail_that_is_gone_and_one_that_never_was_look_alike(mail: Ledger) -> None:
    with mail.connect("worker") as connection:
        connection.execute("UPDATE message SET rendered = NULL")
    with running_site(mail) as site:
        gone, never = site.get(VIEW), site.get(f"/view/{link.sign_view(LINK_KEY, uuid4())}")
    assert (gone.status_code, never.status_code) == (410, 410)
    assert gone.text == never.text


@pytest.mark.parametrize(
    "token", ["x", link.sign(LINK_KEY, MESSAGE), link.sign_view("another key " * 3, MESSAGE)]
)
def test_a_link_of_another_kind_shows_no_mail(mail: Ledger, token: str) -> None:
    with running_site(mail) as site:
        answer: httpx.Response = site.get(f"/view/{token}")
    assert (answer.status_code, "Anna" in answer.text) == (404, False)
