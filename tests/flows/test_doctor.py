"""`campaigns doctor`: what does not apply says so, and each part of the house is looked at."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest

from flows.adapters.ledger_health import LedgerHealth
from tests.clinic import Prefect
from tests.stand_ins.samples import notion_error
from tests.stand_ins.script import Fault
from tests.terminal import Terminal


def test_where_all_is_well_every_line_is_ok(clinic: Any) -> None:
    with clinic() as here:
        found = here.examine()
    bad = [one for lines in found.values() for one in lines if one.state != "ok" and one.line != "disk"]
    assert bad == []
    assert list(found) == [
        "settings", "sender", "postal address", "operator", "campaign christmas", "Postgres", "Prefect", "worker", "Resend key",
        "Resend domain", "SPF", "DKIM", "DMARC", "replies", "website", "webhook", "Notion", "clock", "disk",
    ]  # fmt: skip


def test_without_accounts_what_does_not_apply_says_so_and_is_no_failure(clinic: Any) -> None:
    with clinic(
        web={}, resend_api_key=None, domain="localhost", resend_webhook_secret=None, operator_email=None
    ) as here:
        here.key = None
        found = here.states()
    lines = {line for line, states in found.items() if states == {"off"}}
    assert lines == {
        "sender",
        "postal address",
        "operator",
        "Resend key",
        "Resend domain",
        "SPF",
        "DKIM",
        "DMARC",
        "replies",
        "website",
        "webhook",
        "Notion",
    }
    assert not any("fail" in states for line, states in found.items() if line != "disk")


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
