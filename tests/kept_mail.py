"""A mail that the ledger keeps, and the link that shows it in a browser."""

from __future__ import annotations

from uuid import UUID

from psycopg.types.json import Jsonb

from flows.domain import link
from tests.conftest import Ledger
from tests.web_site import LINK_KEY, NOW

MESSAGE = UUID("8a0b7c0e-0000-4000-8000-000000000001")
VIEW = f"/view/{link.sign_view(LINK_KEY, MESSAGE)}"
HTML = "<!doctype html><html lang='en'><body>Good day, <b>Anna</b>.</body></html>"


def keep_mail(ledger: Ledger) -> None:
    """Anna's first mail, as preview left it."""
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
