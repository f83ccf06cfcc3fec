"""`campaigns doctor` over real parts: the ledger, the public service, stand-ins of Resend, Notion and DNS."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import httpx
import pytest
from psycopg.types.json import Jsonb

from flows.adapters.campaign_files import CAMPAIGNS, read_campaigns, read_layout, read_templates
from flows.adapters.ledger_health import LedgerHealth
from flows.adapters.notion import connect
from flows.adapters.notion_office import NotionOffice
from flows.adapters.resend_account import ResendAccount
from flows.delivery import deliver_first
from flows.doctoring import Parts, examine
from flows.domain.finding import Finding
from flows.domain.samples import samples
from flows.prefect_runs import PrefectAway
from flows.send_due import send_all
from tests.desk import Clock, Rig
from tests.stand_ins import servers
from tests.stand_ins.name_server import Zone, name_server
from tests.stand_ins.notion import DATABASE_ID
from tests.stand_ins.resend_account import DKIM, SECRET
from tests.stand_ins.samples import notion_error, resend_error
from tests.stand_ins.script import Fault
from tests.stand_ins.servers import NotionServer, ResendServer
from tests.terminal import Terminal
from tests.web_site import running_site

READY = {
    "domain": "campaigns.example",
    "resend_webhook_secret": SECRET,
    "mail_from": "Galatek <a@galatek.example>",
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
    templates = {"christmas": {first: read_templates(CAMPAIGNS / "christmas", found)[first]}}
    return {"campaigns": {"christmas": found}, "templates": templates, "layout": read_layout()}


def _well(zone: Zone) -> None:
    zone.records = {
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


def test_where_all_is_well_every_line_is_ok(clinic: Any) -> None:
    with clinic() as here:
        found = here.examine()
    bad = [one for lines in found.values() for one in lines if one.state != "ok" and one.line != "disk"]
    assert bad == []
    assert list(found) == [
        "settings", "sender", "postal address", "campaign christmas", "Postgres", "Prefect", "worker", "Resend key",
        "Resend domain", "SPF", "DKIM", "DMARC", "website", "webhook", "Notion", "clock", "disk",
    ]  # fmt: skip


def test_without_accounts_what_does_not_apply_says_so_and_is_no_failure(clinic: Any) -> None:
    with clinic(web={}, resend_api_key=None, domain="localhost", resend_webhook_secret=None) as here:
        here.key = None
        found = here.states()
    lines = {line for line, states in found.items() if states == {"off"}}
    assert lines == {
        "sender",
        "postal address",
        "Resend key",
        "Resend domain",
        "SPF",
        "DKIM",
        "DMARC",
        "website",
        "webhook",
        "Notion",
    }
    assert not any("fail" in states for line, states in found.items() if line != "disk")


def test_a_test_event_goes_through_the_public_address_and_leaves_nothing(clinic: Any) -> None:
    with clinic() as here:
        [said] = [one.said for one in here.examine()["webhook"]]
        assert said == "a signed test event arrived in the ledger, and was removed"
        assert here.rig.rows("SELECT count(*) FROM delivery_event") == [(0,)]


@pytest.mark.parametrize(
    ("web", "settings", "said"),
    [
        ({"resend_webhook_secret": OTHER}, {}, "it has another secret"),
        ({}, {}, "it has no secret"),
        ({"resend_webhook_secret": SECRET}, {"resend_webhook_secret": None}, "it has no secret"),
        ({"resend_webhook_secret": OTHER}, {"resend_webhook_secret": OTHER}, "it has another secret"),
    ],
    ids=["web has another", "web has none", "not set", "both have another than Resend"],
)
def test_a_wrong_secret_of_the_webhook_is_found(clinic: Any, web: Any, settings: Any, said: str) -> None:
    with clinic(web=web, **settings) as here:
        assert any(one.state == "fail" and said in one.said for one in here.examine()["webhook"])


@pytest.mark.parametrize(
    ("change", "state", "said"),
    [
        (
            {"endpoint": "https://elsewhere.example/events/resend"},
            "fail",
            "bounces and complaints stay unknown",
        ),
        ({"status": "disabled"}, "fail", "it is disabled"),
        ({"events": ["email.sent"]}, "warn", "does not report email.bounced"),
    ],
)
def test_a_webhook_that_would_not_report_is_found(clinic: Any, change: Any, state: str, said: str) -> None:
    with clinic() as here:
        here.resend.mailbox.account.webhooks[0].update(change)
        assert any(one.state == state and said in one.said for one in here.examine()["webhook"])


def test_a_site_that_does_not_answer_is_found(clinic: Any) -> None:
    with clinic() as here:
        here.site = httpx.Client(base_url="http://127.0.0.1:9", timeout=5)
        found = here.states()
    assert (found["website"], found["webhook"]) == ({"fail"}, {"fail"})


@pytest.mark.parametrize("line", ["SPF", "DKIM"])
def test_a_record_that_dns_does_not_have_fails_with_what_to_add(clinic: Any, line: str) -> None:
    with clinic() as here:
        here.zone.records = {
            key: v for key, v in here.zone.records.items() if ("_domainkey" in key[1]) != (line == "DKIM")
        }
        [found] = here.examine()[line]
    assert found.state == "fail"
    assert found.do.startswith("Add ")


def test_a_domain_that_resend_has_not_verified_fails(clinic: Any) -> None:
    with clinic() as here:
        domain = here.resend.mailbox.account.domains[0]
        domain["status"] = domain["records"][2]["status"] = "pending"
        [found] = here.examine()["Resend domain"]
    assert found.state == "fail"
    assert "DKIM (resend._domainkey)" in found.said


def test_a_domain_that_resend_does_not_know_fails(clinic: Any) -> None:
    with clinic(mail_from="a@elsewhere.example") as here:
        assert here.states()["Resend domain"] == {"fail"}


def test_a_key_that_may_only_send_is_enough_and_what_it_cannot_see_is_told(clinic: Any) -> None:
    with clinic() as here:
        here.key = "re_sending"
        found = here.states()
    assert found["Resend key"] == found["SPF"] == found["DKIM"] == {"ok"}
    assert found["Resend domain"] == {"warn"}
    assert found["webhook"] == {"warn", "ok"}


def test_a_wrong_key_fails(clinic: Any) -> None:
    with clinic() as here:
        here.key = "wrong"
        assert here.states()["Resend key"] == {"fail"}


def enrolled(here: Clinic) -> UUID:
    """Somebody who has said all that the campaign asks."""
    enrolment = here.rig.enrol(name="christmas")
    _, answers = next(samples(here.rig.desk.campaigns["christmas"]))
    here.rig.rows("UPDATE enrolment SET segment = 'URGENT', answers = %s RETURNING 1", Jsonb(answers))
    return enrolment.id


def test_while_a_demanded_line_fails_no_real_mail_leaves_until_it_is_mended(clinic: Any) -> None:
    with clinic() as here:
        dkim = here.zone.records.pop(("TXT", "resend._domainkey.galatek.example"))
        assert "sending" in here.examine()
        first = deliver_first(enrolled(here), here.rig.desk)
        assert (first.state, here.rig.provider.attempts) == ("waiting", [])
        assert "campaigns doctor found: DKIM" in (first.reason or "")
        here.zone.records["TXT", "resend._domainkey.galatek.example"] = dkim
        assert "sending" not in here.examine()
        here.rig.clock.forward(minutes=20)
        send_all(here.rig.desk)
        assert len(here.rig.provider.sent) == 1


def test_what_nobody_can_tell_neither_stops_mail_nor_lets_it_go(clinic: Any) -> None:
    with clinic() as here:
        here.zone.broken = True
        assert (here.states()["DKIM"], here.health.brake()) == ({"warn"}, None)
        here.zone.broken = False
        here.resend.mailbox.account.domains.clear()
        here.examine()
        here.resend.will(*[resend_error(503, "application_error")] * 9)
        here.examine()
        assert "Resend domain" in (here.health.brake() or "")


def test_a_brake_of_somebody_elses_is_not_released(clinic: Any) -> None:
    with clinic() as here:
        here.health.set_brake("complaints over 0.3 %", here.rig.clock())
        [found] = here.examine()["sending"]
        assert (found.state, here.health.brake()) == ("fail", "complaints over 0.3 %")


def test_the_brake_is_noted_when_it_is_set_and_when_it_is_released(clinic: Any) -> None:
    with clinic() as here:
        domains = here.resend.mailbox.account.domains[:]
        here.resend.mailbox.account.domains.clear()
        here.examine()
        here.examine()
        here.resend.mailbox.account.domains += domains
        here.examine()
        assert here.rig.rows("SELECT actor, action FROM audit") == [
            ("doctor", "brake set"),
            ("doctor", "brake released"),
        ]


@pytest.mark.parametrize(("missing", "line"), [("mail_from", "sender"), ("postal_address", "postal address")])
def test_what_the_law_and_the_providers_demand_of_the_settings_fails(
    clinic: Any, missing: str, line: str
) -> None:
    with clinic(**{missing: None}) as here:
        found = here.examine()
    assert (found[line][0].state, found[line][0].demanded, "sending" in found) == ("fail", True, True)


def test_a_ledger_that_is_not_migrated_fails(clinic: Any) -> None:
    with clinic() as here:
        here.head = "9999"
        assert "this code needs 9999" in here.examine()["Postgres"][0].said


def test_a_ledger_that_is_away_fails_and_the_rest_is_looked_at(clinic: Any) -> None:
    with clinic() as here, closing(LedgerHealth(host="/nowhere", user="worker")) as away:
        here.health = away
        found = here.states()
    assert (found["Postgres"], found["Resend domain"]) == ({"fail"}, {"ok"})


@pytest.mark.parametrize(
    ("prefect", "expected"),
    [
        (Prefect(away=True), ("fail", "warn")),
        (Prefect(states=["OFFLINE"]), ("ok", "fail")),
        (Prefect(states=["OFFLINE", "ONLINE"]), ("ok", "ok")),
    ],
)
def test_prefect_and_its_worker_are_looked_at(
    clinic: Any, prefect: Prefect, expected: tuple[str, str]
) -> None:
    with clinic() as here:
        here.prefect = prefect
        found = here.states()
    assert (found["Prefect"], found["worker"]) == ({expected[0]}, {expected[1]})


def test_what_notions_database_lacks_is_told_and_fix_adds_it(clinic: Any) -> None:
    with clinic() as here:
        del here.notion.workspace.schema["Score"]
        [found] = here.examine()["Notion"]
        assert (found.state, found.do) == ("fail", "campaigns doctor --fix does it")
        [mended] = here.examine(fix=True)["Notion"]
        assert (mended.state, "added or renamed: Score" in mended.said) == ("ok", True)


@pytest.mark.parametrize(
    ("fault", "state"),
    [(notion_error(503, "service_unavailable"), "warn"), (notion_error(401, "unauthorized"), "fail")],
)
def test_notion_away_is_a_warning_and_a_wrong_token_a_failure(clinic: Any, fault: Fault, state: str) -> None:
    with clinic() as here:
        here.notion.will(fault)
        assert here.states()["Notion"] == {state}


@pytest.mark.parametrize(("seconds", "state"), [(0, "ok"), (30, "warn"), (400, "fail")])
def test_a_clock_that_is_wrong_is_found(clinic: Any, seconds: int, state: str) -> None:
    with clinic() as here:
        here.rig.clock.forward(seconds=seconds)
        assert here.states()["clock"] == {state}


def test_the_operator_reads_the_lines_and_the_exit_code_tells_of_a_failure(
    ledger: Any, terminal: Terminal
) -> None:
    said = terminal.type("doctor")
    assert said.exit_code == 1
    assert "ok    settings           preview: no mail leaves" in said.stdout
    assert "fail  Prefect            Prefect's address is not set" in said.stdout
    assert "off   Notion             NOTION_TOKEN is not set" in said.stdout


def test_a_wrong_setting_is_a_line_like_any_other(ledger: Any, terminal: Terminal) -> None:
    terminal.set(timezone="Nowhere/Town", resend_per_second="0")
    said = terminal.type("doctor")
    assert (said.exit_code, said.stdout.count("fail  settings")) == (1, 2)
