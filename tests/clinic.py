"""What `campaigns doctor` looks at, all of it real or standing in: the ledger, the public service, Resend, Notion, DNS."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import httpx
import pytest

from flows.adapters.campaign_files import CAMPAIGNS, read_campaigns, read_layout, read_templates
from flows.adapters.ledger_health import LedgerHealth
from flows.adapters.notion import connect
from flows.adapters.notion_office import NotionOffice
from flows.adapters.resend_account import ResendAccount
from flows.doctoring import Parts, examine
from flows.domain.finding import Finding
from flows.prefect_runs import PrefectAway
from tests.desk import Clock, Rig
from tests.stand_ins import servers
from tests.stand_ins.name_server import Zone, name_server
from tests.stand_ins.notion import DATABASE_ID
from tests.stand_ins.resend_account import DKIM, SECRET
from tests.stand_ins.servers import NotionServer, ResendServer
from tests.web_site import running_site

READY = {
    "domain": "campaigns.example",
    "resend_webhook_secret": SECRET,
    "mail_from": "Galatek <a@galatek.example>",
    "operator_email": "operator@galatek.example",
}
OTHER = "whsec_b3RoZXItc2VjcmV0"


@dataclass
class Ticking(Clock):
    """Time that also passes by itself, from a start that the test may move."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def forward(self, **by: float) -> None:
        self.ahead += timedelta(**by)

    def sleep(self, seconds: float) -> None:
        self.forward(seconds=seconds)


@dataclass
class Prefect:
    """Prefect's server with the workers that it knows."""

    states: list[str] = field(default_factory=lambda: ["ONLINE"])
    away: bool = False

    def __call__(self) -> AbstractContextManager[Any]:
        if self.away:
            raise PrefectAway("Prefect refuses the login (401).")
        return nullcontext(self)

    def version(self) -> str:
        return "3.8.8"

    def workers(self, pool: str) -> list[str]:
        return self.states


@dataclass
class Clinic:
    """Everything that doctor looks at, all of it well, until a test breaks something."""

    rig: Rig
    health: LedgerHealth
    resend: ResendServer
    notion: NotionServer
    zone: Zone
    site: httpx.Client
    prefect: Prefect = field(default_factory=Prefect)
    key: str | None = "re_full"
    head: str = ""

    def __post_init__(self) -> None:
        self.head = self.head or self.health.look().revision

    def examine(self, *, fix: bool = False) -> dict[str, list[Finding]]:
        """The findings by their line."""
        parts = Parts(
            desk=self.rig.desk, health=self.health, head=self.head, connected=self.prefect, pool="campaigns",
            account=ResendAccount(self.key, self.resend.url, 5) if self.key else None,
            notion=NotionOffice(connect("ntn_test", self.notion.url, 5), DATABASE_ID) if self.key else None,
            names=self.zone.names(), client=self.site,
        )  # fmt: skip
        found: dict[str, list[Finding]] = {}
        for one in examine(parts, fix=fix):
            found.setdefault(one.line, []).append(one)
        return found

    def states(self) -> dict[str, set[str]]:
        return {line: {one.state for one in found} for line, found in self.examine().items()}


@pytest.fixture(scope="module")
def resend() -> Iterator[ResendServer]:
    with servers.resend_server() as server:
        yield server


@pytest.fixture(scope="module")
def notion() -> Iterator[NotionServer]:
    with servers.notion_server() as server:
        yield server


@cache
def _christmas() -> dict[str, Any]:
    """The first mail of the campaign as it is shipped, with what only the business knows filled in."""
    whole = read_campaigns()["christmas"]
    shipped = whole.model_copy(update={"steps": whole.steps[:1]})
    filled = dict.fromkeys(shipped.placeholders, "https://galatek.example/offer")
    found = shipped.model_copy(update={"values": shipped.values | filled})
    first = found.steps[0].mail
    templates = {"christmas": {first: read_templates(CAMPAIGNS / "christmas")[first]}}
    return {"campaigns": {"christmas": found}, "templates": templates, "layout": read_layout()}


def _well(zone: Zone) -> None:
    zone.records = {
        ("MX", "galatek.example"): ["10 mail.galatek.example."],
        ("MX", "send.galatek.example"): ["10 feedback-smtp.eu-west-1.amazonses.com."],
        ("TXT", "send.galatek.example"): ['"v=spf1 include:amazonses.com ~all"'],
        ("TXT", "resend._domainkey.galatek.example"): [f'"{DKIM}"'],
        ("TXT", "_dmarc.galatek.example"): ['"v=DMARC1; p=none"'],
    }


@pytest.fixture
def clinic(opened: Callable[..., Rig], resend: ResendServer, notion: NotionServer) -> Callable[..., Any]:
    """Opens a clinic with these settings on the stack's side; `web` are those of the public service."""
    resend.mailbox.forget()
    notion.workspace.forget()

    @contextmanager
    def open_one(web: Mapping[str, Any] | None = None, **settings: Any) -> Iterator[Clinic]:
        clock = Ticking()
        rig = opened(clock=clock, **READY | settings)
        rig = replace(rig, desk=replace(rig.desk, **_christmas()))
        where = {
            "host": rig.server.host,
            "port": rig.server.port,
            "dbname": rig.server.name,
            "user": "worker",
        }
        given = {"resend_webhook_secret": SECRET} if web is None else web
        with closing(LedgerHealth(**where)) as health, name_server() as zone:
            _well(zone)
            with running_site(rig.server, clock, **given) as site:
                yield Clinic(rig, health, resend, notion, zone, site)

    return open_one
