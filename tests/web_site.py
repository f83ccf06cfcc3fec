"""The public service on a loopback port, as its tests talk to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from flows.adapters.campaign_files import read_campaigns
from flows.adapters.language_files import read_languages
from flows.settings import Settings
from services.web.app import create_app
from tests.bookings import SECRET
from tests.conftest import Ledger
from tests.stand_ins.serving import running

LINK_KEY = "k" * 32
NOW = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
SIGNUP = "/api/flow_runs/"
RESEND_SECRET = "whsec_bmV2ZXItbmV2ZXItbmV2ZXI="
#: With them the service takes what the vendors report.
SECRETS = {
    "resend_webhook_secret": RESEND_SECRET,
    "cal_webhook_secret": SECRET,
    "calendly_webhook_secret": SECRET,
}

_BODIES = Path(__file__).parent / "fixtures" / "website"


def website(name: str = "scheduled_8_parameters") -> dict[str, Any]:
    """A body as the website sends it."""
    body: dict[str, Any] = json.loads((_BODIES / f"{name}.json").read_text())
    return body


@contextmanager
def running_site(
    ledger: Ledger, clock: Callable[[], datetime] = lambda: NOW, **settings: Any
) -> Iterator[httpx.Client]:
    """A client of the service, which stands on this ledger as the role `web`.

    Its tests sign the same few people up again and again, so a day allows that here.
    """
    where = {
        "ledger_host": ledger.host,
        "ledger_port": ledger.port,
        "ledger_name": ledger.name,
        "intake_per_address_per_day": 1000,
    }
    found = Settings(ledger_user="web", link_key=LINK_KEY, **where | settings)
    app = create_app(found, read_campaigns(), read_languages(), clock)
    with running(app) as url, httpx.Client(base_url=url, timeout=20) as client:
        yield client
