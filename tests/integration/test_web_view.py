"""`/view/{token}`: a mail in the browser, exactly as it left, for whoever has its link."""

from __future__ import annotations

from uuid import UUID, uuid4

import httpx
import pytest
from psycopg.types.json import Jsonb

from flows.domain import link
from tests.conftest import Ledger
from tests.web_site import LINK_KEY, NOW, running_site

MESSAGE = UUID("8a0b7c0e-0000-4000-8000-000000000001")
PATH = f"/view/{link.sign_view(LINK_KEY, MESSAGE)}"
HTML = "<!doctype html><html lang='en'><body>Good day, <b>Anna</b>.</body></html>"


@pytest.fixture
def mail(ledger: Ledger) -> Ledger:
    with ledger.connect("worker") as connection:
        connection.execute("INSERT INTO contact VALUES (%s, 'anna@lead.example', %s)", (MESSAGE, NOW))
        connection.execute(
            "INSERT INTO enrolment (id, contact_id, campaign, version, segment, answers, signup_id, timezone, created_at) "
            "VALUES (%(id)s, %(id)s, 'christmas', 1, 'ALL', '{}', %(id)s, 'UTC', %(now)s)", {"id": MESSAGE, "now": NOW},
        )  # fmt: skip
        connection.execute(
            "INSERT INTO message (id, enrolment_id, step, mail, due_at, state, reason, rendered, first_attempt_at) "
            "VALUES (%(id)s, %(id)s, 1, 'welcome', %(now)s, 'skipped', 'preview', %(body)s, %(now)s)",
            {"id": MESSAGE, "now": NOW, "body": Jsonb({"html": HTML})},
        )
    return ledger


def test_a_mail_is_shown_as_it_left_and_runs_and_loads_nothing(mail: Ledger) -> None:
    with running_site(mail) as site:
        answer = site.get(PATH)
        assert (answer.status_code, answer.text) == (200, HTML)
        assert (site.head(PATH).status_code, site.head(PATH).text) == (200, "")
    assert answer.headers["Content-Security-Policy"].startswith(
        "default-src 'none'; style-src 'unsafe-inline'"
    )
    assert (answer.headers["Cache-Control"], answer.headers["X-Robots-Tag"]) == ("no-store", "noindex")


def test_a_mail_that_is_gone_and_one_that_never_was_look_alike(mail: Ledger) -> None:
    with mail.connect("worker") as connection:
        connection.execute("UPDATE message SET rendered = NULL")
    with running_site(mail) as site:
        gone, never = site.get(PATH), site.get(f"/view/{link.sign_view(LINK_KEY, uuid4())}")
    assert (gone.status_code, never.status_code) == (410, 410)
    assert gone.text == never.text


@pytest.mark.parametrize(
    "token", ["x", link.sign(LINK_KEY, MESSAGE), link.sign_view("another key " * 3, MESSAGE)]
)
def test_a_link_of_another_kind_shows_no_mail(mail: Ledger, token: str) -> None:
    with running_site(mail) as site:
        answer: httpx.Response = site.get(f"/view/{token}")
    assert (answer.status_code, "Anna" in answer.text) == (404, False)
